"""The page: one self-contained HTML file in two languages that loads nothing and runs only its own scripts."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierwise.grading.wording import SEGMENTS
from tierwise.kernel.files import whole_file
from tierwise.kernel.text import Lang, Text
from tierwise.report.figures import Figures
from tierwise.report.html import NOTHING, Markup, day, join, t, tag
from tierwise.report.panels_customers import list_card, people, prospects_card, stories_card, why_card
from tierwise.report.panels_data import data_card, method_card
from tierwise.report.panels_movement import history_card, matrix_card, movers_card, near_card
from tierwise.report.panels_risk import credit_card, rfm_card
from tierwise.report.panels_value import kpis, pareto_card, pyramid_card, whale_card
from tierwise.report.words import DATA_LABELS, LABELS

if TYPE_CHECKING:
    from tierwise.report.facts import Facts

_SECTIONS = ("overview", "stories", "movement", "risk", "customers", "data")
_LOGO = Markup(
    '<svg viewBox="0 0 18 18" aria-hidden="true"><polygon class="f-a" points="9,1 12,6 6,6"/>'
    '<polygon class="f-b" points="5.5,7 12.5,7 14.8,11 3.2,11"/>'
    '<polygon class="f-c" points="2.7,12 15.3,12 17.6,16 0.4,16"/></svg>'
)


def write_report(facts: Facts, path: Path) -> None:
    """Writes the report whole or not at all."""
    write_whole(path, build_report(facts).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all. **Raises** ``export.folder`` and ``export.unwritable``."""
    with whole_file(path) as part:
        part.write_bytes(content)


def build_report(facts: Facts) -> str:
    """The HTML of a report; the same facts give the same bytes."""
    figures = Figures(facts)
    return shell(
        title=LABELS["title"].zh,
        links=[tag("a", t(f"nav_{name}"), href=f"#{name}") for name in _SECTIONS],
        main=_main(facts, figures),
        payload=_payload(facts, figures),
    )


def shell(
    *, title: str, links: Sequence[Markup], main: Markup, payload: Mapping[str, Any], lang: Lang = "zh"
) -> str:
    """A whole page around a report: header, style, charts and scripts, under a policy that lets nothing else run."""
    style = _asset("report.css")
    scripts = [_script(_asset("echarts/echarts.min.js")), _script(_asset("report.js"))]
    policy = "; ".join(
        (
            "default-src 'none'",
            "script-src " + " ".join(_hash(script) for script in scripts),
            "style-src " + _hash(style),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    head = join(
        [
            Markup('<meta charset="utf-8">'),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup('<meta name="generator" content="Tierwise">'),
            tag("title", title),
            Markup(f"<style>{style}</style>"),
        ]
    )
    content = join(
        [
            tag("a", t("skip"), href="#overview", cls="skip"),
            _top(links),
            main,
            Markup(f'<script type="application/json" id="payload">{_json(payload)}</script>'),
            *(Markup(f"<script>{script}</script>") for script in scripts),
        ]
    )
    tongue = "zh-Hans" if lang == "zh" else "en"
    return f'<!DOCTYPE html>\n<html lang="{tongue}" data-lang="{lang}">\n<head>{head}</head>\n<body>{content}</body>\n</html>\n'


def _top(links: Sequence[Markup]) -> Markup:
    buttons = [
        tag("button", t("language"), type="button", id="lang"),
        tag("button", "◐", type="button", id="theme", data_label="theme"),
        tag("button", t("print"), type="button", id="print", cls="print"),
    ]
    brand = tag("span", _LOGO, t("brand"), cls="brand")
    bar = tag("div", brand, tag("nav", *links, data_label="sections"), tag("div", *buttons, cls="tools-top"))
    return tag("header", bar, cls="bar-top")


def _main(facts: Facts, figures: Figures) -> Markup:
    window, run = facts.run.facts["window"], facts.run
    subtitle = t(
        "subtitle",
        as_of=day(run.as_of),
        start=window["start"],
        end=window["end"],
        policy=Text(facts.policy.title.en, facts.policy.title.zh),
        version=run.policy_version,
    )
    company = str(run.settings["name"])
    title = tag("div", tag("h1", t("title")), tag("p", company, " · ", subtitle), cls="title")
    moved = len(facts.months) > 1
    cards = [
        pyramid_card(facts, figures),
        whale_card(figures),
        stories_card(facts) if facts.stories else NOTHING,
        history_card(facts),
        pareto_card(figures),
        movers_card(facts) if moved else NOTHING,
        tag("div", matrix_card(facts, figures) if moved else NOTHING, why_card(facts), cls="stack"),
        near_card(facts, figures, "up"),
        near_card(facts, figures, "down"),
        credit_card(figures),
        rfm_card(figures),
        list_card(facts, figures),
        prospects_card(facts) if facts.prospects else NOTHING,
        method_card(facts),
        data_card(facts, figures),
    ]
    foot = tag(
        "footer", tag("p", t("made", version=run.tierwise_version)), tag("p", t("licences")), cls="foot"
    )
    grid = tag("div", *cards, cls="grid")
    return tag("main", tag("div", title, kpis(facts, figures), id="overview"), grid, foot)


def _payload(facts: Facts, figures: Figures) -> dict[str, Any]:
    """What the page's own script reads."""
    return {
        "labels": {key: [words.en, words.zh] for key, words in LABELS.items()},
        "words": DATA_LABELS,
        "segments": {
            code: [SEGMENTS.say(code, "en"), SEGMENTS.say(code, "zh")] for code, _, _ in figures.segments
        },
        "charts": figures.payload(),
        "people": people(facts, figures),
    }


def _json(value: Any) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _script(text: str) -> str:
    return text.replace("</script", "<\\/script")


def _asset(name: str) -> str:
    return (files("tierwise.report") / "assets" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
