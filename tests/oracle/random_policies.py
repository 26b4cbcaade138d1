"""Valid policies from a seed, over all methods, sources, tie rules, roundings, gates and windows."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

from tests.oracle.random_uses import with_newest_metrics
from tierwise.metrics.catalogue import METRICS
from tierwise.policy.model import RFM_SEGMENTS

KNOWN = {
    name: metric
    for name, metric in METRICS.items()
    if metric.id[:3] in ("SAL", "PRF", "CRD") and metric.id != "SAL-21"
}
"""The metrics that the oracle can compute: those of lines, costs and payments."""
MORE = [
    name
    for name, metric in KNOWN.items()
    if metric.unit not in ("date", "flag", "rank", "code") and not metric.less_is_better
]
NUMBERS = [name for name, metric in KNOWN.items() if metric.unit not in ("date", "flag", "code")]
SUMS = [name for name, metric in KNOWN.items() if metric.unit in ("money", "quantity", "count")]
LIMITS = ["0", "1", "2", "30", "50", "75", "100", "250", "0.5", "-10", "1000", "33.333333333"]
Policy = dict[str, Any]


def random_policy(seed: int) -> Policy:
    """A policy as YAML would give it. The same seed gives the same policy."""
    return _Maker(seed).policy()


def _words(text: str) -> dict[str, str]:
    return {"en": text, "zh": text}


def _grades(*codes: str) -> list[dict[str, Any]]:
    return [{"code": code, "title": _words(code)} for code in codes]


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = Random(f"policy {seed}")
        self.later = Random(f"later {seed}")
        self.among = Random(f"among {seed}")
        self.seed = seed
        self.scale = self.random.choice(
            [["A", "B", "C"], ["A", "B", "C"], ["A", "B", "C", "D"], ["top", "rest"]]
        )

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def policy(self) -> Policy:
        whole = self.with_fallback(self.with_later_methods(self.early_policy()))
        return with_newest_metrics(whole, self.scale, self.seed)

    def early_policy(self) -> Policy:
        makers = [self.abc_rank, self.abc_cumulative, self.scorecard, self.rfm]
        leading = self.random.choice([*makers, self.abc_rank, self.credit])(own=False)
        every = [*makers, self.credit, self.quality]
        others = self.random.sample(every, self.random.choice([0, 1, 1, 2, 3]))
        advisory = [
            make(own=self.random.random() < 0.5) | {"id": f"side{i}"} for i, make in enumerate(others)
        ]
        return {
            "code": f"random_{self.seed}",
            "version": 1,
            "title": _words(f"random {self.seed}"),
            "scale": _grades(*self.scale),
            "population": self.population(),
            "window_months": self.pick(12, 12, 12, 1, 3, 6, 24, 7),
            "near_cut_pct": self.pick("5", "5", "0", "33.3333"),
            "leading": leading,
            "advisory": advisory,
            "gates": [self.gate(i) for i in range(self.pick(0, 0, 1, 2))] + self.gates_of_flags(),
            "settings": self.settings(),
        }

    def population(self) -> Policy:
        asked = {
            "kinds": self.pick(["existing"], ["existing"], ["existing", "prospect"], ["prospect", "suspect"]),
            "segments": self.pick([], [], [], ["industry"]),
            "regions": self.pick([], [], [], ["north", "east"]),
            "level": self.pick("site", "account", "group"),
            "lines_in_window": self.pick(True, True, False),
        }
        return asked | self.inherit(asked["level"])

    def inherit(self, level: str) -> Policy:
        """What members inherit, where there are any; a chance of its own, so that older parts stay as they were."""
        chance = Random(f"inherit {self.seed}")
        if level == "site" or chance.random() < 0.4:
            return {}
        nodes = [[], ["site"], ["branch", "site"], ["headquarters", "site", "standalone"]]
        kinds = [[], [], ["existing"], ["prospect", "existing"], ["internal"]]
        some = {"nodes": chance.choice(nodes), "kinds": chance.choice(kinds)}
        return {"inherit": chance.choice([{"grade": "none"}, some, some, some])}

    def settings(self) -> Policy:
        return {
            "missing_cost_limit_pct": self.pick("5", "5", "0", "40"),
            "grace_days": self.pick(0, 0, 3),
            "default_interval_days": self.pick(60, 45),
            "include_freight": self.pick(False, False, True),
            "new_customer_months": self.pick(3, 0, 6),
            "single_order_pct": self.pick("80", "50"),
        }

    def metric(self, names: list[str]) -> str:
        name = self.random.choice(names)
        if METRICS[name].months is not None and self.random.random() < 0.3:
            return f"{name}_{self.pick(1, 2, 3, 6, 9, 12, 18, 24)}m"
        return name

    def cuts(self, codes: list[str], values: list[Any], *, falling: bool) -> dict[str, Any]:
        chosen = sorted(self.random.sample(values, len(codes) - 1), key=float, reverse=falling)
        return dict(zip(codes, chosen, strict=False))

    def own_scale(self, own: bool) -> tuple[list[str], Policy]:
        if not own:
            return self.scale, {}
        codes = self.pick(["good", "bad"], ["gold", "silver", "bronze"])
        return codes, {"grades": _grades(*codes)}

    def abc_rank(self, *, own: bool) -> Policy:
        codes, grades = self.own_scale(own)
        likely = ["net_sales", "net_sales", "customer_profit", "gross_profit", "orders"]
        method: Policy = {
            "method": "abc_rank",
            "value": self.metric(self.pick(likely, likely, MORE)),
            "shares_pct": self.cuts(codes, ["5", "7", "20", "29", "33.3333", "50", "100"], falling=False),
            "tie_rule": self.pick("include", "exclude", "break"),
            "rounding": self.pick("ceil", "ceil", "nearest", "floor"),
        }
        if method["tie_rule"] == "break" and self.random.random() < 0.6:
            method["tie_break"] = [
                {"metric": self.metric(NUMBERS), "order": self.pick("more", "less")}
                for _ in range(self.pick(0, 1, 2))
            ]
        return method | grades

    def abc_cumulative(self, *, own: bool) -> Policy:
        codes, grades = self.own_scale(own)
        limits = self.cuts(codes, ["20", "50", "80", "95", "99.9999", "100"], falling=False)
        value = self.metric(self.pick(["net_sales", "customer_profit"], SUMS))
        return {"method": "abc_cumulative", "value": value, "cumulative_pct": limits} | grades

    def credit(self, *, own: bool) -> Policy:
        codes, _ = self.own_scale(own)
        score = self.metric(self.pick(["credit_score"], ["on_time_rate_pct", "on_time_rate_adjusted_pct"]))
        levels = self.cuts(codes, ["90", "75", "60", "33.3333", "100"], falling=True)
        return {"method": "credit_rating", "score": score, "levels": levels, "grades": _grades(*codes)}

    def rfm(self, *, own: bool) -> Policy:
        codes, grades = self.own_scale(own)
        scoring = self.pick("rank", "rank", "fixed_bins", "quantile_bins")
        segments = self.pick("eight", "named", "none")
        method: Policy = {
            "method": "rfm",
            "scoring": scoring,
            "binning": self.pick("independent", "nested") if scoring == "rank" else "independent",
            "frequency": self.metric(["orders"]),
            "monetary": self.metric(["net_sales", "net_sales", "gross_profit", "order_amount"]),
            "monetary_bins": self.pick(["5000", "1000", "250", "100"], ["100", "50", "0", "-10"]),
            "segments": segments,
            "high": self.pick("above_mean", "at_least"),
            "high_from": self.pick(2, 3, 4, 5),
            "weights": self.pick([100, 10, 1], [5, 3, 2]),
            "sum_thresholds": self.cuts(codes, [13, 11, 9, 7, 15, 3], falling=True),
        }
        if segments != "none" and self.random.random() < 0.4:
            method["grade_by"] = "segment"
            method["segment_grades"] = {name: self.random.choice(codes) for name in RFM_SEGMENTS[segments]}
        return method | grades

    # ------------------------------------------------------------------ cards
    def scorecard(self, *, own: bool) -> Policy:
        codes, grades = self.own_scale(own)
        points = self.random.random() < 0.4
        return {
            "method": "scorecard",
            "template": "card",
            "criteria": self.criteria(points),
            "thresholds": self.cuts(codes, ["75", "60", "50", "33.3333", "10"], falling=True),
            "missing_rule": self.pick("incomplete", "reweight", "reweight"),
            "max_missing_weight_pct": self.pick("30", "30", "70", "99.9999", "0"),
        } | grades

    def criteria(self, points: bool) -> list[Policy]:
        makers = [
            self.strength,
            self.nature,
            self.prospects,
            self.bands,
            self.wealth,
            self.linear,
            self.enum,
            self.ranked,
        ]
        chosen = self.random.sample(makers, self.random.randint(1, 5))
        if self.random.random() < 0.3:
            chosen.append(self.credit_score)
        weights = self.split(len(chosen))
        size = "max_points" if points else "weight_pct"
        found = []
        for i, (make, weight) in enumerate(zip(chosen, weights, strict=True)):
            top = weight if points else 100
            code = make.__name__ if make in (self.strength, self.nature, self.prospects) else f"c{i}"
            found.append(
                {
                    "code": code,
                    "title": _words(code),
                    size: str(weight),
                    "source": self.among_others(make(top), top),
                }
            )
            found[-1]["required"] = self.random.random() < 0.15
        return found

    def split(self, count: int) -> list[int]:
        edges = sorted(self.random.sample(range(1, 20), count - 1))
        return [5 * (b - a) for a, b in zip([0, *edges], [*edges, 20], strict=True)]

    def strength(self, top: int) -> Policy:
        bounds = [top * 2 // 3, top // 3, 0]
        levels = [
            {"code": c, "min": str(m)} for c, m in zip(("strong", "average", "weak"), bounds, strict=True)
        ]
        if len(set(bounds)) < 3:
            levels = []
        return {"kind": "assessment", "levels": levels} | self.pick({}, {"step": "0.5"}, {"step": "3"})

    def nature(self, top: int) -> Policy:
        fixed = {"public": str(min(15, top)), "private": str(min(5, top))}
        source: Policy = {"kind": "assessment", "fixed": fixed}
        if self.random.random() < 0.6:
            source |= {
                "attribute": "ownership_nature",
                "attribute_levels": {"government": "public", "private": "private"},
            }
        return source

    def prospects(self, _: int) -> Policy:
        return {"kind": "assessment"}

    def some_bands(self, top: int, starts: list[str]) -> list[Policy]:
        chosen = sorted(self.random.sample(starts, self.random.randint(0, 3)), key=float, reverse=True)
        points = [str(self.random.randint(0, top)) for _ in range(len(chosen) + 1)]
        return [{"from": f, "points": p} for f, p in zip([*chosen, None], points, strict=True)]

    def bands(self, top: int) -> Policy:
        return {"kind": "metric_bands", "metric": self.metric(NUMBERS), "bands": self.some_bands(top, LIMITS)}

    def wealth(self, top: int) -> Policy:
        attribute = self.pick(
            "total_assets", "annual_turnover", "development_speed_pct", "potential_need", "registered_capital"
        )
        starts = ["10000000", "1000000", "5000000", "0", "15", "30", "5"]
        return {"kind": "metric_bands", "attribute": attribute, "bands": self.some_bands(top, starts)}

    def linear(self, _: int) -> Policy:
        zero, full = self.random.sample(LIMITS, 2)
        return {"kind": "metric_linear", "metric": self.metric(NUMBERS), "zero_at": zero, "full_at": full}

    def enum(self, top: int) -> Policy:
        attribute, values = self.pick(
            ("ownership_nature", ["government", "private", "foreign"]),
            ("relation_type", ["channel"]),
            ("kind", ["existing", "prospect"]),
            ("party_type", ["person"]),
        )
        points = {value: str(self.random.randint(0, top)) for value in values}
        return {
            "kind": "fixed_by_enum",
            "attribute": attribute,
            "points": points,
            "otherwise": self.pick(None, "0", str(top)),
        }

    def credit_score(self, _: int) -> Policy:
        return {"kind": "metric_score", "metric": self.metric(["credit_score"])}

    def ranked(self, _: int) -> Policy:
        return {
            "kind": "rank_score",
            "metric": self.metric(self.pick(["net_sales", "gross_profit", "order_amount"], NUMBERS)),
            "better": self.pick("more", "more", "less"),
            "nonpositive_is_zero": self.pick(True, True, False),
            "null_is_zero": self.pick(False, False, True),
        }

    def among_others(self, source: Policy, top: int) -> Policy:
        """Sometimes a place or a line between anchors becomes another way to score a value among the others."""
        if source["kind"] not in ("rank_score", "metric_linear") or self.among.random() < 0.4:
            return source
        kind = self.among.choice(["share_of_maximum", "min_max", "percentile_bands"])
        found: Policy = {"kind": kind, "metric": source["metric"]}
        if kind != "share_of_maximum":
            found |= {
                "better": self.among.choice(["more", "more", "less"]),
                "nonpositive_is_zero": self.among.random() < 0.6,
            }
        if kind == "percentile_bands":
            shares = sorted(self.among.sample(["5", "12.5", "20", "33.3333", "50", "80"], 2), key=float)
            points = [str(self.among.randint(0, top)) for _ in range(3)]
            found["bands"] = [
                {"top_pct": s, "points": p} for s, p in zip([*shares, "100"], points, strict=True)
            ]
        return found

    def quality(self, *, own: bool) -> Policy:
        del own
        names = ["net_sales", "sales_volume", "overdue", "purchasing_cycle_days", "receivable"]
        chosen = self.random.sample(names, self.random.randint(1, 4))
        criteria = []
        for name, weight in zip(chosen, self.split(len(chosen)), strict=True):
            less = METRICS[name].less_is_better
            source = {"kind": "rank_score", "metric": name, "better": "less" if less else "more"}
            source |= {
                "null_is_zero": name == "purchasing_cycle_days",
                "nonpositive_is_zero": self.pick(True, False),
            }
            criteria.append(
                {"code": name, "title": _words(name), "weight_pct": str(weight), "source": source}
            )
        return {"method": "quality_set", "criteria": criteria, "share_pct": self.pick("20", "7", "50")}

    def gate(self, at: int) -> Policy:
        effect = self.pick("flag", "cap", "floor")
        test = self.pick("below", "at_most", "at_least", "above")
        metric = self.metric(self.pick(["credit_score", "overdue", "net_sales"], NUMBERS))
        gate: Policy = {
            "code": f"gate{at}",
            "when": {"metric": metric, test: self.random.choice(LIMITS)},
            "effect": effect,
        }
        if effect == "flag":
            gate["flag"] = self.pick("credit_watch", "look")
        else:
            gate["to"] = self.random.choice(self.scale)
        if self.random.random() < 0.5:
            gate["grades"] = [self.scale[0]]
        return gate

    # ------------------------------------------------------------------ what came later has dice of its own
    def gates_of_flags(self) -> list[Policy]:
        if self.later.random() < 0.7:
            return []
        effect = self.later.choice(["flag", "cap", "floor"])
        part = {"flag": "red"} if effect == "flag" else {"to": self.later.choice(self.scale)}
        when = {"metric": "loss_making", "is": self.later.random() < 0.6}
        return [{"code": "answered", "when": when, "effect": effect} | part]

    def with_later_methods(self, policy: Policy) -> Policy:
        roll = self.later.random()
        if roll < 0.3:
            policy["advisory"].append(self.worth(self.later.random() < 0.5))
        if 0.2 < roll < 0.55 and len(policy["advisory"]) > 1:
            policy["advisory"].append(self.combination(policy, leads=False))
        if self.later.random() < 0.35:
            policy["advisory"].append(self.matrix())
        if self.later.random() < 0.35:
            policy["advisory"].append(self.key_account())
        if roll > 0.8 and policy["advisory"]:
            first = policy["leading"] | {"id": "side8"}
            policy["advisory"] = [first, *policy["advisory"]]
            policy["leading"] = self.combination(policy, leads=True)
        return policy

    def worth(self, own: bool) -> Policy:
        codes = ["gold", "silver", "bronze"] if own else self.scale
        limits = ["-10", "0", "0.5", "50", "250", "1000"]
        chosen = sorted(self.later.sample(limits, len(codes) - 1), key=float, reverse=True)
        value = self.later.choice(
            ["customer_profit_60m", "net_sales_24m", "profit_margin_pct", "gross_profit"]
        )
        found: Policy = {"method": "value_bands", "id": "worth", "value": value}
        return (
            found
            | {"bands": dict(zip(codes, chosen, strict=False))}
            | ({"grades": _grades(*codes)} if own else {})
        )

    def combination(self, policy: Policy, *, leads: bool) -> Policy:
        said = {m["id"]: self.said(m) for m in policy["advisory"]}
        same = [name for name, codes in said.items() if codes == self.scale]
        if len(same) > 1 and self.later.random() < 0.5:
            rule: Policy = {"rule": self.later.choice(["worst_of", "best_of"]), "of": same[:3]}
        else:
            of = self.later.sample(list(said), min(2, len(said))) if len(said) > 1 else []
            if not of:
                policy["advisory"].append(self.worth(False))
                of = [next(iter(said)), "worth"]
                said["worth"] = self.scale
            rule = {"rule": "table", "of": of}
        rule["without_grade"] = self.later.choice(["incomplete", "count"])
        if rule["rule"] == "table":
            rule["table"] = self.table(
                {name: said[name] for name in rule["of"]}, rule["without_grade"] == "count"
            )
        return {"method": "combination", "id": "all" if leads else "both"} | rule

    def ratings(self, *, inverse: bool) -> list[Policy]:
        names = self.later.sample(["potential", "volume", "margin"], self.later.randint(1, 3))
        names = [*names, "power"] if inverse else names
        edges = [0, *sorted(self.later.sample(range(1, 20), len(names) - 1)), 20]
        found = []
        for i, name in enumerate(names):
            part: Policy = (
                {"inverse_of": ["f1", "f2", "f3"][: self.later.randint(2, 3)]} if name == "power" else {}
            )
            if self.later.random() < 0.3:
                part["proposal"] = self.later.choice(["net_sales", "gross_margin_pct", "recency_days"])
            weight = str(5 * (edges[i + 1] - edges[i]))
            found.append({"code": name, "title": _words(name), "weight_pct": weight} | part)
        return found

    def matrix(self) -> Policy:
        ratings = self.ratings(inverse=self.later.random() < 0.3)
        return {
            "method": "attractiveness",
            "id": "matrix",
            "template": "judged",
            "ratings": ratings,
            "pursue": ratings[0]["code"],
            "pursue_from": self.later.choice(["4", "2"]),
            "high_from": self.later.choice(["3.5", "4", "3.3333"]),
        }

    def key_account(self) -> Policy:
        return {
            "method": "key_account",
            "id": "keys",
            "template": "judged",
            "ratings": self.ratings(inverse=self.later.random() < 0.7),
            "profit": self.later.choice(["customer_profit", "gross_profit", "net_sales_24m"]),
            "more_than_pct": self.later.choice(["50", "33.3333", "80", "100"]),
            "sales_share_from": self.later.choice(["5", "20"]),
        }

    def said(self, method: Policy) -> list[str]:
        if method["method"] == "attractiveness":
            return ["key", "ordinary", "prospect", "unattractive"]
        if method["method"] == "key_account":
            return ["recommended", "discuss", "not_recommended"]
        if method["method"] == "quality_set":
            return ["member", "not_member"]
        return [grade["code"] for grade in method["grades"]] if method.get("grades") else self.scale

    def table(self, said: dict[str, list[str]], none: bool) -> list[Policy]:
        """Rows of which each decides something, and a last one for the rest."""
        choices = {name: [*codes, *(["none"] if none else [])] for name, codes in said.items()}
        left = [dict(zip(choices, case, strict=True)) for case in product(*choices.values())]
        rows: list[Policy] = []
        for _ in range(self.later.randint(1, 4)):
            named = self.later.sample(list(choices), self.later.randint(1, len(choices)))
            when = {n: self.later.sample(choices[n], self.later.randint(1, len(choices[n]))) for n in named}
            taken = [case for case in left if all(case[n] in codes for n, codes in when.items())]
            if taken and len(taken) < len(left):
                left = [case for case in left if case not in taken]
                rows.append({"when": when, "grade": self.later.choice(self.scale)})
        return [*rows, {"grade": self.scale[-1]}]

    def with_fallback(self, policy: Policy) -> Policy:
        """Sometimes another family of grades for whom the leading method cannot grade."""
        if self.later.random() < 0.75:
            return policy
        family: Policy = {
            "method": "scorecard",
            "id": "ahead",
            "template": "card",
            "criteria": [
                {
                    "code": "prospects",
                    "title": _words("p"),
                    "weight_pct": "60",
                    "source": {"kind": "assessment"},
                },
                {
                    "code": "kinds",
                    "title": _words("k"),
                    "weight_pct": "40",
                    "source": self.enum(100) | {"otherwise": "50"},
                },
            ],
            "thresholds": {"PA": "60", "PB": "40"},
            "missing_rule": "reweight",
            "max_missing_weight_pct": "70",
            "grades": _grades("PA", "PB", "PC"),
        }
        policy["advisory"].append(family)
        kinds = {*policy["population"]["kinds"], *self.later.choice([["prospect"], ["prospect", "suspect"]])}
        policy["population"]["kinds"] = sorted(kinds)
        statuses = self.later.choice([["no_history"], ["no_history", "incomplete"], ["incomplete"]])
        return policy | {"fallback": {"method": "ahead", "statuses": statuses}}
