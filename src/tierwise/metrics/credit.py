"""Credit and payment metrics. Source: spec 5.4; example E06.

Items are the parts of invoices: each allocation, and the unpaid remainder. Days late: day of
allocation (unpaid: the as-of day) minus due day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.book.contract.choices import BANK_OR_HOLIDAY_MAX_DAYS, EXCUSED_REASONS
from tierwise.engine.picking import pick
from tierwise.kernel.periods import Window, month_end, month_ends
from tierwise.kernel.ratio import MONEY, converted, money_quotient, quotient, whole
from tierwise.metrics.model import Use
from tierwise.metrics.reversals import netted
from tierwise.metrics.scene import Scene, book_table, day, visible, with_unit, within

if TYPE_CHECKING:
    from ibis.expr.types import Table

BILLS = "tw_bills"
"""The stage that holds ``invoices``: it is read several times. Settlements are many, and of most only those of
one window are looked at: they are read again rather than kept."""
ITEM_METRICS = frozenset(
    "on_time_rate_pct on_time_rate_adjusted_pct average_days_late average_days_late_adjusted max_days_late "
    "late_invoices late_excused late_not_excused credit_score".split()
)
BALANCE_METRICS = frozenset(
    "overdue receivable receivable_disputed bad_debt days_sales_outstanding financing_cost".split()
)
READING_BILLS = ITEM_METRICS | BALANCE_METRICS | {"unallocated_receipts"}
BILLED = (
    "number customer_code issue_date due_date amount credit_of status valid_from fx_rate base_amount".split()
)
ALLOCATED = "invoice_number payment_number allocated_on amount late_reason excused".split()
PAID = "number date amount invoice_number late_reason excused".split()
"""What metrics read of an invoice, of an allocation, of a payment."""
OUTSIDE_RATING = ("disputed", "written_off", "void")
OUTSIDE_RECEIVABLE = ("written_off", "void")


def invoices(scene: Scene) -> Table:
    """Invoices seen on the day, credit notes apart: number, unit, dates, status, rate, and in the invoice's
    currency ``billed`` and ``amount``, after credit notes."""
    seen = visible(book_table("invoices", *BILLED), scene.as_of, "valid_from")
    issued = seen.filter(seen.issue_date <= day(scene.as_of))
    notes = issued.filter(issued.credit_of.notnull() & (issued.status != "void"))
    credited = notes.group_by(number=notes.credit_of).agg(credited=notes.amount.sum().cast(MONEY))
    plain = with_unit(issued.filter(issued.credit_of.isnull()), scene)
    kept = ("number", "unit", "issue_date", "due_date", "status")
    t = pick(plain.left_join(credited, "number"), *kept, "valid_from", "fx_rate", "amount", "credited")
    nothing = ibis.literal("0").cast(MONEY)
    return pick(
        t,
        *kept,
        status_from="valid_from",
        rate="fx_rate",
        billed=t.amount.cast(MONEY),
        amount=(t.amount.cast(MONEY) + t.credited.coalesce(nothing)).cast(MONEY),
    )


def settlements(scene: Scene) -> Table:
    """What was paid on which invoice and when, in the currency of the invoice: explicit allocations, and payments that
    name an invoice."""
    net = scene.allocations_reversed
    columns = (*ALLOCATED, "number") if net else ALLOCATED
    every = visible(book_table("allocations", *columns), scene.as_of, "allocated_on")
    explicit = netted(every) if net else every
    foreign = scene.paid_in_other_currency
    paid = visible(
        book_table("payments", *PAID, *(("currency", "fx_rate") if foreign else ())), scene.as_of, "date"
    )
    spoken = paid.filter(paid.late_reason.notnull() | paid.excused.notnull())
    said = spoken.select(said_of=spoken.number, said_reason=spoken.late_reason, said_pardon=spoken.excused)
    told = explicit.left_join(said, explicit.payment_number == said.said_of)
    given = ("late_reason", "excused", "said_reason", "said_pardon")
    joined = pick(told, "invoice_number", "amount", "allocated_on", *given)
    own = joined.late_reason.notnull() | joined.excused.notnull()
    named = joined.select(
        "invoice_number",
        "amount",
        paid_on=joined.allocated_on,
        reason=ibis.ifelse(own, joined.late_reason, joined.said_reason),
        pardon=ibis.ifelse(own, joined.excused, joined.said_pardon),
    )
    direct = paid.filter(paid.invoice_number.notnull())
    split = every.filter(every.payment_number.notnull()).select(number=every.payment_number)
    alone = direct.anti_join(split, "number")
    if foreign:
        alone = _in_the_currency_of_the_invoice(alone, scene)
    whole_payments = alone.select(
        "invoice_number", "amount", paid_on=alone.date, reason=alone.late_reason, pardon=alone.excused
    )
    return named.union(whole_payments)


def _in_the_currency_of_the_invoice(paid: Table, scene: Scene) -> Table:
    """Payments with ``amount`` in the currency of the invoice that they name: what they are worth in base currency on
    their own day, at the rate of the invoice; nothing where one of the rates is missing."""
    rates = _rates(scene)
    t = paid.left_join(rates, paid.invoice_number == rates.bill)
    same = (t.bill_currency == t.currency).coalesce(True)
    worth = money_quotient(converted(t.amount, t.fx_rate), t.bill_rate.cast("decimal(38,8)"))
    nothing = ibis.literal("0").cast(MONEY)
    amount = ibis.ifelse(same, t.amount.cast(MONEY), worth.coalesce(nothing)).cast(paid.amount.type())
    return t.select(*[t[name] for name in paid.columns if name != "amount"], amount=amount)


def _rates(scene: Scene) -> Table:
    """Currency and rate of every invoice that the day sees."""
    known = visible(
        book_table("invoices", "number", "currency", "fx_rate", "valid_from"), scene.as_of, "valid_from"
    )
    return known.group_by(bill=known.number).agg(
        bill_currency=known.currency.max(), bill_rate=known.fx_rate.max()
    )


def kept_bills() -> Table:
    """The stage of ``invoices``."""
    money = dict.fromkeys(("billed", "amount"), MONEY) | {"rate": "decimal(18,8)"}
    names = "number unit issue_date due_date status status_from rate billed amount".split()
    dates = dict.fromkeys(("issue_date", "due_date", "status_from"), "date")
    return ibis.table({name: (money | dates).get(name, "string") for name in names}, name=BILLS)


def settled(paid: Table) -> Table:
    """``settlements`` with their invoice: ``own`` in its currency, ``amount`` in base currency at its rate."""
    bills = kept_bills()
    joined = paid.join(bills, paid.invoice_number == bills.number)
    kept = "number unit issue_date due_date status status_from paid_on reason pardon rate".split()
    t = pick(joined, *kept, "amount")
    return pick(t, *kept, own=t.amount.cast(MONEY), amount=converted(t.amount, t.rate))


def remainders(paid: Table) -> Table:
    """What ``settlements`` leave open of each invoice; columns as ``settled`` with a null ``paid_on``."""
    bills = kept_bills()
    sums = paid.group_by(number=paid.invoice_number).agg(paid=paid.amount.sum().cast(MONEY))
    joined = bills.left_join(sums, "number")
    kept = ("number", "unit", "issue_date", "due_date", "status", "status_from")
    t = pick(joined, *kept, "amount", "rate", "paid")
    left = t.amount - t.paid.coalesce(ibis.literal("0").cast(MONEY))
    table = t.select(*kept, amount=converted(left, t.rate))
    return table.filter(table.amount > 0)


def items(scene: Scene, months: int, *, told: bool = False) -> Table:
    """The population of the credit metrics over so many months: amount, days late, excused; ``told`` adds the
    reason that decided, ``why``. Source: spec 5.4.
    """
    today = day(scene.as_of)
    payments = settlements(scene)
    paid = settled(payments)
    done = paid.mutate(late=paid.paid_on.delta(paid.due_date, unit="day"))
    open_ = remainders(payments)
    due = open_.filter(open_.due_date < today)
    nobody = {"paid_on": ibis.null("date"), "reason": ibis.null("string"), "pardon": ibis.null("boolean")}
    unpaid = due.mutate(**nobody, late=today.delta(due.due_date, unit="day"))
    columns = ["number", "unit", "due_date", "status", "paid_on", "reason", "pardon", "amount", "late"]
    both = done.select(*columns).union(unpaid.select(*columns))
    rated = both.filter(
        (both.due_date <= today)
        & ~both.status.isin(OUTSIDE_RATING)
        & (both.amount != 0)
        & _in_population(both, scene.window(months))
    )
    return _with_excuses(rated, scene, told=told)


def _with_excuses(table: Table, scene: Scene, *, told: bool) -> Table:
    """Adds ``excused``, decided by the item's own reason, else by the invoice's late reason."""
    reasons = visible(
        book_table("late_reasons", "invoice_number", "decided_on", "reason", "excused"),
        scene.as_of,
        "decided_on",
    )
    of_invoice = reasons.select(
        number=reasons.invoice_number, invoice_reason=reasons.reason, invoice_pardon=reasons.excused
    )
    beside = table.left_join(of_invoice, "number")
    joined = pick(beside, *table.columns, "invoice_reason", "invoice_pardon")
    own = joined.reason.notnull() | joined.pardon.notnull()
    reason = ibis.ifelse(own, joined.reason, joined.invoice_reason)
    pardon = ibis.ifelse(own, joined.pardon, joined.invoice_pardon)
    short = (reason != "bank_or_holiday") | (joined.late <= BANK_OR_HOLIDAY_MAX_DAYS)
    by_reason = reason.isin(sorted(EXCUSED_REASONS)) & short
    excused = pardon.coalesce(by_reason)  # a person's decision stands
    why = {"why": reason} if told else {}
    return pick(joined, *table.columns, **why, excused=excused.coalesce(False))


def _points(late: Any, scene: Scene) -> Any:
    """Points by days late. Source: spec 5.4 (CRD-08)."""
    bands = scene.settings.credit_points
    branches = [(late <= band.up_to_days, band.points) for band in bands if band.up_to_days is not None]
    return ibis.cases(*branches, else_=bands[-1].points)


def _in_population(t: Table, span: Window) -> Any:
    unpaid = t.paid_on.isnull()
    return (t.due_date >= day(span.start)) | unpaid | (t.paid_on >= day(span.start))


def item_sums(uses: Iterable[Use], scene: Scene) -> Table | None:
    """One row per unit with the sums that the credit metrics need; ``None`` if none is asked for."""
    asked = {use for use in uses if use.name in ITEM_METRICS}
    if not asked:
        return None
    longest = max(use.months or 12 for use in asked)
    base = items(scene, longest)
    nothing = ibis.literal(0, "int64")
    grace = scene.settings.grace_days
    delay = ibis.ifelse(base.late > 0, base.late, nothing)
    felt = ibis.ifelse(base.late > grace, base.late, nothing)
    t = base.mutate(
        delay=delay,
        delay_adjusted=ibis.ifelse(base.excused, nothing, delay),
        felt_adjusted=ibis.ifelse(base.excused, nothing, felt),
    )
    sums: dict[str, Any] = {}
    for n in sorted({use.months or 12 for use in asked}):
        names = {use.name for use in asked if (use.months or 12) == n}
        inside = None if n == longest else _in_population(t, scene.window(n))
        sums.update(_sums(t, n, names, inside, scene))
    return t.group_by("unit").agg(**sums)


def _sums(t: Table, n: int, names: set[str], inside: Any, scene: Scene) -> dict[str, Any]:
    """The sums of one window; ``inside`` it are all rows where it says nothing."""
    grace = scene.settings.grace_days

    def both(where: Any) -> Any:
        return where if inside is None else inside & where

    def total(value: Any, where: Any = None) -> Any:
        return value.cast(MONEY).sum(where=inside if where is None else both(where)).cast(MONEY)

    out = {f"c_amount_{n}m": total(t.amount)}
    if "on_time_rate_pct" in names:
        out[f"c_on_time_{n}m"] = total(t.amount, t.late <= grace)
    if "on_time_rate_adjusted_pct" in names:
        out[f"c_on_time_adj_{n}m"] = total(t.amount, (t.late <= grace) | t.excused)
    if "average_days_late" in names:
        out[f"c_late_{n}m"] = total(t.amount * t.delay.cast("decimal(18,0)"))
    if "average_days_late_adjusted" in names:
        out[f"c_late_adj_{n}m"] = total(t.amount * t.delay_adjusted.cast("decimal(18,0)"))
    if "max_days_late" in names:
        out[f"c_max_{n}m"] = t.delay.max(where=inside).cast("int64")
    if "late_invoices" in names:
        out[f"c_late_invoices_{n}m"] = t.number.nunique(where=both(t.late > grace)).cast("int64")
    if "credit_score" in names:
        out[f"c_points_{n}m"] = total(t.amount * _points(t.felt_adjusted, scene).cast("decimal(18,0)"))
    if "late_excused" in names:
        out[f"c_excused_{n}m"] = total(t.amount, (t.late > 0) & t.excused)
    if "late_not_excused" in names:
        out[f"c_not_excused_{n}m"] = total(t.amount, (t.late > 0) & ~t.excused)
    return out


def balance_sums(uses: Iterable[Use], scene: Scene) -> Table | None:
    """One row per unit with receivables and balances; ``None`` if none is asked for."""
    asked = {use for use in uses if use.name in BALANCE_METRICS}
    if not asked:
        return None
    left = remainders(settlements(scene))
    today = day(scene.as_of)
    owed = ~left.status.isin(OUTSIDE_RECEIVABLE)
    sums: dict[str, Any] = {
        "b_receivable": left.amount.sum(where=owed).cast(MONEY),
        "b_disputed": left.amount.sum(where=left.status == "disputed").cast(MONEY),
        "b_overdue": left.amount.sum(where=owed & (left.status != "disputed") & (left.due_date < today)).cast(
            MONEY
        ),
    }
    for n in sorted({use.months or 12 for use in asked if use.name == "bad_debt"}):
        lost = (left.status == "written_off") & within(left.status_from, scene.window(n))
        sums[f"b_bad_debt_{n}m"] = left.amount.sum(where=lost).cast(MONEY)
    balances = left.group_by("unit").agg(**sums)
    flows = _flows({use for use in asked if use.name in ("days_sales_outstanding", "financing_cost")}, scene)
    if flows is None:
        return balances
    joined = balances.outer_join(flows, "unit")
    return joined.select(
        unit=joined.unit.coalesce(joined.unit_right),
        **{c: joined[c] for c in (*balances.columns, *flows.columns) if c != "unit"},
    )


def _flows(uses: set[Use], scene: Scene) -> Table | None:
    """Month-end receivables and receivable-days, from invoices less settlements."""
    if not uses:
        return None
    moves = _moves(scene)
    sums: dict[str, Any] = {}
    for use in sorted(uses):
        n = use.months or 12
        span = scene.window(n)
        if use.name == "days_sales_outstanding":
            ends = [_standing(moves, end) for end in _month_ends(scene, n)]
            total = ends[0]
            for end in ends[1:]:
                total = total + end
            sums[f"b_month_ends_{n}m"] = total.sum().cast(MONEY)
            sums[f"b_invoiced_{n}m"] = moves.net.sum(where=within(moves.on, span)).cast(MONEY)
        else:
            start = _later(moves.on, day(span.start))
            last = ibis.ifelse(
                moves.status.isin(OUTSIDE_RECEIVABLE) & (moves.status_from <= day(span.end)),
                moves.status_from,
                day(_next(span)),
            )
            days = last.delta(start, unit="day")
            days = ibis.ifelse(days > 0, days, ibis.literal(0, "int64"))
            sums[f"b_days_{n}m"] = (moves.amount * days.cast("decimal(18,0)")).cast(MONEY).sum().cast(MONEY)
    return moves.group_by("unit").agg(**sums)


def _moves(scene: Scene) -> Table:
    """What every invoice adds to the receivable and when, and what settlements and credit notes take from it.

    An invoice's part of the receivable never falls below zero, whatever is paid on it.
    """
    bills, nothing = kept_bills(), ibis.literal("0").cast(MONEY)
    issued = bills.select(
        "unit",
        "status",
        "status_from",
        on=bills.issue_date,
        amount=converted(ibis.ifelse(bills.billed > 0, bills.billed, nothing), bills.rate),
        net=converted(
            ibis.ifelse((bills.amount > 0) & (bills.status != "void"), bills.amount, nothing), bills.rate
        ),
    )
    paid = _reductions(scene)
    on = ibis.ifelse(paid.paid_on > paid.issue_date, paid.paid_on, paid.issue_date)
    days = paid.group_by(["number", "unit", "status", "status_from", on.name("on")]).agg(
        paid=paid.amount.sum().cast(MONEY)
    )
    owed = bills.select(bill=bills.number, of_unit=bills.unit, owed=bills.billed, rate=bills.rate)
    # an invoice of a member is there once for its unit and once for itself
    twice = scene.members_too
    own = [days.number == owed.bill, *([days.unit == owed.of_unit] if twice else [])]
    joined = days.join(owed, own)
    mine = [joined.number, *([joined.unit] if twice else [])]
    so_far = ibis.window(group_by=mine, order_by=joined.on, range=(None, 0))
    t = joined.select(
        *[joined[c] for c in days.columns],
        joined.owed,
        joined.rate,
        settled=joined.paid.sum().over(so_far).cast(MONEY),
    )
    after = t.owed - t.settled
    before = after + t.paid
    left, stood = (converted(ibis.ifelse(x > 0, x, nothing), t.rate) for x in (after, before))
    floor = left - stood
    back = t.select("unit", "status", "status_from", "on", amount=floor.cast(MONEY), net=nothing)
    return issued.union(back)


def _reductions(scene: Scene) -> Table:
    """Settlements and credit notes in the invoice's currency: number, unit, status, dates, amount."""
    columns = ["number", "unit", "status", "status_from", "issue_date", "paid_on", "amount"]
    seen = visible(book_table("invoices", *BILLED), scene.as_of, "valid_from")
    notes = seen.filter(
        seen.credit_of.notnull() & (seen.status != "void") & (seen.issue_date <= day(scene.as_of))
    )
    off = notes.select(credit_of=notes.credit_of, noted_on=notes.issue_date, off=-notes.amount)
    bills = kept_bills()
    joined = off.join(bills, off.credit_of == bills.number)
    credited = joined.select(
        "number",
        "unit",
        "status",
        "status_from",
        "issue_date",
        paid_on=joined.noted_on,
        amount=joined.off.cast(MONEY),
    )
    paid = settled(settlements(scene))
    named = {name: paid[name] for name in columns if name != "amount"}
    return paid.select(**named, amount=paid.own).select(*columns).union(credited.select(*columns))


