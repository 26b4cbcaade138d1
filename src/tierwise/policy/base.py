"""What every part of a policy shares: frozen models, exact number types, faults as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from tierwise.kernel.text import Text
from tierwise.metrics.settings import Number

Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
MetricName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
Share = Annotated[Number, Field(gt=0, le=100, decimal_places=4)]
Points = Annotated[Number, Field(ge=0, le=100, decimal_places=4)]
Limit = Annotated[Number, Field(decimal_places=9, max_digits=28)]


def _answers(value: Any) -> bool | tuple[str, ...]:
    """A yes or no, or the codes of which a value must be one."""
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(code, str) for code in value):
        return tuple(value)
    raise PydanticCustomError("answers", "true, false or a list of codes is expected")


Answers = Annotated[
    bool | tuple[str, ...],
    PlainValidator(_answers),
    PlainSerializer(lambda asked: asked if isinstance(asked, bool | None) else list(asked)),
    WithJsonSchema(
        {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    ),
]
"""``true``, ``false`` or a list of codes: what a flag or a code is asked for."""

Path = tuple[str | int, ...]
"""Where something stands in a policy: ``("leading", "criteria", 2, "weight_pct")``."""

RULES_LATER = {"rules": "later"}
"""Validation context under which the rules between fields are left to ``tierwise.policy.check``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken rule between fields: a code, both languages, and the place relative to its part."""

    code: str
    text: Text
    path: Path = ()
    slots: dict[str, Any] = field(default_factory=dict)
    reads: tuple[Path, ...] = ()
    """The places that the rule looks at, ``*`` for every item; by default its own path. A mistake there
    makes this one uncertain."""

    def under(self, prefix: Path) -> Fault:
        """The same fault, placed in the whole."""
        reads = tuple(prefix + place for place in self.reads)
        return Fault(self.code, self.text, prefix + self.path, self.slots, reads)

    def reading(self, *places: Path) -> Fault:
        """The same fault, with the places that its rule looks at."""
        return replace(self, reads=places)

    def depends_on(self, place: Path) -> bool:
        """Whether the rule looks at a place, at something in it, or at what it is in."""
        return any(
            all(mine in ("*", its) for mine, its in zip(seen, place, strict=False))
            for seen in self.reads or (self.path,)
        )

    def __str__(self) -> str:
        place = show_path(self.path)
        words = self.text.fill("en", **self.slots)
        return f"{place}: {words}" if place else words


class BrokenRulesError(ValueError):
    """What a model raises when rules between its fields are broken: all of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


def fault(code: str, en: str, zh: str, /, *path: str | int, **slots: Any) -> Fault:
    """A fault whose texts are patterns over ``slots``."""
    return Fault(f"policy.{code}", Text(en, zh), path, slots)


def show_path(path: Path) -> str:
    """``leading.criteria[2].weight_pct``: a place as people write it (list positions from 0)."""
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown


class Declared(BaseModel):
    """Every part of a policy: frozen, nothing unknown allowed, rules between fields in ``faults``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def faults(self) -> Iterator[Fault]:
        """The broken rules between the fields of this part, without those of its inner parts."""
        return iter(())

    @model_validator(mode="after")
    def _sound(self, info: ValidationInfo) -> Declared:
        if info.context is not RULES_LATER and (found := tuple(self.faults())):
            raise BrokenRulesError(found)
        return self


class Words(Declared):
    """A name in English and Chinese."""

    en: str = Field(min_length=1, max_length=2000)
    zh: str = Field(min_length=1, max_length=2000)

    def in_lang(self, lang: str) -> str:
        """The words in one language."""
        return self.zh if lang == "zh" else self.en


class Grade(Declared):
    """One grade of a scale, best first."""

    code: Code
    title: Words
    colour: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")
