"""A lever in words, such as “CNY 31,400 more: net sales (12 months)”."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.grading.wording import metric_title, metric_value, money
from tierwise.kernel.text import Lang, Text
from tierwise.movement.words import NO_FACT_LEVER

if TYPE_CHECKING:
    from tierwise.movement.fact_levers import FactLever
    from tierwise.movement.levers import Lever

_NONE = Text("{title}: no room", "{title}：没有余地")
_MORE = Text("{amount} more: {title}", "{title}增加 {amount}")
_LESS = Text("{amount} less: {title}", "{title}减少 {amount}")


def lever_words(lever: Lever, currency: str, lang: Lang) -> str:
    """The change in words, without the grade that it reaches."""
    amount = metric_value(lever.column, abs(lever.change), lang, currency)
    pattern = _NONE if lever.change == 0 else _MORE if lever.change > 0 else _LESS
    return pattern.fill(lang, amount=amount, title=metric_title(lever.column, lang))


_FACTS = {
    "payments": Text(
        "{days} {days#day|days} sooner payment reaches {grade}: each of the {late} late payments so many days sooner, though "
        "not before it was due; with one day less it does not.",
        "付款提前 {days} 天即可达到 {grade} 级：{late} 笔逾期付款各提前这些天（不早于到期日）；少一天则达不到。",
    ),
    "sale": Text(
        "One more order of {amount}, at its own margin, reaches {grade}; a cent less does not.",
        "再下一单 {amount}（按其自身毛利率）即可达到 {grade} 级；少一分则达不到。",
    ),
    "orders": Text(
        "{days} more {days#order|orders} of {each} each, its mean, {days#reaches|reach} {grade}; one less does not.",
        "再下 {days} 单、每单 {each}（其平均金额）即可达到 {grade} 级；少一单则达不到。",
    ),
    "cost": Text(
        "{amount} less cost of what it bought reaches {grade}; a cent less does not.",
        "所购商品的成本减少 {amount} 即可达到 {grade} 级；少一分则达不到。",
    ),
}
_NOTHING = {
    "payments": Text("Sooner payment brings no better grade: {why}.", "提前付款不能升级：{why}。"),
    "sale": Text("One more order brings no better grade: {why}.", "再下一单不能升级：{why}。"),
    "orders": Text("More orders bring no better grade: {why}.", "更多订单不能升级：{why}。"),
    "cost": Text("Lower cost brings no better grade: {why}.", "降低成本不能升级：{why}。"),
}


def fact_words(lever: FactLever, currency: str, lang: Lang) -> str:
    """What a change of the facts brings, as a sentence."""
    if lever.size is None:
        why = NO_FACT_LEVER.get(f"{lever.kind}.{lever.why}") or NO_FACT_LEVER[str(lever.why)]
        return _NOTHING[lever.kind].fill(lang, why=why.in_lang(lang))
    amounts = {"amount": lever.size, "each": lever.each}
    said = {name: None if x is None else money(x, currency) for name, x in amounts.items()}
    return _FACTS[lever.kind].fill(lang, days=int(lever.size), late=lever.late, grade=lever.reaches, **said)
