"""What the horizon brought, customer by customer, and whose it is: members count for the unit of the training day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tierwise.engine.stages import Stages
from tierwise.insight.backtest.days import horizon_end
from tierwise.kernel.ratio import whole
from tierwise.metrics.compute import Progress, compute_metrics
from tierwise.metrics.model import Use
from tierwise.metrics.report import scene_for_people

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.book.store import Book, BookVersion


def future_of(book: Book, version: BookVersion, day: date, months: int, progress: Progress) -> pa.Table:
    """customer, sales, profit (null if unknown) and orders of the months after a day, of every customer by itself."""
    sales, profit, orders = (Use(name, months) for name in ("net_sales", "customer_profit", "orders"))
    scene = scene_for_people(version.settings, horizon_end(day, months))
    with book.engine() as engine:
        book.open_in(engine, version, as_of=day)  # whose it is, as known on that day
        stages = Stages(engine)
        compute_metrics(stages, (sales, profit, orders), scene, progress=progress)
        t = stages["tw_metrics"]
        return engine.fetch(
            t.select(
                customer=t.unit,
                sales=t[sales.column].cast("decimal(38,4)"),
                profit=t[profit.column].cast("decimal(38,4)"),
                orders=t[orders.column].coalesce(0).cast("int64"),
            ).filter(lambda row: (row.orders > 0) | (row.sales.coalesce(whole(0)) != whole(0)))
        )
