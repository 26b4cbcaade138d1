"""Methods that rest on people's ratings from 1 to 5: G10 attractiveness x relationship, G12 key accounts. Source: spec 6.10, 6.11."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tierwise.kernel.numbers import plain_number
from tierwise.kernel.text import Text
from tierwise.metrics.settings import Number
from tierwise.policy.base import Code, Declared, Fault, Grade, Identifier, MetricName, Share, Words, fault

Rate = Annotated[Number, Field(ge=1, le=5, decimal_places=4)]
LOWEST, HIGHEST = 1, 5

KEY, ORDINARY, PROSPECT, UNATTRACTIVE = "key", "ordinary", "prospect", "unattractive"
ACCOUNT_CLASSES: tuple[Grade, ...] = (
    Grade(code=KEY, title=Words(en="key", zh="重点客户")),
    Grade(code=ORDINARY, title=Words(en="ordinary", zh="普通客户")),
    Grade(code=PROSPECT, title=Words(en="prospect", zh="可能成为客户")),
    Grade(code=UNATTRACTIVE, title=Words(en="unattractive", zh="无吸引力对象")),
)
WEAK, STRONG = ("limited", "potential"), ("developing", "good", "very_strong")
THREATENED = ("defensive", "regressing")
RELATIONSHIP_STATES = (*WEAK, *STRONG, *THREATENED)
"""In the order of strength, then the threatened ones. Source: spec 3.2."""

READINGS: tuple[Grade, ...] = (
    Grade(code="recommended", title=Words(en="recommended", zh="建议认定")),
    Grade(code="discuss", title=Words(en="to be discussed", zh="有待讨论")),
    Grade(code="not_recommended", title=Words(en="not recommended", zh="不建议认定")),
)

CHARACTERISTICS: dict[str, Text] = {
    "kc_02": Text("KC-02 a large part of present income", "KC-02 占目前收入的很大比重"),
    "kc_05": Text(
        "KC-05 few in number, yet much selling time goes to them", "KC-05 数量占比小而占用销售时间多"
    ),
    "kc_08": Text("KC-08 now or later a large share of sales revenue", "KC-08 现在或将来占销售收入很大比重"),
    "kc_09": Text("KC-09 much working time goes into the relationship", "KC-09 投入大量工时来维护"),
}
"""The characteristics that facts show, and that a person may correct with a reason. Source: spec 6.11, KC-02 to KC-09."""
MET, NOT_MET = "met", "not_met"
"""The levels of an assessment that corrects a characteristic."""


class Rating(Declared):
    """One rating from 1 to 5 that a person gave, or 6 minus the mean of several."""

    code: Identifier
    title: Words
    weight_pct: Share
    criterion: Identifier | None = None
    """Criterion code in the assessment template; by default the rating's own code."""
    inverse_of: tuple[Identifier, ...] = ()
    """Criteria of the template whose mean is taken from 6 (bargaining power turned into a position)."""
    proposal: MetricName | None = None
    """A metric whose fifths propose a rating; it is shown, and a person confirms."""
    guidance: Words | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """The criteria of the template that it reads."""
        return self.inverse_of or (self.criterion or self.code,)

    def faults(self) -> Iterator[Fault]:
        if self.inverse_of and self.criterion:
            yield fault("rating-source", "give either criterion or inverse_of", "criterion 与 inverse_of 只能给一个",
                        "inverse_of").reading(("inverse_of",), ("criterion",))  # fmt: skip
        if len(set(self.inverse_of)) != len(self.inverse_of):
            yield fault("criteria-differ", "a criterion is named twice", "评分项重复", "inverse_of")


def rating_faults(ratings: tuple[Rating, ...]) -> Iterator[Fault]:
    """The broken rules between the ratings of one method."""
    codes = [rating.code for rating in ratings]
    for at, code in enumerate(codes):
        if code in codes[:at]:
            yield fault("criteria-differ", "the code {code} is used twice", "评分项代码 {code} 重复",
                        "ratings", at, "code", code=code)  # fmt: skip
    total = sum((rating.weight_pct for rating in ratings), Decimal(0))
    if total != 100:
        yield fault(
            "criteria-total",
            "weights or maxima add to {total}, not to 100",
            "权重或满分之和为 {total}，应为 100",
            "ratings",
            total=plain_number(total),
        ).reading(("ratings", "*", "weight_pct"))


class Attractiveness(Declared):
    """G10: how attractive a customer is against how good the relationship is. Source: spec 6.10."""

    method: Literal["attractiveness"]
    id: Identifier = "matrix"
    template: Identifier = "attractiveness"
    ratings: tuple[Rating, ...] = Field(min_length=1)
    relationship: Identifier = "relationship"
    """The criterion of the template whose level is the state of the relationship."""
    high_from: Rate = Decimal("3.5")
    medium_from: Rate = Decimal("2.5")
    pursue: Identifier = "potential"
    """The rating that makes an unattractive one worth pursuing …"""
    pursue_from: Rate = Decimal(4)
    """… from here on."""
    grades: tuple[Grade, ...] = ACCOUNT_CLASSES

    def faults(self) -> Iterator[Fault]:
        yield from rating_faults(self.ratings)
        if self.medium_from >= self.high_from:
            yield fault("levels-order", "medium_from must be less than high_from", "medium_from 须小于 high_from",
                        "medium_from").reading(("medium_from",), ("high_from",))  # fmt: skip
        if self.pursue not in [rating.code for rating in self.ratings]:
            yield fault("pursue-rating", "there is no rating {code}", "没有评分项 {code}", "pursue",
                        code=self.pursue).reading(("pursue",), ("ratings", "*", "code"))  # fmt: skip
        if tuple(grade.code for grade in self.grades) != tuple(grade.code for grade in ACCOUNT_CLASSES):
            yield fault("classes", "the classes are {codes}", "类别须为 {codes}", "grades",
                        codes=", ".join(grade.code for grade in ACCOUNT_CLASSES))  # fmt: skip


class KeyAccount(Declared):
    """G12: the profit set, the characteristics that facts show, and the evaluation by people. Source: spec 6.11."""

    method: Literal["key_account"]
    id: Identifier = "key_account"
    profit: MetricName = "customer_profit"
    more_than_pct: Share = Decimal(50)
    """Customers are taken, best first, until their profit is strictly more than this part of the total."""
    small_share_pct: Share = Decimal(20)
    """A profit set of more customers than this is no small share: a warning."""
    sales_share: MetricName = "share_of_sales_pct"
    sales_share_from: Share = Decimal(5)
    """KC-02 and KC-08: a share of sales from here on, in percent."""
    expected: MetricName | None = None
    """KC-08: sales with the next two plan years, such as expected_sales; empty: the present share alone."""
    work: MetricName | None = None
    """KC-05 and KC-09: what measures the working time, such as worked_minutes; empty: nothing does."""
    work_times: Annotated[Number, Field(gt=0, le=1000, decimal_places=4)] = Decimal(3)
    """… so many times an equal share."""
    template: Identifier = "key_account"
    ratings: tuple[Rating, ...] = Field(min_length=1)
    thresholds: dict[Code, Rate] = Field(default={"recommended": Decimal("3.5"), "discuss": Decimal("2.5")})
    grades: tuple[Grade, ...] = READINGS

    def faults(self) -> Iterator[Fault]:
        yield from rating_faults(self.ratings)
