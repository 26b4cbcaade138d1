"""Customer records: one row per state, a new one from the day on which an attribute changed."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tierwise.demo.company import names, words
from tierwise.demo.company.days import Days
from tierwise.demo.company.judgement import is_project_customer
from tierwise.demo.company.people import handover_day, owner_on, release_day, team_of
from tierwise.demo.company.profile import Profile, customer_code, weighted
from tierwise.demo.company.stories import BLOCK, GROUP_SIZE, place_of

Record = dict[str, str]

COLUMNS = (
    "code", "name", "short_name", "kind", "relation_type", "party_type", "ownership_nature", "industry", "segment",
    "region", "country", "hierarchy_node", "parent_code", "unified_credit_code", "registered_capital",
    "total_assets", "annual_turnover", "development_speed_pct", "potential_need", "listed", "employees",
    "credit_limit", "owner", "team", "agent_code", "kept_for_image", "blacklisted", "status", "first_contact_on",
    "source", "valid_from",
)  # fmt: skip

_NATURES = (
    ("private", 58), ("joint_stock", 16), ("state_owned", 12), ("foreign", 8), ("government", 3), ("individual", 3),
)  # fmt: skip
_YUAN = 100

# Groups after the first have three levels: group, headquarters, branches, sites.
_DEEP = (
    ("group", -1),
    ("headquarters", 0),
    ("branch", 1),
    ("branch", 1),
    ("site", 2),
    ("site", 2),
    ("site", 3),
)


def nature_of(profile: Profile, seed: int) -> str:
    """The ownership nature with which the customer's record begins."""
    if profile.currency != "CNY":
        return "foreign"
    if profile.kind == "internal" or profile.role == "agent":
        return "private"
    if profile.role != "ordinary":
        return "state_owned" if profile.role in ("group", "lost_key", "hot_prospect") else "private"
    return weighted(_NATURES, Random(f"tierwise-demo:{seed}:nature:{profile.index}").random())


def hierarchy_of(index: int) -> tuple[str, int]:
    """Hierarchy node and the number of the parent (0: none)."""
    place = place_of(index)
    if place >= GROUP_SIZE:
        return "standalone", 0
    if index <= BLOCK:
        return ("headquarters", 0) if place == 0 else ("branch", 1)
    node, parent = _DEEP[place]
    return node, index - place + parent if parent >= 0 else 0


def record_rows(
    profile: Profile, head: Record | None, seed: int, days: Days, first_order: int | None
) -> list[Record]:
    """The dated records of a customer, oldest first. ``head`` is the first record of its group's head."""
    record = _first_record(profile, head, seed, days)
    changes = sorted(_changes(profile, seed, days, record, first_order), key=lambda change: change[0])
    rows = [record]
    for day, change in changes:
        if profile.first_contact < day <= days.end:
            latest = {**rows[-1], **change, "valid_from": days.iso(day)}
            if latest["valid_from"] == rows[-1]["valid_from"]:
                rows.pop()
            rows.append(latest)
    return rows


def _first_record(profile: Profile, head: Record | None, seed: int, days: Days) -> Record:
    nature = nature_of(profile, seed)
    node, parent = hierarchy_of(profile.index)
    name, short = names.firm_name(profile, seed, nature)
    if head is not None:
        place = names.brand_and_place(seed, profile.index, profile.region)[1]
        name, short = names.member_name(head["name"], head["short_name"], place, node, profile.index)
    internal = profile.kind == "internal"
    return {
        "code": profile.code, "name": name, "short_name": short,
        "kind": profile.kind, "relation_type": "internal" if internal else _relation(profile),
        "party_type": "person" if nature == "individual" else "organisation", "ownership_nature": nature,
        "industry": _industry(profile), "segment": _segment(profile), "region": profile.region,
        "country": profile.country, "hierarchy_node": node,
        "parent_code": customer_code(parent) if parent else "",
        "unified_credit_code": names.credit_code(profile.index) if profile.country == "CN" else "",
        "owner": owner_on(profile, days, profile.first_contact), "team": team_of(profile),
        "agent_code": profile.agent_code, "kept_for_image": "true" if profile.index % 151 == 40 else "false",
        "blacklisted": "false", "status": "active", "first_contact_on": days.iso(profile.first_contact),
        "source": words.SOURCES[profile.index % len(words.SOURCES)], "valid_from": days.iso(profile.first_contact),
        **_strength(profile, nature, seed),
    }  # fmt: skip