def _month_ends(scene: Scene, months: int) -> list[date]:
    """The calendar month ends inside a window."""
    last = (
        scene.as_of
        if month_end(scene.as_of) == scene.as_of
        else scene.as_of.replace(day=1) - timedelta(days=1)
    )
    return month_ends(last, months)


def _standing(moves: Table, end: date) -> Any:
    """A movement's part of the receivable at the end of a day."""
    alive = (moves.on <= day(end)) & ~(
        moves.status.isin(OUTSIDE_RECEIVABLE) & (moves.status_from <= day(end))
    )
    return ibis.ifelse(alive, moves.amount, ibis.literal("0").cast(MONEY)).cast(MONEY)


def _next(span: Window) -> Any:
    return span.end + timedelta(days=1)


def _later(a: Any, b: Any) -> Any:
    return ibis.ifelse(a > b, a, b)


def unallocated(scene: Scene) -> Table:
    """One row per unit: ``unallocated``, what was received and settles no invoice, in base currency, and ``unallocated_bare``, how
    many such payments have no rate, or settle an invoice of another currency that has none. Source: CRD-05, spec 5.1(5).

    A payment that names an invoice settles it whole, unless allocations say otherwise; one that names an invoice that
    nobody knows settles none. What is allocated to an invoice in another currency is taken off at the invoice's rate;
    nothing falls below zero.
    """
    of_payment = (*PAID, "customer_code", "currency", "fx_rate")
    paid = with_unit(visible(book_table("payments", *of_payment), scene.as_of, "date"), scene)
    every = visible(book_table("allocations", *ALLOCATED, "number"), scene.as_of, "allocated_on")
    parts = (netted(every) if scene.allocations_reversed else every).filter(
        lambda t: t.payment_number.notnull()
    )
    rates = _rates(scene)
    settled_by = parts.left_join(rates, parts.invoice_number == rates.bill)
    sums = settled_by.group_by(["payment_number", "bill_currency", "bill_rate"]).agg(
        used=settled_by.amount.cast(MONEY).sum().cast(MONEY)
    )
    named = rates.select(bill=rates.bill)
    known = paid.left_join(named, paid.invoice_number == named.bill)
    return _left_of_payments(known.drop("invoice_number").rename(invoice_number="bill"), sums)


