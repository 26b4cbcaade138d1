"""Panels of proof: where the data came from, what the check found, how it was computed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tierwise.book.contract import TABLES
from tierwise.grading.wording import FLAGS
from tierwise.report.html import Markup, badge, both, card, day, t, table, tag, text, whole
from tierwise.report.words import LABELS

if TYPE_CHECKING:
    from tierwise.report.facts import Facts
    from tierwise.report.figures import Figures


def data_card(facts: Facts, figures: Figures) -> Markup:
    """Files, rows and rejects, then the findings of the check."""
    heads = [(t("table_name"), "l"), (t("file"), "l"), (t("rows"), "r"), (t("rejected"), "r")]
    rows = [
        (
            text(TABLES[batch.table].label) if batch.table in TABLES else batch.table,
            tag("span", ", ".join(str(file["name"]) for file in batch.files), cls="soft"),
            whole(sum(int(file["rows"]) for file in batch.files)),
            whole(batch.rejected),
        )
        for batch in facts.batches
    ]
    return card(
        "data",
        tag(
            "div",
            table(heads, rows, caption=t("data"), cls="tight"),
            tag(
                "div",
                tag("h3", t("findings")),
                _findings(facts),
                tag("h3", t("issue_flags")),
                _flags(figures),
            ),
            cls="split",
        ),
        lead=t("data_lead"),
        cls="w12",
        id_="data",
    )


def _findings(facts: Facts) -> Markup:
    if not facts.issues:
        return tag("p", t("finding_none"))
    items = [
        tag(
            "li",
            tag("span", t(f"severity_{issue.severity}"), cls=f"mark sev-{issue.severity}"),
            " ",
            both(issue.say("en"), issue.say("zh")),
            tag("small", both(issue.advise("en"), issue.advise("zh"))),
        )
        for issue in facts.issues
    ]
    return tag("ul", *items, cls="findings")


def _flags(figures: Figures) -> Markup:
    items = [
        tag(
            "li",
            tag("b", whole(count)),
            " ",
            both(FLAGS.say(flag, "en"), FLAGS.say(flag, "zh")) if flag in FLAGS else flag,
        )
        for flag, count in figures.flags
    ]
    return tag("ul", *items, cls="counts")


def method_card(facts: Facts) -> Markup:
    """The policy in sentences, and what makes the result provable."""
    run = facts.run
    leading = run.facts["methods"][facts.policy.leading.id]
    cuts = [
        tag(
            "li",
            t(
                "method_cut",
                grade=cut["grade"],
                share=cut["share_pct"],
                count=whole(cut["count"]),
                value=f"{facts.currency} {whole(Decimal(cut['value']))}" if cut.get("value") else "–",
            ),
        )
        for cut in leading.get("cuts", ())
        if "share_pct" in cut
    ]
    cuts += [tag("li", t("method_rest", grade=facts.scale[-1])), tag("li", t("method_ties"))]
    pairs = [
        ("method_run", f"{run.run_id} · {day(run.as_of)}"),
        ("method_book", str(run.book_version)),
        ("method_policy", run.policy_fingerprint),
        ("method_digest", run.digest),
        ("method_engine", f"{run.engine} {run.engine_version}"),
        ("method_members", whole(facts.members)),
    ]
    proof = tag("dl", *(tag("div", tag("dt", t(key)), tag("dd", value)) for key, value in pairs), cls="proof")
    return card(
        "method",
        tag("ul", *cuts, cls="plain"),
        proof,
        _runs(facts),
        tag("p", t("replay", command=f"tierwise replay BOOK {run.run_id}"), cls="more"),
        lead=text_of_policy(facts),
        cls="w6",
    )


def text_of_policy(facts: Facts) -> Markup:
    """The policy's own note, else its title."""
    words = facts.policy.notes or facts.policy.title
    return both(words.en, words.zh)


def _runs(facts: Facts) -> Markup:
    heads = [
        (t("method_run"), "l"),
        (t("month"), "l"),
        *((badge(g), "r") for g in facts.scale),
        (t("method_digest"), "l"),
    ]
    rows = [
        (
            run.run_id,
            day(run.as_of),
            *(whole(run.counts.get(g, 0)) for g in facts.scale),
            tag("code", run.digest[:16]),
        )
        for run in facts.runs
    ]
    return tag("details", tag("summary", t("runs")), table(heads, rows, caption=t("runs")))


__all__ = ["LABELS", "data_card", "method_card"]
