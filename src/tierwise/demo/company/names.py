"""Invented firms: a place that is on no map, a coined brand, the trade and the legal form."""

from __future__ import annotations

from random import Random

from tierwise.demo.company import words
from tierwise.demo.company.profile import Profile

_FORMS = {
    "government": "", "state_owned": "集团有限公司", "joint_stock": "股份有限公司", "private": "有限公司",
    "foreign": "（中国）有限公司", "individual": "", "other": "合作社",
}  # fmt: skip

_CHECKED = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def brand_and_place(seed: int, index: int, region: str) -> tuple[str, str]:
    """The coined brand and the place of a firm; branches take the brand of their head."""
    rng = Random(f"tierwise-demo:{seed}:name:{index}")
    brand = rng.choice(words.BRAND_FIRST) + rng.choice(words.BRAND_SECOND)
    return brand, rng.choice(words.PLACES.get(region, words.PLACES["华东"]))


def firm_name(profile: Profile, seed: int, nature: str) -> tuple[str, str]:
    """Name and short name of an independent firm or the head of a group."""
    if profile.overseas_name:
        return f"{profile.overseas_name}有限公司（{profile.index:05d}）", profile.overseas_name
    brand, place = brand_and_place(seed, profile.index, profile.region)
    if profile.kind == "internal":
        return f"本公司{place}内部仓配中心", f"{place}仓配"
    if nature == "government":
        return f"{place}{brand}产业园区管理委员会", f"{brand}园区"
    if nature == "individual":
        return f"{place}{brand}五金机电经营部", brand
    if profile.role == "agent":
        return f"{place}{brand}工业品贸易有限公司", f"{brand}贸易"
    trade = words.INDUSTRIES[profile.industry][2]
    return f"{place}{brand}{trade}{_FORMS[nature]}", f"{brand}{trade[:2]}"


def member_name(head_name: str, head_short: str, place: str, node: str, index: int) -> tuple[str, str]:
    """Name and short name of a branch or a site."""
    what = {"headquarters": "总部", "branch": "分公司", "site": "工厂"}[node]
    return f"{head_name}{place}{what}（{index % 100:02d}）", f"{head_short}{place}{what}"


def credit_code(index: int) -> str:
    """A well-formed unified social credit code in an area (990000) that does not exist."""
    body = f"91990000{index:09d}"
    total = sum(_CHECKED.index(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return body + _CHECKED[-total % 31]