def _left_of_payments(paid: Table, sums: Table) -> Table:
    nothing = ibis.literal("0").cast(MONEY)
    joined = paid.left_join(sums, paid.number == sums.payment_number)
    own = (joined.bill_currency == joined.currency).coalesce(True)
    split = joined.select(
        "unit", "number", "invoice_number", "amount", "fx_rate", "payment_number",
        same=ibis.ifelse(own, joined.used.coalesce(nothing), nothing),
        other=ibis.ifelse(own, nothing, converted(joined.used, joined.bill_rate)),
        unrated=ibis.ifelse(own | joined.bill_rate.notnull(), 0, 1),
    )  # fmt: skip
    each = split.group_by(["unit", "number"]).agg(
        amount=split.amount.max(), rate=split.fx_rate.max(), named=split.invoice_number.max(),
        split=split.payment_number.count(), same=split.same.sum().cast(MONEY), other=split.other.sum().cast(MONEY),
        unrated=split.unrated.max(),
    )  # fmt: skip
    left = (converted((each.amount.cast(MONEY) - each.same).cast(MONEY), each.rate) - each.other).cast(MONEY)
    spent = each.named.notnull() & (each.split == 0)
    bare = (each.rate.isnull() | (each.unrated > 0)) & ~spent & (each.amount > each.same)
    open_ = each.select(
        "unit", left=ibis.ifelse(spent | (left < 0), nothing, left), bare=ibis.ifelse(bare, 1, 0)
    )
    return open_.group_by("unit").agg(
        unallocated=open_.left.sum().cast(MONEY), unallocated_bare=open_.bare.sum().cast("int64")
    )