def _relation(profile: Profile) -> str:
    return "channel" if profile.role == "agent" else "business"


def _industry(profile: Profile) -> str:
    return "园区与地产工程" if is_project_customer(profile) else words.INDUSTRIES[profile.industry][1]


def _segment(profile: Profile) -> str:
    if is_project_customer(profile):
        return "工程项目"
    return words.SEGMENTS[(profile.industry + profile.index // 7) % len(words.SEGMENTS)]


def _strength(profile: Profile, nature: str, seed: int) -> Record:
    """Assets, turnover, growth, need: known for prospects and about two thirds of the others."""
    rng = Random(f"tierwise-demo:{seed}:strength:{profile.index}")
    hot = profile.role == "hot_prospect"
    # A firm turns over some hundred times what it buys from one distributor.
    turnover = (
        1_500_000_000 if hot else round(profile.year_sales / _YUAN * 120 * 10 ** rng.gauss(0, 0.45), -5)
    )
    assets = 1_200_000_000 if hot else round(turnover * rng.uniform(0.4, 1.8), -5)
    speed = 35.0 if hot else rng.gauss(9, 11)
    shown = profile.kind == "prospect" or rng.random() < 0.66
    limit = max(1, round(profile.year_sales / _YUAN / 28_000)) * 10_000
    return {
        "registered_capital": f"{round(assets * 0.15, -5):.0f}" if shown else "",
        "total_assets": f"{assets:.0f}" if shown and rng.random() < 0.95 else "",
        "annual_turnover": f"{turnover:.0f}" if shown else "",
        "development_speed_pct": f"{speed:.1f}" if shown else "",
        "potential_need": f"{max(1, round(turnover * 0.012, -4)):.0f}" if profile.kind == "prospect" else "",
        "listed": "true" if nature == "joint_stock" and rng.random() < 0.3 else "false",
        "employees": str(max(3, round(turnover / 800_000))) if shown else "",
        "credit_limit": str(limit) if profile.buys and profile.terms else "",
    }  # fmt: skip


def _changes(
    profile: Profile, seed: int, days: Days, record: Record, first_order: int | None
) -> Iterator[tuple[int, Record]]:
    if profile.kind == "existing" and profile.start > days.first:
        record["kind"] = "prospect"
        if first_order is not None:
            yield first_order, {"kind": "existing"}
    change = handover_day(profile, days)
    if change is not None:
        yield change, {"owner": owner_on(profile, days, change)}
    released = release_day(profile, seed, days)
    if released is not None:
        day, alone = released
        yield day, {"owner": "", "team": ""} if alone else {"owner": ""}
    if (
        profile.index % 97 == 30
        and record["ownership_nature"] == "private"
        and not is_project_customer(profile)
    ):
        yield days.end - 300, {"ownership_nature": "joint_stock"}
    if profile.index % 23 == 3 and record["credit_limit"]:
        yield days.end - 210, {"credit_limit": str(int(record["credit_limit"]) * 2)}
    if profile.index % 131 == 50 and not is_project_customer(profile):
        yield days.end - 150, {"segment": words.SEGMENTS[profile.index % len(words.SEGMENTS)]}
    if profile.stop < days.end - 540:
        yield profile.stop + 420, {"status": "archived"}
    if profile.payer.kind == "bad" and profile.index % 6 == 1:
        yield days.end - 120, {"blacklisted": "true"}


def as_row(record: Record) -> tuple[str, ...]:
    """The record in the order of ``COLUMNS``."""
    return tuple(record[column] for column in COLUMNS)
