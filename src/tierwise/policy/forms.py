"""What a policy asks people to judge: the forms of its assessment templates, and whether an answer is allowed.

**Source** spec 4.4, 6.3, 6.10, 6.11. A form follows from the policy alone, so that what is asked is what is graded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tierwise.kernel.errors import Problem
from tierwise.kernel.numbers import plain_number
from tierwise.kernel.text import Text
from tierwise.policy.base import Words
from tierwise.policy.card import Criterion, FromAssessment
from tierwise.policy.judged import HIGHEST, LOWEST, RELATIONSHIP_STATES, Attractiveness, KeyAccount, Rating
from tierwise.policy.methods import Scorecard
from tierwise.policy.model import Policy

_STATES = {
    "limited": ("1", "quite limited at present", "目前相当有限"),
    "potential": ("2", "with potential", "有发展潜力"),
    "developing": ("3", "developing", "发展中"),
    "good": ("4", "good", "良好"),
    "very_strong": ("5", "very strong", "非常牢固"),
    "defensive": ("2", "on the defensive", "防守阶段"),
    "regressing": ("1", "regressing", "倒退中"),
}
"""The states of a relationship with the rating that is stored beside each: the method reads the state alone."""
_RELATIONSHIP = Words(en="state of the relationship", zh="客户关系状态")


@dataclass(frozen=True, slots=True)
class Standard:
    """One level of an item: from ``low`` up to ``high``; fixed points where both are the same."""

    code: str
    title: Text
    low: Decimal
    high: Decimal
    closed: bool = True
    """Whether ``high`` belongs to the level; of a middle band it belongs to the one above."""

    def holds(self, score: Decimal) -> bool:
        """Whether a score lies in the level."""
        return self.low <= score and (score <= self.high if self.closed else score < self.high)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a form: what is judged, between which scores, by which standard."""

    criterion: str
    title: Text
    guidance: Text | None
    low: Decimal
    high: Decimal
    step: Decimal | None = None
    weight_pct: Decimal | None = None
    standards: tuple[Standard, ...] = ()
    by_level: bool = False
    """Whether a level is chosen and gives the points; else a score is given and falls into a level."""

    def level_of(self, score: Decimal) -> Standard | None:
        """The level into which a score falls; ``None`` where there are none."""
        return next((one for one in self.standards if one.holds(score)), None)

    def standard(self, code: str) -> Standard | None:
        """The level of a code."""
        return next((one for one in self.standards if one.code == code), None)

    def problem_with(self, score: Decimal) -> Problem | None:
        """Why a score is not allowed; ``None`` where it is."""
        if not self.low <= score <= self.high:
            words = Text("a score from {low} to {high}", "分值须在 {low} 至 {high} 之间")
            return Problem(
                "assessment.out-of-range",
                words,
                {"low": plain_number(self.low), "high": plain_number(self.high)},
            )
        if self.step is not None and score % self.step:
            words = Text("a score in steps of {step}", "分值须以 {step} 为步长")
            return Problem("assessment.off-step", words, {"step": plain_number(self.step)})
        if score != round(score, 4):
            return Problem("assessment.digits", Text("four decimals at most", "至多四位小数"))
        return None


@dataclass(frozen=True, slots=True)
class Form:
    """What one template asks under one policy."""

    template: str
    title: Text
    policy: str
    version: int
    items: tuple[Item, ...]
    kinds: tuple[str, ...] = ()
    """The kinds of customers whom it asks about."""

    def item(self, criterion: str) -> Item | None:
        """The line of a criterion."""
        return next((item for item in self.items if item.criterion == criterion), None)

    @property
    def weighted(self) -> bool:
        """Whether each line has a weight to show."""
        return all(item.weight_pct is not None for item in self.items)


def forms_of(policy: Policy) -> list[Form]:
    """The forms of all methods of a policy that read assessments, the leading one first; one for each template."""
    found: dict[str, Form] = {}
    for method in policy.methods:
        items = tuple(_items(method))
        if items:
            template = str(method.template)
            known = found.get(template)
            more = tuple(i for i in items if known is None or known.item(i.criterion) is None)
            kept = known.items if known else ()
            found[template] = Form(
                template,
                _text(policy.title),
                policy.code,
                policy.version,
                kept + more,
                policy.population.kinds,
            )
    return list(found.values())