def limits(scene: Scene) -> Table:
    """One row per unit with credit terms of its own in force: ``terms_limit``, of those that began last."""
    seen = with_unit(visible(book_table("credit_terms"), scene.as_of, "valid_from"), scene)
    own = seen.filter(
        seen.unit == seen.customer_code,
        seen.credit_limit.notnull(),
        seen.valid_to.isnull() | (seen.valid_to >= day(scene.as_of)),
    )
    last = own.mutate(last=own.valid_from.max().over(ibis.window(group_by=own.unit)))
    rows = last.filter(last.valid_from == last.last)
    return rows.group_by("unit").agg(terms_limit=rows.credit_limit.max())


def finish(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Value and status of a base credit metric from the joined sums; ``None`` if it is not one of ours."""
    n = use.months or 12
    nothing = ibis.literal("0").cast(MONEY)
    if use.name in ITEM_METRICS:
        return _finish_item(use.name, n, t)
    match use.name:
        case "receivable":
            return t.b_receivable.coalesce(nothing), None
        case "receivable_disputed":
            return t.b_disputed.coalesce(nothing), None
        case "overdue":
            return t.b_overdue.coalesce(nothing), None
        case "unallocated_receipts":
            # a part of what was received would be told as all of it
            bare = (t.unallocated_bare > 0).coalesce(False)
            value = ibis.ifelse(bare, ibis.null(MONEY), t.unallocated.coalesce(nothing))
            return value, ibis.ifelse(bare, "without_rate", "ok")
        case "bad_debt":
            return t[f"b_bad_debt_{n}m"].coalesce(nothing), None
        case "credit_limit":
            limit = t.terms_limit.coalesce(t.credit_limit_now)
            return limit.cast(MONEY), ibis.ifelse(limit.isnull(), "no_limit", "ok")
        case "days_sales_outstanding":
            invoiced = t[f"b_invoiced_{n}m"]
            value = quotient(t[f"b_month_ends_{n}m"] * whole(scene.window(n).days), invoiced * whole(n))
            return value, ibis.ifelse(value.isnull(), "no_invoices", "ok")
        case "financing_cost":
            if scene.financing_rate_pct is None:
                return ibis.null(MONEY), ibis.literal("no_rate")
            daily = Fraction(int(scene.financing_rate_pct * 10_000), 365 * 1_000_000)
            lent = t[f"b_days_{n}m"].coalesce(nothing) * whole(daily.numerator)
            return money_quotient(lent, whole(daily.denominator)), ibis.literal("ok")
        case _:
            return None


def _finish_item(name: str, n: int, t: Table) -> tuple[Any, Any | None]:
    amount = t[f"c_amount_{n}m"]
    status = ibis.ifelse((amount > 0).coalesce(False), "ok", "no_due_invoices")
    hundred = whole(100)
    match name:
        case "on_time_rate_pct":
            return quotient(t[f"c_on_time_{n}m"].coalesce(_zero()) * hundred, amount), status
        case "on_time_rate_adjusted_pct":
            return quotient(t[f"c_on_time_adj_{n}m"].coalesce(_zero()) * hundred, amount), status
        case "average_days_late":
            return quotient(t[f"c_late_{n}m"], amount), status
        case "average_days_late_adjusted":
            return quotient(t[f"c_late_adj_{n}m"], amount), status
        case "max_days_late":
            return ibis.ifelse(status == "ok", t[f"c_max_{n}m"], ibis.null("int64")), status
        case "credit_score":
            return quotient(t[f"c_points_{n}m"], amount), status
        case "late_invoices":
            return t[f"c_late_invoices_{n}m"].coalesce(0).cast("int64"), None
        case "late_excused":
            return t[f"c_excused_{n}m"].coalesce(_zero()), None
        case _:
            return t[f"c_not_excused_{n}m"].coalesce(_zero()), None


def _zero() -> Any:
    return ibis.literal("0").cast(MONEY)


def derive(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Value and status of the derived credit metric; ``None`` for others."""
    if use.name != "credit_limit_use_pct":
        return None
    value = quotient(t.receivable * whole(100), t.credit_limit)
    return value, ibis.ifelse(value.isnull(), "no_limit", "ok")
