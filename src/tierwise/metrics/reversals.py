"""Payments that bounced: a negative allocation takes back earlier ones of the same payment and invoice. Source: spec 5.4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.kernel.ratio import MONEY

if TYPE_CHECKING:
    from ibis.expr.types import Table


def netted(allocations: Table) -> Table:
    """The positive allocations with what negative ones of their payment and invoice leave of them.

    The earliest is taken back first, so that a payment presented again counts on its new day. What is taken back
    beyond what was allocated is left out: of a payment and an invoice there is never less than nothing.
    """
    t = allocations.mutate(payer=allocations.payment_number.coalesce(""))
    back = t.filter(t.amount < 0)
    taken = back.group_by(of_invoice=back.invoice_number, of_payer=back.payer).agg(
        taken=(-back.amount).sum().cast(MONEY)
    )
    given = t.filter(t.amount > 0)
    joined = given.left_join(taken, [given.invoice_number == taken.of_invoice, given.payer == taken.of_payer])
    so_far = ibis.window(
        group_by=[joined.invoice_number, joined.payer],
        order_by=[joined.allocated_on.asc(), joined.number.asc()],
        range=(None, 0),
    )
    nothing = ibis.literal("0").cast(MONEY)
    whole = joined.amount.cast(MONEY)
    beyond = whole.sum().over(so_far).cast(MONEY) - joined.taken.coalesce(nothing)
    left = _between(beyond.cast(MONEY), nothing, whole)
    kept = joined.select(
        *[joined[c] for c in allocations.columns if c != "amount"],
        amount=left.cast(allocations.amount.type()),
    )
    return kept.filter(kept.amount > 0)


def _between(value: Any, low: Any, high: Any) -> Any:
    return ibis.cases((value < low, low), (value > high, high), else_=value).cast(MONEY)