def _items(method: object) -> Iterator[Item]:
    match method:
        case Scorecard():
            yield from (
                _of_card(c, c.source) for c in method.criteria if isinstance(c.source, FromAssessment)
            )
        case Attractiveness():
            yield from _of_ratings(method.ratings)
            states = [
                Standard(code, Text(*_STATES[code][1:]), Decimal(_STATES[code][0]), Decimal(_STATES[code][0]))
                for code in RELATIONSHIP_STATES
            ]
            yield Item(method.relationship, _text(_RELATIONSHIP), None, Decimal(LOWEST), Decimal(HIGHEST),
                       standards=tuple(states), by_level=True)  # fmt: skip
        case KeyAccount():
            yield from _of_ratings(method.ratings)


def _of_card(criterion: Criterion, source: FromAssessment) -> Item:
    standards = _fixed(source) if source.fixed else _bands(source, criterion.top)
    return Item(
        source.criterion or criterion.code,
        _text(criterion.title),
        _text(criterion.guidance) if criterion.guidance else None,
        Decimal(0),
        criterion.top,
        source.step,
        criterion.weight,
        standards,
        bool(source.fixed),
    )


def _fixed(source: FromAssessment) -> tuple[Standard, ...]:
    return tuple(
        Standard(code, _named(code), points, points)
        for code, points in sorted(source.fixed.items(), key=lambda pair: -pair[1])
    )


def _bands(source: FromAssessment, top: Decimal) -> tuple[Standard, ...]:
    found, above = [], top
    for number, level in enumerate(source.levels):
        title = _text(level.title) if level.title else _named(level.code)
        found.append(Standard(level.code, title, level.min, above, closed=number == 0))
        above = level.min
    return tuple(found)


def _of_ratings(ratings: tuple[Rating, ...]) -> Iterator[Item]:
    """One line for each criterion of the template; several may stand behind one rating."""
    for rating in ratings:
        guidance = _text(rating.guidance) if rating.guidance else None
        for criterion in rating.asked:
            alone = len(rating.asked) == 1 and not rating.inverse_of
            title = _text(rating.title) if alone else _part(rating, criterion)
            weight = rating.weight_pct if alone else None
            yield Item(criterion, title, guidance, Decimal(LOWEST), Decimal(HIGHEST), None, weight)


def _part(rating: Rating, criterion: str) -> Text:
    named = _named(criterion)
    return Text(f"{rating.title.en}: {named.en}", f"{rating.title.zh}：{named.zh}")


_WORDS = """
government_or_soe|government or state-owned|政府或国有企业
joint_stock|joint stock|股份公司
private|private|民营企业
volume_vs_our_sales|volume relative to our sales|采购量占我方销售的比重
share_of_buyer_cost|share of the buyer's cost|占买方成本的比重
standardised_product|standard product|产品标准化程度
low_switching_cost|low switching cost|转换成本低
low_buyer_profit|low profit of the buyer|买方利润低
backward_integration_threat|threat of backward integration|后向一体化的威胁
product_unimportant_to_buyer_quality|unimportant to the buyer's quality|对买方产品质量不重要
well_informed_buyer|well-informed buyer|买方信息充分
plays_suppliers_off|plays suppliers off against each other|使供应商相互竞争
propensity_to_use_power|inclination to use its power|运用议价能力的倾向
"""
_KNOWN = {code: Text(en, zh) for code, en, zh in (line.split("|") for line in _WORDS.strip().splitlines())}
"""Codes of the shipped policies that stand without a title there. Source: spec 6.3.2, 6.11."""


def _named(code: str) -> Text:
    """What a code without a title is called."""
    plain = code.replace("_", " ")
    return _KNOWN.get(code, Text(plain, plain))


def _text(words: Words) -> Text:
    return Text(words.en, words.zh)
