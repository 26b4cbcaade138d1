"""The same grading as a fair pandas script: Arrow-backed columns, only what is needed, grouped twice.

Runs under the interpreter of the rivals and knows nothing of Tierwise. It uses floats for money, as such
scripts do, leaves out late-payment excuses and near-cut distances, and gives grade, ranks, RFM scores and
segments, credit score and level, profit class and the metrics behind them.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

AS_OF = pd.Timestamp("2026-10-31")
START = pd.Timestamp("2025-11-01")


def read(folder, table, columns, where=None):
    """Columns of a table as a frame; decimals as floats, repeated texts as categories."""
    files = sorted(str(path) for path in (Path(folder) / table).rglob("*.parquet"))
    data = ds.dataset(files).to_table(columns=columns, filter=where)
    for i, field in enumerate(data.schema):
        if pa.types.is_decimal(field.type):
            data = data.set_column(i, field.name, data[field.name].cast(pa.float64()))
        elif pa.types.is_date32(field.type):
            data = data.set_column(i, field.name, data[field.name].cast(pa.timestamp("s")))
        elif field.name in ("line_type", "customer_code"):
            data = data.set_column(i, field.name, data[field.name].dictionary_encode())
    return data.to_pandas(types_mapper={pa.string(): pd.ArrowDtype(pa.string())}.get, self_destruct=True)


def lines(folder):
    """Counted order lines."""
    day, field = pa.scalar(AS_OF.date(), pa.date32()), ds.field
    counted = field("status").isin(["posted", "part_shipped", "shipped", "closed"]) & ~field(
        "reported_by_agent"
    )
    seen = (field("posting_date") <= day) & (field("order_date") <= day) & field("superseded_on").is_null()
    names = "customer_code order_number linked_order line_type order_date posting_date base_amount base_cost"
    frame = read(folder, "order_lines", names.split(), counted & seen)
    back = frame["line_type"] == "return"
    frame["order"] = frame["order_number"].where(~back, frame["linked_order"])
    frame["order"] = pd.factorize(frame["order"])[0]
    return frame.drop(columns=["order_number", "linked_order"])


def sales(folder):
    """Per customer: sales, cost, orders, first and last order, largest order."""
    frame = lines(folder)
    kind = frame["line_type"]
    amount = frame["base_amount"]
    recent = frame["posting_date"] >= START
    net = (kind != "freight") & recent
    sold = kind.isin(["sale", "service"]) & (amount > 0)
    frame = frame.assign(
        net=amount.where(net, 0.0),
        cost=frame["base_cost"].fillna(0.0).where(net & ~kind.isin(["rebate", "allowance"]), 0.0),
        goods=amount.where(kind.isin(["sale", "service", "return"]), 0.0),
        ordered=frame["order_date"].where(sold),
        lines=(kind != "freight"),
        lines_recent=net,
    )
    keys = ["customer_code", "order"]
    orders = (
        frame.groupby(keys, observed=True, sort=False)
        .agg(
            net=("net", "sum"),
            cost=("cost", "sum"),
            goods=("goods", "sum"),
            ordered=("ordered", "min"),
            lines=("lines", "sum"),
            lines_recent=("lines_recent", "sum"),
        )
        .reset_index()
    )
    counted = orders["ordered"].notna() & (orders["goods"] > 0)
    orders["first"] = orders["ordered"].where(counted)
    orders["big"] = orders["net"].where(counted)
    orders["n"] = counted & (orders["ordered"] >= START)
    found = orders.groupby("customer_code", observed=True, sort=False).agg(
        net=("net", "sum"),
        cost=("cost", "sum"),
        first=("first", "min"),
        last=("first", "max"),
        largest=("big", "max"),
        orders=("n", "sum"),
        lines=("lines", "sum"),
        lines_recent=("lines_recent", "sum"),
    )
    found.index = found.index.astype(object)
    return found


def credit(folder):
    """Credit score per customer: amounts weighted by points for days late."""
    bills = read(
        folder, "invoices", ["number", "customer_code", "due_date", "status", "base_amount", "superseded_on"]
    )
    bills = bills[bills["superseded_on"].isna()].drop(columns="superseded_on")
    paid = read(folder, "allocations", ["invoice_number", "amount", "allocated_on"])
    direct = read(
        folder, "payments", ["invoice_number", "amount", "date"], ds.field("invoice_number").is_valid()
    )
    paid = pd.concat([paid, direct.rename(columns={"date": "allocated_on"})], ignore_index=True)
    done = paid.merge(bills, left_on="invoice_number", right_on="number")
    left = bills.set_index("number")["base_amount"].sub(
        done.groupby("number")["amount"].sum(), fill_value=0.0
    )
    unpaid = bills.assign(amount=bills["number"].map(left), allocated_on=AS_OF)
    unpaid = unpaid[(unpaid["amount"] > 0.00005) & (unpaid["due_date"] < AS_OF)].assign(open=True)
    items = pd.concat([done.assign(open=False), unpaid], ignore_index=True)
    items = items[(items["due_date"] <= AS_OF) & ~items["status"].isin(["disputed", "written_off", "void"])]
    items = items[(items["due_date"] >= START) | items["open"] | (items["allocated_on"] >= START)]
    late = (items["allocated_on"] - items["due_date"]).dt.days
    points = np.select([late <= 0, late <= 15, late <= 30, late <= 60, late <= 90], [100, 85, 70, 45, 20], 0)
    sums = (
        items.assign(points=items["amount"] * points)
        .groupby("customer_code", observed=True)[["points", "amount"]]
        .sum()
    )
    sums.index = sums.index.astype(object)
    return sums["points"] / sums["amount"]


def abc(values):
    """Grade and rank: 5 % and 20 % of those that have a value, ties included."""
    rank = values.rank(method="min", ascending=False)
    n = values.notna().sum()
    grade = np.select(
        [values <= 0, rank <= -(-n * 5 // 100), rank <= -(-n * 20 // 100)], ["C", "A", "B"], "C"
    )
    return grade, rank


def grade(folder):
    """One row per customer."""
    columns = ["code", "kind", "relation_type", "status"]
    people = read(folder, "customers", columns).set_index("code")
    people.index = people.index.astype(object)
    people = people.join(sales(folder), how="outer")
    costs = read(folder, "service_costs", ["customer_code", "date", "base_amount"])
    costs = costs[(costs["date"] >= START) & (costs["date"] <= AS_OF)]
    served = costs.groupby("customer_code", observed=True)["base_amount"].sum()
    served.index = served.index.astype(object)
    people["served"] = served.reindex(people.index).fillna(0.0)
    people["credit_score"] = credit(folder).reindex(people.index)
    people["gross"] = people["net"] - people["cost"]
    people["profit"] = people["gross"] - people["served"]
    internal = (people["kind"] == "internal") | (people["relation_type"] == "internal")
    inside = ~internal & (people["status"] == "active") & (people["lines_recent"] > 0)
    members = people[inside].copy()
    members["grade"], members["rank"] = abc(members["net"])
    members["profit_grade"], members["profit_rank"] = abc(members["profit"])
    members["recency"] = (AS_OF - members["last"]).dt.days
    n = len(members)
    for name, column, best in (("r", "recency", True), ("f", "orders", False), ("m", "net", False)):
        rank = members[column].rank(method="min", ascending=best)
        members[name] = 5 - ((rank - 1) * 5 // n)
    members["sum"] = members[["r", "f", "m"]].sum(axis=1)
    members["cell"] = members["r"] * 100 + members["f"] * 10 + members["m"]
    high = [(members[c] > members[c].mean()).map({True: "H", False: "L"}) for c in "rfm"]
    members["segment"] = high[0] + high[1] + high[2]
    members["rfm_grade"] = np.select([members["sum"] >= 13, members["sum"] >= 9], ["A", "B"], "C")
    members["rfm_rank"] = members["sum"].rank(method="min", ascending=False)
    score = members["credit_score"]
    members["credit_grade"] = np.select(
        [score >= 90, score >= 75, score >= 60], ["excellent", "good", "fair"], "poor"
    )
    members["credit_rank"] = score.rank(method="min", ascending=False)
    new = [c for c in members.columns if c not in people.columns]
    result = people.join(members[new])
    watch = (result["grade"] == "A") & (result["credit_score"] < 60)
    loss = result["profit"] < 0
    result["flags"] = np.where(watch, "credit_watch;", "")
    result["flags"] += np.where(loss, "loss_making", "")
    return result.sort_index()


if __name__ == "__main__":
    begun, cpu = time.perf_counter(), time.process_time()
    rows = grade(sys.argv[1])
    print(
        json.dumps(
            {
                "rows": len(rows),
                "graded": int(rows["grade"].notna().sum()),
                "a": int((rows["grade"] == "A").sum()),
                "net": round(float(rows["net"].sum()), 2),
                "profit": round(float(rows["profit"].sum()), 2),
                "seconds": time.perf_counter() - begun,
                "cpu_seconds": time.process_time() - cpu,
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )
