"""Small nasty companies from a seed: ties, zeros, negatives, late knowledge, unknown customers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.oracle.facts import Facts, Row
from tests.oracle.random_dealings import add_dealings

AS_OFS = [
    date(2025, 6, 30),
    date(2025, 2, 28),
    date(2024, 2, 29),
    date(2025, 3, 17),
    date(2024, 12, 31),
    date(2025, 1, 30),
]
AMOUNTS = [
    Decimal(x)
    for x in [
        "100",
        "100",
        "100",
        "250",
        "250",
        "1000",
        "40",
        "60",
        "33.3333",
        "0.0001",
        "5000",
        "12345.67",
        "999.9999",
        "0",
        "-20",
    ]
]
REASONS = ["our_invoice_error", "bank_or_holiday", "cash_shortage", "agreed_extension", "unknown"]


def random_facts(seed: int, size: int) -> Facts:
    """A company of about ``size`` customers. The same seed gives the same rows."""
    return _Maker(seed, size).facts


class _Maker:
    def __init__(self, seed: int, size: int) -> None:
        self.random = Random(seed)
        self.later = Random(f"later {seed}")
        self.as_of = self.random.choice(AS_OFS)
        self.facts = Facts(
            self.as_of,
            posting_basis=self.random.choice(["invoice", "invoice", "order"]),
            fiscal_year_start=self.random.choice([1, 1, 4]),
            financing_rate_pct=self.random.choice([None, Decimal("4.35")]),
        )
        self.codes = [f"C{i:02d}" for i in range(size)]
        for i in range(0, size, 7):
            self.codes[i] = f"客{i:02d}"
        self._products()
        for code in self.codes:
            self._customer(code)
        buyers = [*self.codes, "X1", "X2"] if self.random.random() < 0.5 else self.codes
        for code in buyers:
            self._orders(code)
            self._invoices(code)
        if self.random.random() < 0.8:
            self._service_costs(buyers)
        self._assessments()
        self._ratings()
        add_dealings(self.facts, seed, buyers)
        self.random.shuffle(self.facts.order_lines)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def day(self, back: int, ahead: int = 0) -> date:
        """A day of the last ``back`` days, seldom one of the next ``ahead``."""
        if ahead and self.chance(0.06):
            return self.as_of + timedelta(days=self.random.randint(0, ahead))
        edges = [0, 1, 364, 365, 366, 30, 31, 91, 92]
        if self.chance(0.15):
            return self.as_of - timedelta(days=min(back, self.random.choice(edges)))
        return self.as_of - timedelta(days=self.random.randint(0, back))

    def known(self, day: date) -> date:
        return day + timedelta(days=self.random.choice([1, 20, 90])) if self.chance(0.08) else day

    def _products(self) -> None:
        for i in range(7):
            row: Row = {
                "code": f"P{i}",
                "name": f"product {i}",
                "category": self.random.choice(["pumps", "valves", "seals", None]),
                "uom": "box" if i == 1 else "pc",
                "uom_dimension": "kg" if i == 6 else "pc",
                "uom_factor": Decimal(12) if i == 1 else Decimal(1),
                "standard_cost": self.random.choice([None, Decimal("3.3333"), Decimal(7), Decimal(30)]),
                "standard_margin_pct": self.random.choice([None, Decimal(25), Decimal("33.3333")]),
                "category_margin_pct": self.random.choice([None, Decimal(20)]),
            }
            if i == 2:
                change = self.day(200)
                later = row | {"standard_cost": Decimal(8), "category": "new", "valid_from": change}
                self.facts.products += [row | {"superseded_on": change}, later]
            else:
                self.facts.products.append(row)

    def _customer(self, code: str) -> None:
        pick = self.random.choice
        kind = pick(["existing"] * 7 + ["prospect", "suspect", "internal"])
        row: Row = {
            "code": code,
            "name": f"customer {code}",
            "kind": kind,
            "relation_type": "internal" if kind == "internal" else pick(["business"] * 8 + ["channel"]),
            "status": pick(["active"] * 12 + ["archived", "merged"]),
            "segment": pick(["industry", "trade", None]),
            "region": pick(["east", "north", "north", None]),
            "hierarchy_node": pick(["standalone"] * 4 + ["site", "site", "branch", "headquarters", "group"]),
            "ownership_nature": pick(
                ["government", "state_owned", "joint_stock", "private", "foreign", None]
            ),
            "total_assets": pick(
                [None, Decimal(1_000_000), Decimal(10_000_000), Decimal(999_999), Decimal(2_000_000_000)]
            ),
            "annual_turnover": pick([None, Decimal(5_000_000), Decimal(20_000_000), Decimal(0)]),
            "development_speed_pct": pick([None, Decimal(30), Decimal(15), Decimal(-1), Decimal("4.9999")]),
            "potential_need": pick([None, Decimal(0), Decimal(100_000)]),
            "credit_limit": pick([None, Decimal(0), Decimal(1000), Decimal("3333.33")]),
        }
        earlier = self.facts.customers
        parents = sorted({r["code"] for r in earlier})
        if row["hierarchy_node"] in ("site", "branch", "headquarters") and parents and self.chance(0.7):
            row["parent_code"] = pick(parents)
        if self.chance(0.12):
            change = self.day(400, 40)
            other = row | {
                "kind": pick(["existing", "prospect"]) if kind != "internal" else kind,
                "status": pick(["active", "archived"]),
                "segment": pick(["industry", "trade"]),
                "valid_from": change,
            }
            earlier += [row | {"superseded_on": change}, other]
        else:
            earlier.append(row)

    def _orders(self, code: str) -> None:
        for n in range(self.random.choice([0, 0, 1, 1, 2, 2, 3, 5, 9])):
            number = f"SO-{n}" if self.chance(0.1) else f"SO-{code}-{n}"
            self._order(code, number, self.day(self.random.choice([90, 400, 800, 1500]), 40))

    def _line(self, code: str, number: str, ordered: date, kind: str, amount: Decimal, **more: Any) -> Row:
        posted = ordered + timedelta(days=self.random.choice([0, 0, 0, 3, 40]))
        taken = {row["line_no"] for row in self.facts.order_lines if row["order_number"] == number}
        row: Row = {
            "order_number": number,
            "line_no": max(taken, default=0) + 1,
            "customer_code": code,
            "order_date": ordered,
            "posting_date": posted,
            "known_on": self.known(max(posted, ordered)),
            "amount_ex_tax": amount,
            "line_type": kind,
            "status": self.random.choice(
                ["posted"] * 10 + ["shipped", "closed", "part_shipped", "cancelled", "draft"]
            ),
            "reported_by_agent": self.chance(0.04),
        } | more
        if self.chance(0.02):
            row["superseded_on"] = self.day(100, 60)
        self.facts.order_lines.append(row)
        return row

    def _order(self, code: str, number: str, ordered: date) -> None:
        for _ in range(self.random.choice([1, 1, 2, 3])):
            amount = self.random.choice(AMOUNTS)
            sale = self._line(
                code,
                number,
                ordered,
                "service" if self.chance(0.15) else "sale",
                amount,
                product_code=self.random.choice(
                    ["P0", "P0", "P1", "P2", "P3", "P4", "P5", "P6", None, "P99"]
                ),
                qty=self.random.choice(
                    [Decimal(1), Decimal(3), Decimal(10), Decimal("2.5"), Decimal(0), None]
                ),
                uom="pc" if self.chance(0.5) else None,
                cost_amount=(amount * Decimal("0.7")).quantize(Decimal("0.0001"))
                if self.chance(0.55)
                else None,
            )
            if self.chance(0.22):
                self._return(code, sale)
        for kind in ("rebate", "allowance", "freight"):
            if self.chance(0.1):
                size = self.random.choice([Decimal("-10"), Decimal("-100"), Decimal("-3000")])
                self._line(code, number, ordered, kind, -size if kind == "freight" else size)

    def _return(self, code: str, sale: Row) -> None:
        share = self.random.choice([Decimal(1), Decimal(1), Decimal("0.5")])
        linked = self.chance(0.7)
        own = self.chance(0.4)
        qty = None if sale["qty"] is None else -(sale["qty"] * share).quantize(Decimal("0.0001"))
        self._line(
            code,
            sale["order_number"] if own else f"RT-{sale['order_number']}-{sale['line_no']}",
            sale["order_date"] + timedelta(days=self.random.choice([0, 5, 60, 400])),
            "return",
            -(sale["amount_ex_tax"] * share).quantize(Decimal("0.0001")),
            product_code=sale["product_code"],
            qty=qty,
            linked_order=sale["order_number"] if linked and not (own and self.chance(0.5)) else None,
            linked_line=sale["line_no"] if linked else None,
            to_stock=self.chance(0.7),
            cost_amount=Decimal("-5.5") if self.chance(0.1) else None,
        )

    def _service_costs(self, codes: list[str]) -> None:
        for code in codes:
            for _ in range(self.random.choice([0, 1, 3])):
                day = self.day(500, 30)
                self.facts.service_costs.append(
                    {
                        "number": f"S{len(self.facts.service_costs)}",
                        "customer_code": code,
                        "date": day,
                        "known_on": self.known(day),
                        "kind": "logistics",
                        "amount": self.random.choice(
                            [Decimal(5), Decimal("12.34"), Decimal(400), Decimal(-3)]
                        ),
                    }
                )

    def _invoices(self, code: str) -> None:
        for n in range(self.random.choice([0, 0, 1, 2, 4])):
            issued = self.day(900, 20)
            row: Row = {
                "number": f"INV-{code}-{n}",
                "customer_code": code,
                "issue_date": issued,
                "due_date": self.random.choice(
                    [issued, issued + timedelta(days=30), issued + timedelta(days=90), self.as_of]
                ),
                "amount": self.random.choice([Decimal(100), Decimal(1000), Decimal("333.33"), Decimal(0)]),
                "known_on": self.known(issued),
                "status": self.random.choice(["open"] * 9 + ["disputed"]),
            }
            row["due_date"] = max(row["due_date"], issued)
            self._statuses(row)
            self._payments(code, row)
            if self.chance(0.15):
                self._credit_note(row)
            if self.chance(0.2):
                self._late_reason(row["number"])

    def _statuses(self, row: Row) -> None:
        """Usually one row; sometimes the status changes on a later day."""
        rows = self.facts.invoices
        if not self.chance(0.25):
            rows.append(row)
            return
        change = max(row["known_on"], row["issue_date"]) + timedelta(days=self.random.choice([1, 60, 300]))
        status = self.random.choice(["disputed", "written_off", "void", "paid", "part_paid"])
        rows.append(row | {"superseded_on": change})
        rows.append(row | {"status": status, "valid_from": change, "known_on": change})

    def _credit_note(self, row: Row) -> None:
        issued = row["issue_date"] + timedelta(days=self.random.choice([0, 10, 200]))
        self.facts.invoices.append(
            {
                "number": f"CN-{row['number']}",
                "customer_code": row["customer_code"],
                "issue_date": issued,
                "due_date": issued,
                "amount": -self.random.choice([Decimal(10), Decimal(100), Decimal(2000)]),
                "credit_of": row["number"],
                "status": self.random.choice(["open", "open", "open", "void"]),
            }
        )

    def _late_reason(self, number: str) -> None:
        day = self.day(200, 30)
        self.facts.late_reasons.append(
            {
                "invoice_number": number,
                "reason": self.random.choice(REASONS),
                "excused": self.random.choice([None, None, True, False]),
                "decided_on": day,
                "known_on": self.known(day),
            }
        )

    def _payments(self, code: str, invoice: Row) -> None:
        for _ in range(self.random.choice([0, 1, 1, 2])):
            paid = invoice["due_date"] + timedelta(
                days=self.random.choice([-5, 0, 1, 2, 3, 4, 15, 16, 45, 90, 91, 300])
            )
            amount = self.random.choice([invoice["amount"], Decimal(50), Decimal("33.33")])
            number = f"PAY-{len(self.facts.payments)}"
            self.facts.payments.append(
                {
                    "number": number,
                    "customer_code": code,
                    "date": paid,
                    "known_on": self.known(paid),
                    "amount": amount,
                    "invoice_number": invoice["number"] if self.chance(0.6) else None,
                    "late_reason": self.random.choice([None, None, *REASONS]),
                    "excused": self.random.choice([None, None, None, True, False]),
                }
            )
            if self.chance(0.45):
                self._allocation(invoice["number"], number if self.chance(0.9) else None, paid, amount)

    def _allocation(self, invoice: str, payment: str | None, paid: date, amount: Decimal) -> None:
        day = paid + timedelta(days=self.random.choice([0, 0, 2, 60]))
        self.facts.allocations.append(
            {
                "number": f"A{len(self.facts.allocations)}",
                "invoice_number": invoice,
                "payment_number": payment,
                "allocated_on": day,
                "known_on": self.known(day),
                "amount": self.random.choice([amount, Decimal(20)]),
                "late_reason": self.random.choice([None, None, None, *REASONS]),
                "excused": self.random.choice([None, None, None, True, False]),
            }
        )

    def _assessments(self) -> None:
        seen = set()
        for code in self.codes:
            for criterion in ("strength", "nature", "prospects"):
                for _ in range(self.random.choice([0, 1, 1, 2])):
                    day = self.day(500, 30)
                    if (code, criterion, day) in seen:
                        continue
                    seen.add((code, criterion, day))
                    self.facts.assessments.append(self._assessment(code, criterion, day))

    def _assessment(self, code: str, criterion: str, day: date) -> Row:
        scores = {
            "strength": [
                ("strong", Decimal(12)),
                ("average", Decimal("9.5")),
                (None, Decimal(10)),
                ("strong", Decimal(9)),
                ("weak", Decimal(0)),
            ],
            "nature": [
                ("public", Decimal(15)),
                ("private", Decimal(5)),
                (None, Decimal(15)),
                (None, Decimal(10)),
                ("private", Decimal(7)),
            ],
            "prospects": [
                (None, Decimal(80)),
                (None, Decimal(60)),
                (None, Decimal("33.3333")),
                (None, Decimal(101)),
                (None, Decimal(-1)),
            ],
        }[criterion]
        weights = [8, 6, 6, 1, 2] if criterion != "prospects" else [8, 6, 6, 1, 1]
        level, score = self.random.choices(scores, weights)[0]
        return {
            "customer_code": code,
            "template": "card",
            "criterion": criterion,
            "score": score,
            "level": level,
            "assessor": "Li",
            "as_of": day,
            "known_on": self.known(day),
            "valid_until": self.random.choice([None, None, day + timedelta(days=90), date(2030, 1, 1)]),
        }

    def _ratings(self) -> None:
        """Ratings from 1 to 5 (some beyond), and the state of the relationship as a level."""
        states = ["limited", "potential", "good", "very_strong", "defensive", "regressing", "odd", None]
        for code in self.codes:
            if self.later.random() < 0.15:
                continue
            for criterion in ("potential", "volume", "margin", "f1", "f2", "f3", "relationship"):
                if self.later.random() < 0.06:
                    continue
                score = self.later.choice(["1", "2", "2.5", "3", "3.3333", "4", "4.5", "5", "5", "5"])
                if self.later.random() < 0.02:
                    score = self.later.choice(["0.9999", "5.0001"])
                day = self.facts.as_of - timedelta(
                    days=self.later.randint(0, 380 if self.later.random() < 0.1 else 300)
                )
                self.facts.assessments.append(
                    {
                        "customer_code": code,
                        "template": "judged",
                        "criterion": criterion,
                        "score": Decimal(score),
                        "level": self.later.choice(states) if criterion == "relationship" else None,
                        "assessor": "Wu",
                        "as_of": day,
                        "known_on": day,
                        "valid_until": None,
                    }
                )
