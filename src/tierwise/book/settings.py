"""The settings of a book: what a person writes in ``book.yaml``, checked and frozen.

The settings in force are those of the book version; an edited file takes effect with the next writer.
Source: spec 5.1, 5.4, 12.2; decision 0002.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from tierwise.book.currencies import CURRENCIES
from tierwise.book.setting_words import code_of, slots_of, words_of
from tierwise.engine.place import EngineName, Place
from tierwise.kernel.errors import Problem, TierwiseError, fail

SETTINGS_FILE = "book.yaml"
PLACE = ("engine", "spark")
"""Settings that say where results are computed; they decide none."""
NEW = {"book": "new"}
"""Validation context of a book to be made: only then its currency must be one of ISO 4217, so that every older book
can be opened."""


class _Loader(yaml.SafeLoader):
    """YAML in which a day stays text until the model judges it: 2026-13-01 is a mistake with a line."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class Settings(BaseModel):
    """What a book is measured with. Frozen; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    base_currency: str = "CNY"
    time_zone: str = "Asia/Shanghai"
    fiscal_year_start_month: int = Field(default=1, ge=1, le=12)
    posting_basis: Literal["invoice", "order"] = "invoice"
    decisions: Literal["book", "web"] = "book"
    closed_through: date | None = None
    working_days: Literal["cn-mainland", "weekdays"] = "cn-mainland"
    extra_holidays: tuple[date, ...] = ()
    extra_workdays: tuple[date, ...] = ()
    fx_max_age_days: int = Field(default=10, ge=0, le=366)
    default_interval_days: int = Field(default=60, ge=1)
    credit_grace_days: int = Field(default=0, ge=0)
    financing_rate_pct: Decimal | None = Field(default=None, ge=0, max_digits=9, decimal_places=4)
    engine: EngineName = "duckdb"
    spark: str | None = Field(default=None, min_length=1)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):  # a list of all zones would be read from four hundred files
            raise ValueError("settings.time-zone") from None
        return value

    @field_validator("base_currency")
    @classmethod
    def _currency_code(cls, value: str, info: ValidationInfo) -> str:
        if not (len(value) == 3 and value.isascii() and value.isupper()):
            raise ValueError("settings.currency")
        if info.context is NEW and value not in CURRENCIES:
            raise ValueError("settings.unknown-currency")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the book's days."""
        return ZoneInfo(self.time_zone)

    @property
    def first_open_day(self) -> date | None:
        """The first day of the open period, None while nothing is closed."""
        return None if self.closed_through is None else self.closed_through + timedelta(days=1)

    @property
    def place(self) -> Place:
        """Where the book's runs are computed unless somebody says otherwise."""
        return Place(self.engine, self.spark)

    def deciding(self) -> dict[str, Any]:
        """The settings that decide results, as JSON values: where a run was computed is not among them."""
        return self.model_dump(mode="json", exclude=set(PLACE))

    def changes_to(self, other: Settings) -> dict[str, tuple[Any, Any]]:
        """The settings in which another set differs: name -> (mine, the other's)."""
        pairs = {name: (getattr(self, name), getattr(other, name)) for name in type(self).model_fields}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def reopened_by(self, other: Settings) -> bool:
        """Whether another set opens days again that are closed by this one."""
        return self.closed_through is not None and self.closed_through > (other.closed_through or date.min)

    def to_json(self) -> str:
        """The normalised settings: all fields, in the order of their declaration.

        Where to compute is left out unless it is said, so that older releases open the book.
        """
        return self.model_dump_json(exclude=self.unsaid())

    def unsaid(self) -> set[str]:
        """The settings of a place that are as they are where nobody says anything."""
        return {name for name in PLACE if getattr(self, name) == type(self).model_fields[name].default}


def load_settings(path: Path) -> Settings:
    """The settings written in a YAML file.

    **Raises** ``TierwiseError`` with every mistake at its file and line.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), _Loader)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(path, error) from error
    except (OSError, UnicodeDecodeError) as error:
        raise fail(
            "settings.unreadable",
            "the settings cannot be read: {why}",
            "无法读取设置：{why}",
            file=str(path),
            why=str(error),
        ) from error
    if not isinstance(root, yaml.MappingNode):
        raise fail(
            "settings.no-mapping",
            "the settings must be lines of the form name: value",
            "设置应为“名称: 值”的形式",
            file=str(path),
            line=1,
        )
    return _validated(path, root)


def line_of(path: Path, setting: str) -> int | None:
    """The line of a settings file that says a setting, as far as it does."""
    root = yaml.compose(path.read_text(encoding="utf-8-sig"), _Loader)
    keys = [key for key, _ in root.value] if isinstance(root, yaml.MappingNode) else []
    return next((key.start_mark.line + 1 for key in keys if key.value == setting), None)


def dump_settings(settings: Settings) -> str:
    """The text of a ``book.yaml`` with these settings."""
    values = {
        key: value
        for key, value in settings.model_dump(mode="json", exclude=settings.unsaid()).items()
        if value not in (None, [])
    }
    return yaml.safe_dump(values, allow_unicode=True, sort_keys=False)


def _validated(path: Path, root: yaml.MappingNode) -> Settings:
    lines: dict[str, int] = {}
    for key, _ in root.value:
        if str(key.value) in lines:
            raise _twice(path, str(key.value), key.start_mark.line + 1)
        lines[str(key.value)] = key.start_mark.line + 1
    try:
        return Settings.model_validate(_plain(root))
    except ValidationError as error:
        found = [_problem(path, lines, detail) for detail in error.errors()]
        found.sort(key=lambda problem: problem.line or 0)
        raise TierwiseError(found) from error


def _plain(root: yaml.MappingNode) -> Any:
    loader = _Loader("")
    try:
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _problem(path: Path, lines: dict[str, int], detail: Any) -> Problem:
    top = str(detail["loc"][0])
    field = ".".join(str(part) for part in detail["loc"])
    declared = Settings.model_fields.get(top)
    slots = slots_of(detail, field, declared.annotation if declared else None)
    return Problem(code_of(detail), words_of(detail), slots, str(path), lines.get(top))


def _twice(path: Path, name: str, line: int) -> TierwiseError:
    return fail(
        "settings.twice", "{field} is set twice", "{field} 重复设置", file=str(path), line=line, field=name
    )


def _not_yaml(path: Path, error: yaml.MarkedYAMLError) -> TierwiseError:
    mark = error.problem_mark
    return fail(
        "settings.not-yaml",
        "this is not YAML: {why}",
        "不是有效的 YAML：{why}",
        file=str(path),
        line=mark.line + 1 if mark else None,
        why=str(error.problem),
    )
