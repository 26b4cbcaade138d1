"""How far a customer stands from the grades beside its own, as sentences. Source: spec 6.1(5), 8.1."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from tierwise.grading.pointing import CUT, SCORE, pointed
from tierwise.grading.sentences import grade_words
from tierwise.grading.wording import WIDE, metric_use, metric_value, number
from tierwise.kernel.text import Lang, Text
from tierwise.metrics.catalogue import METRICS

if TYPE_CHECKING:
    from tierwise.grading.explain import Explanation

_SHORT = Text("{gap} short of {better}{near}.", "距 {better} 级还差 {gap}{near}。")
_CLOSE = Text(": close", "，已接近")
_RANK = Text(
    "Others unchanged, it stays {grade} down to {limit}, the value of the first customer below {grade}: it may lose "
    "{cushion}{near}.",
    "其他客户不变时，降到 {limit}（首位未达 {grade} 级的客户的数值）仍为 {grade} 级，即可下降 {cushion}{near}。",
)
_THRESHOLD = Text(
    "It may lose {cushion} before it falls to {worse}{near}.", "可下降 {cushion} 而不降为 {worse} 级{near}。"
)
_LITTLE = Text(": little room", "，余地很小")
_POINTS = Text("{n} {n#point|points}", "{n} 分")
_NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class _Scale:
    """The leading method's grades from the top, and how its values are shown."""

    codes: list[str]
    titles: dict[str, str]
    by_rank: bool
    column: str
    currency: str
    lang: Lang

    def show(self, value: Decimal, of: str | None = None) -> str:
        """A value or a part of it, marked as the metric or the total that it is; ``of``: as something else."""
        said = (
            metric_value(self.column, value, self.lang, self.currency)
            if self.column
            else _POINTS.fill(self.lang, n=number(value))
        )
        return pointed(said, of or self.column or SCORE)

    def needed(self, gap: Decimal) -> str:
        """What is missing, in whole cents or hundredths of a point with which the grade is reached, as levers say it."""
        return self.show(self._whole(gap, ROUND_CEILING))

    def spare(self, cushion: Decimal) -> str:
        """What may be lost, in whole ones with which the grade is kept, as levers say it."""
        return self.show(self._whole(cushion, ROUND_FLOOR))

    def _whole(self, value: Decimal, rounding: str) -> Decimal:
        use = metric_use(self.column) if self.column else None
        if use is not None and METRICS[use.name].unit != "money":
            return value
        return value.quantize(Decimal("0.01"), rounding=rounding, context=WIDE)

    def words(self, place: int) -> str:
        return grade_words(self.codes[place], self.titles)


def distance_sentences(told: Explanation, lang: Lang) -> list[str]:
    """What is missing to the next grade, and what may be lost, numbers marked; nothing where another thing decided."""
    row, leading = told.row, told.policy.leading
    if row["status"] != "graded" or row["unit"] != row["customer_id"]:
        return []
    if leading.id in told.withheld:
        return []  # a distance would tell the value
    if told.family != leading.id:
        return []  # the distances are those of another method's scale
    if row["grade"] != row["grade_before_gates"] or leading.method == "abc_cumulative":
        return []  # a gate decided, or the whole total would move with the value
    scale = _Scale(
        [grade.code for grade in told.policy.scale],
        {grade.code: grade.title.in_lang(lang) for grade in told.policy.scale},
        leading.method == "abc_rank",
        told.record.facts["methods"][leading.id].get("value", ""),
        told.currency,
        lang,
    )
    place = scale.codes.index(row["grade_before_gates"])
    return [*_up(row, scale, place), *_down(row, scale, place)]


def _up(row: dict[str, Any], scale: _Scale, place: int) -> list[str]:
    gap = row["gap_to_next"]
    if gap is None or gap <= 0 or place == 0:
        return []
    near = _CLOSE if row["near_cut"] in ("up", "both") else _NOTHING
    slots = {"gap": scale.needed(gap), "better": scale.words(place - 1), "near": near.in_lang(scale.lang)}
    return [_SHORT.fill(scale.lang, **slots)]


def _down(row: dict[str, Any], scale: _Scale, place: int) -> list[str]:
    cushion = row["cushion_down"]
    if cushion is None or place == len(scale.codes) - 1:
        return []
    near = _LITTLE if row["near_cut"] in ("down", "both") else _NOTHING
    slots = {
        "cushion": scale.spare(cushion),
        "grade": scale.words(place),
        "worse": scale.words(place + 1),
        "limit": scale.show(row["score"] - cushion, CUT + scale.codes[place + 1]),
        "near": near.in_lang(scale.lang),
    }
    return [(_RANK if scale.by_rank else _THRESHOLD).fill(scale.lang, **slots)]
