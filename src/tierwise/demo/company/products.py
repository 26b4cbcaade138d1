"""The catalogue of the sample company: ten categories, about 230 products, costs that rise once.

Some products have no standard cost (only a margin), a few have neither: costs must then be found elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tierwise.demo.company.amounts import text
from tierwise.demo.company.days import Days


@dataclass(frozen=True, slots=True)
class Category:
    """A product category: who buys it is decided by the customer's trade."""

    code: str
    name: str
    margin_pct: int
    items: tuple[tuple[str, str, str, int, int, int], ...]
    """Name, unit, dimension, base units per unit, lowest and highest price in yuan times 100."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its list price and cost, in cents per unit."""

    code: str
    name: str
    category: Category
    uom: str
    dimension: str
    factor: int
    price: int
    cost: int
    cost_later: int
    cost_known: bool
    margin_known: bool


CATEGORIES: tuple[Category, ...] = (
    Category("ZC", "轴承", 24, (
        ("深沟球轴承", "个", "piece", 1, 900, 26000), ("圆锥滚子轴承", "个", "piece", 1, 4500, 98000),
        ("调心滚子轴承", "个", "piece", 1, 22000, 680000))),
    Category("JG", "紧固件", 32, (
        ("不锈钢内六角螺栓", "百个", "piece", 100, 1800, 16000), ("高强度螺母", "千个", "piece", 1000, 9000, 52000),
        ("膨胀锚栓", "公斤", "mass", 1, 1500, 4200))),
    Category("YY", "液压", 27, (
        ("齿轮泵", "台", "piece", 1, 38000, 960000), ("液压软管", "米", "length", 1, 2800, 19000),
        ("抗磨液压油", "升", "volume", 1, 1400, 3600))),
    Category("QD", "气动", 30, (
        ("电磁阀", "个", "piece", 1, 8600, 92000), ("气缸", "支", "piece", 1, 12000, 210000))),
    Category("DJ", "电机与减速机", 21, (
        ("三相异步电机", "台", "piece", 1, 56000, 4800000), ("蜗轮减速机", "台", "piece", 1, 42000, 1900000))),
    Category("CG", "传感器与仪表", 34, (
        ("接近开关", "个", "piece", 1, 4800, 68000), ("压力变送器", "台", "piece", 1, 42000, 520000))),
    Category("CD", "传动带与链条", 28, (
        ("窄V带", "条", "piece", 1, 2400, 32000), ("滚子链", "米", "length", 1, 3600, 42000))),
    Category("LB", "劳保防护", 33, (
        ("丁腈手套", "箱", "piece", 1000, 21000, 48000), ("安全帽", "个", "piece", 1, 1900, 9800))),
    Category("GJ", "工具", 29, (
        ("扭矩扳手", "把", "piece", 1, 16000, 320000), ("硬质合金刀片", "盒", "piece", 10, 9800, 88000))),
    Category("MR", "润滑与密封", 31, (
        ("锂基润滑脂", "公斤", "mass", 1, 1900, 8600), ("机械密封", "套", "piece", 1, 9600, 360000),
        ("齿轮油", "升", "volume", 1, 1600, 5200))),
)  # fmt: skip

_PER_ITEM = 9


def catalogue(seed: int) -> tuple[Product, ...]:
    """All products, the same for every size of the company."""
    return tuple(
        _product(Random(f"tierwise-demo:{seed}:product:{category.code}{item}:{n}"), category, item, n)
        for category in CATEGORIES
        for item in range(len(category.items))
        for n in range(_PER_ITEM)
    )


def _product(rng: Random, category: Category, item: int, n: int) -> Product:
    name, uom, dimension, factor, low, high = category.items[item]
    price = round(low * (high / low) ** ((n + rng.random()) / _PER_ITEM))
    cost = price * round(10000 - 100 * (category.margin_pct + rng.uniform(-5, 5))) // 10000
    later = cost * rng.randint(102, 107) // 100 if rng.random() < 0.3 else cost
    blank = rng.random()
    return Product(
        f"{category.code}{item + 1}{n + 1:03d}", f"{name} {category.code}-{item + 1}{n + 1:02d}", category,
        uom, dimension, factor, price, cost, later, cost_known=blank >= 0.06, margin_known=blank >= 0.02,
    )  # fmt: skip


def product_rows(products: tuple[Product, ...], days: Days) -> Iterator[tuple[str, ...]]:
    """Rows of ``products``; a product whose cost rose has two."""
    for product in products:
        yield _row(product, product.cost, "2015-01-01")
        if product.cost_known and product.cost_later != product.cost:
            yield _row(product, product.cost_later, days.iso(rise_day(days)))


def rise_day(days: Days) -> int:
    """The day from which the later costs hold: a year before the end."""
    return max(days.first, days.end - 364)


def _row(product: Product, cost: int, valid_from: str) -> tuple[str, ...]:
    margin = str(product.category.margin_pct)
    return (
        product.code, product.name, product.category.name, product.uom, product.dimension, str(product.factor),
        text(cost) if product.cost_known else "", margin if product.margin_known else "",
        margin if product.margin_known else "", valid_from,
    )  # fmt: skip
