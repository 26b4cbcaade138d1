"""How a text becomes a value: SQL expressions, the plain cases first.

``parsed`` gives the value or NULL, ``trouble`` the code that says why a text has no value. Both are
pure text in, text out; the engine evaluates them a vector at a time, and the costly branch of a CASE
runs only for the rows that need it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from tierwise.book.contract import SQL_TYPES, Choice, Column
from tierwise.engine.names import literal

FLAGS = {
    "true": ("true", "t", "1", "yes", "y", "是", "对", "真", "√", "x"),
    "false": ("false", "f", "0", "no", "n", "否", "不", "假", "×"),
}
CURRENCIES = {
    "CNY": ("RMB", "人民币", "人民币元", "元", "¥", "￥", "CN¥"),
    "USD": ("美元", "美金", "$", "US$"),
    "EUR": ("欧元", "€"),
    "GBP": ("英镑", "£"),
    "JPY": ("日元", "日圆"),
    "HKD": ("港币", "港元", "HK$"),
}
Blanks = Literal["none", "spaces", "breaks", "any"]
"""No blank, spaces only, spaces and line breaks, or any that Unicode and spreadsheets know."""
MAX_TEXT_BYTES = 30_000
"""About 10,000 Chinese characters."""
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_BLANKS = " \t\r\n\u00a0\u3000\ufeff\u200b"
_WIDE = "０１２３４５６７８９．，－＋（）％￥＄　\u00a0\u2212\u2009\u202f"
_NARROW = "0123456789.,-+()%¥$  -  "
_YEAR = r"(19\d\d|[2-9]\d\d\d)"
_TIME = r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:[AaPp][Mm]|上午|下午))?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
_ISO = r"(?:19|[2-9]\d)\d\d(?:-\d\d-\d\d|/\d{1,2}/\d{1,2}|-\d{1,2}-\d{1,2})(?:[ T]\d\d:\d\d:\d\d(?:\.\d+)?)?"
_YMD = "^" + _YEAR + r" ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2})(?: ?[日号])?" + _TIME + "$"
_COMPACT = _YEAR + r"\d{4}"
_DMY = r"^\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})" + _TIME + "$"
_NUMBER = r"^[-+]?((\d{1,3}(,\d{3})+|\d+)(\.\d*)?|\.\d+)$"
_SCIENTIFIC = r"^[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d{1,2}$"
_EXPONENT = r"^[-+]?[\d.]+[eE][-+]?\d+$"
PLACES = {"money": 4, "quantity": 4, "rate": 8, "percent": 4, "integer": 0, "operand": 6}
"""How many decimals a kind of number keeps."""
_TYPES = SQL_TYPES | {"operand": "DECIMAL(18,6)"}  # what an operation of a mapping calculates with


@dataclass(frozen=True, slots=True)
class Reading:
    """How the values of one file are written."""

    date_formats: tuple[str, ...] = ()
    """``strptime`` patterns tried before the plain forms."""
    decimal_comma: bool = False
    round: bool = False
    blanks: Blanks = "any"
    """What may stand around values; the fewer, the cheaper the cleaning."""
    controls: bool = True
    """The file may hold control characters."""
    empty_values: tuple[str, ...] = field(default=())


def clean(x: str, reading: Reading) -> str:
    """Text without blanks around it; empty becomes NULL."""
    trimmed = f"trim({x}, {literal(_BLANKS)})"
    if reading.blanks == "breaks":
        trimmed = f"CASE WHEN contains({x}, chr(10)) THEN {trimmed} ELSE trim({x}) END"
    elif reading.blanks != "any":
        trimmed = f"trim({x})" if reading.blanks == "spaces" else x
    text = f"nullif({trimmed}, '')"
    if reading.empty_values:
        listed = ", ".join(literal(value) for value in reading.empty_values)
        return f"CASE WHEN {text} IN ({listed}) THEN NULL ELSE {text} END"
    return text


def parsed(column: Column, x: str, reading: Reading) -> str:
    """The typed value of a text as it stands in the file, or NULL where it has none."""
    if column.kind == "date":
        return date(x, reading)
    if column.kind in PLACES:
        return number(column.kind, x, reading)
    if column.kind == "flag":
        return _flag(x, reading)
    if column.kind == "choice":
        return _choice(x, column.choices, reading)
    if column.name == "currency":
        return _currency(x, reading)
    return clean(x, reading)


def trouble(column: Column, x: str, v: str, reading: Reading) -> str:
    """The code of what is wrong with a text ``x`` whose value is ``v``; NULL if nothing is."""
    x = clean(x, reading)
    missing = "'import.missing-value'" if column.required else "NULL"
    branches = [f"WHEN {x} IS NULL THEN {missing}"]
    if column.positive:
        branches.append(f"WHEN {v} <= 0 THEN 'import.not-positive'")
    if column.between:
        least, most = column.between
        branches.append(f"WHEN {v} NOT BETWEEN {least} AND {most} THEN 'import.out-of-range'")
    if _is_text(column):
        branches.append(f"WHEN strlen({v}) > {MAX_TEXT_BYTES} THEN 'import.text-too-long'")
        branches.append(f"WHEN {_bad_text(v, reading)} THEN 'import.control-character'")
    branches += [f"WHEN {v} IS NOT NULL THEN NULL", *_reasons(column, x, reading)]
    return "CASE " + " ".join(branches) + " END"


def good(column: Column, x: str, v: str, reading: Reading) -> str:
    """The condition under which a row may stay, as far as this column goes."""
    if column.required:
        fine = f"{v} IS NOT NULL"
    elif _is_text(column):
        fine = "true"
    else:
        fine = f"({v} IS NOT NULL OR {clean(x, reading)} IS NULL)"
    if _is_text(column):
        fine += f" AND coalesce(NOT {_bad_text(v, reading)}, true)"
    if column.between:
        least, most = column.between
        fine += f" AND coalesce({v} BETWEEN {least} AND {most}, true)"
    return f"{fine} AND coalesce({v} > 0, true)" if column.positive else fine


def _is_text(column: Column) -> bool:
    return column.kind == "text" and column.name != "currency"


def date(x: str, reading: Reading) -> str:
    """A DATE from ISO and the plain Chinese and numeric forms, or NULL."""
    slow = _let(clean(x, reading), "d", _date_slow("d", reading))
    iso = f"regexp_full_match({x}, {literal(_ISO)})"
    any_form = f"CASE WHEN {x} = '' THEN NULL WHEN {iso} THEN try_cast({x} AS DATE) ELSE {slow} END"
    # Nearly every date of nearly every file. Digits are asked for: the cast takes 2024-07-9B for the ninth.
    usual = f"{x} GLOB '[1-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND {x} >= '19'"
    return f"coalesce(CASE WHEN {usual} THEN try_cast({x} AS DATE) END, {any_form})"


def _date_slow(x: str, reading: Reading) -> str:
    narrow = f"translate({x}, {literal(_WIDE)}, {literal(_NARROW)})"
    spelled = f"try_cast(regexp_replace(e, {literal(_YMD)}, '\\1-\\2-\\3') AS DATE)"
    plain = (
        f"CASE WHEN regexp_matches(e, {literal(_YMD)}) THEN {spelled} "
        f"WHEN regexp_full_match(e, {literal(_COMPACT)}) THEN CAST(try_strptime(e, '%Y%m%d') AS DATE) END"
    )
    plain = _let(narrow, "e", plain)
    if not reading.date_formats:
        return plain
    listed = ", ".join(literal(f) for f in reading.date_formats)
    bounded = "CASE WHEN year(f) BETWEEN 1900 AND 9999 THEN f END"
    return f"coalesce({_let(f'CAST(try_strptime({x}, [{listed}]) AS DATE)', 'f', bounded)}, {plain})"


def _let(value: str, name: str, body: str) -> str:
    """``body`` with ``name`` standing for a value that is computed once."""
    return f"list_transform([{value}], lambda {name}: {body})[1]"


def plain_number(x: str, reading: Reading) -> str:
    """A text that any decimal cast reads: no signs of currency, thousands or accounting; else NULL."""
    y = f"translate({x}, {literal(_WIDE)}, {literal(_NARROW)})"
    y = f"regexp_replace({y}, '[ ¥$€£]|^(CNY|RMB|USD|EUR|GBP)|(CNY|RMB|USD|EUR|GBP|元)$', '', 'g')"
    if reading.decimal_comma:
        y = f"translate({y}, '.,', ',.')"
    y = f"regexp_replace({y}, '^(?:\\(([^-+()]*)\\)|([^-+()]+)-)$', '-\\1\\2')"
    exact = "CAST(try_cast(y AS DECIMAL(38,12)) AS VARCHAR)"
    return _let(
        y,
        "y",
        f"CASE WHEN regexp_matches(y, {literal(_NUMBER)}) THEN replace(y, ',', '') "
        f"WHEN regexp_matches(y, {literal(_SCIENTIFIC)}) THEN {exact} END",
    )


def number(kind: str, x: str, reading: Reading) -> str:
    """A number of a kind, exact, or NULL; what would need rounding is NULL unless the mapping rounds."""
    sql_type = _TYPES[kind]
    plain = plain_number(_unsigned_percent(kind, x, reading), reading)
    slow = f"try_cast(p AS {sql_type})"
    if not reading.round:
        slow = f"CASE WHEN NOT regexp_matches(p, '{_excess(kind)}') THEN {slow} END"
    slow = _let(plain, "p", slow)
    empty = f"WHEN {x} = '' THEN NULL"
    if reading.decimal_comma:
        return f"CASE {empty} ELSE {slow} END"
    plainly = f"regexp_full_match({x}, '{_shape(kind)}')"
    if kind == "integer":  # without the pattern where digits are all
        plainly = f"strlen({x}) <= 15 AND NOT ({x} GLOB '*[!0-9]*') OR {plainly}"
    return f"CASE {empty} WHEN {plainly} THEN try_cast({x} AS {sql_type}) ELSE {slow} END"


def _unsigned_percent(kind: str, x: str, reading: Reading) -> str:
    cleaned = clean(x, reading)
    return f"regexp_replace({cleaned}, ' ?[%％]$', '')" if kind == "percent" else cleaned


def _shape(kind: str, *, grouped: bool = False) -> str:
    """The pattern of a number written plainly (or with thousands), within the places of its kind."""
    places = PLACES[kind]
    whole = r"-?\d{1,3}(?:,\d{3}){1,4}" if grouped else r"-?\d{1,15}"
    return whole if places == 0 else rf"{whole}(?:\.\d{{1,{places}}})?"


def _excess(kind: str) -> str:
    """The pattern of a plain number with more decimal places than its kind keeps."""
    return rf"\.\d{{{PLACES[kind]}}}\d*[1-9]"


def _flag(x: str, reading: Reading) -> str:
    cleaned = clean(x, reading)
    branches = " ".join(
        f"WHEN lower({cleaned}) IN ({', '.join(literal(word) for word in words)}) THEN {value}"
        for value, words in FLAGS.items()
    )
    return f"CASE WHEN {x} = 'true' THEN true WHEN {x} = 'false' THEN false {branches} END"


def _choice(x: str, choices: tuple[Choice, ...], reading: Reading) -> str:
    codes = ", ".join(literal(choice.code) for choice in choices)
    folded = f"replace(replace(lower(nfc_normalize({clean(x, reading)})), ' ', ''), '_', '')"
    branches = " ".join(
        f"WHEN {folded} IN ({', '.join(literal(word) for word in choice_words(choice))}) THEN {literal(choice.code)}"
        for choice in choices
    )
    return f"CASE WHEN {x} IN ({codes}) THEN {x} ELSE CASE {branches} END END"


def choice_words(choice: Choice) -> list[str]:
    """The folded words that are read as one choice."""
    words = (choice.code, choice.label.en, choice.label.zh, *choice.synonyms)
    return list(dict.fromkeys(word.lower().replace(" ", "").replace("_", "") for word in words))


def _currency(x: str, reading: Reading) -> str:
    cleaned = clean(x, reading)
    branches = " ".join(
        f"WHEN upper({cleaned}) IN ({', '.join(literal(word) for word in words)}) THEN '{code}'"
        for code, words in CURRENCIES.items()
    )
    return (
        f"CASE WHEN {x} IN ('CNY', 'USD', 'EUR') THEN {x} {branches} "
        f"WHEN regexp_full_match({cleaned}, '[A-Za-z]{{3}}') THEN upper({cleaned}) END"
    )


def _bad_text(v: str, reading: Reading) -> str:
    long = f"strlen({v}) > {MAX_TEXT_BYTES}"
    return f"({long} OR regexp_matches({v}, {literal(_CONTROLS)}))" if reading.controls else long


def _reasons(column: Column, x: str, reading: Reading) -> list[str]:
    if column.kind == "date":
        early = f"regexp_matches({x}, '^[01]\\d{{3}}\\D')"
        return [
            f"WHEN regexp_matches({x}, {literal(_DMY)}) THEN 'import.ambiguous-date'",
            f"WHEN {early} THEN 'import.date-out-of-range'",
            "ELSE 'import.bad-date'",
        ]
    if column.kind in PLACES:
        return _number_reasons(column.kind, x, reading)
    if column.kind == "flag":
        return ["ELSE 'import.bad-flag'"]
    if column.kind == "choice":
        return ["ELSE 'import.unknown-choice'"]
    if column.name == "currency":
        return ["ELSE 'import.bad-currency'"]
    return []


def _number_reasons(kind: str, x: str, reading: Reading) -> list[str]:
    plain = plain_number(_unsigned_percent(kind, x, reading), reading)
    excess = "import.not-whole" if kind == "integer" else "import.too-many-places"
    bad = f"WHEN {plain} IS NULL AND NOT regexp_matches({x}, '{_EXPONENT}') THEN 'import.bad-number'"
    large = "'import.number-too-large'"
    return [
        bad,
        f"WHEN {plain} IS NULL OR try_cast({plain} AS {SQL_TYPES[kind]}) IS NULL THEN {large}",
        f"ELSE '{excess}'",
    ]


def folded(text: str) -> str:
    """A header or label without case, width, blanks, underscores and hyphens."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in narrow if not (c.isspace() or c in "_-*\ufeff\u200b"))
