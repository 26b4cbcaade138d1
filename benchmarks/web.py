"""Measures the web application over many customers; the last line is one JSON object.

    python -m benchmarks.web                       1,000,000 customers
    python -m benchmarks.web --customers 100000    quicker
    python -m benchmarks.web --database postgresql://user:password@host:5432/name
                                                   people, sessions and work in that empty database

Publishing a run to the pages, then requests one after the other over HTTP on loopback, one server process, with the
session of an analyst: first and deep pages of the list, filters and orders, searches, the count, the funnel.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import random
import resource
import select
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.data import default_folder
from benchmarks.meter import Meter

AT = datetime(2026, 11, 2, tzinfo=UTC)
DAYS = (date(2026, 9, 30), date(2026, 10, 31))
PLACES = "昆明 深圳 佛山 西安 成都 北京 长沙 南京 上海 郑州 重庆 厦门 哈尔滨 宁波 温州".split()
MIDDLE = "龙旋祥为禄柏为春峰立盛方启瑞正寿嘉恒宏泰华远信达兴隆康泽润博"
TRADES = "建材 电子科技 食品 新能源 物流 医药 化工 机械设备 软件 包装".split()
REGIONS = "华北 华东 华南 华中 西南 西北 东北".split()
SOURCES = "展会 网站 转介绍 电话 招标".split()
NEW_ONE_IN = 5
"""One customer in so many came in within the year, with a source: those of the funnel."""
LAYOUT = 2
"""Raised with every change of the book, so that an old one is not measured."""
PORT = 8399


def make_book(folder: Path, customers: int) -> None:
    """A book of so many customers with an order line each in two months, graded at both month ends."""
    from tierwise import api

    if (folder / "book").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(1)
    who, lines = folder / "customers.csv", folder / "order_lines.csv"
    with who.open("w", encoding="utf-8") as out:
        out.write("code,name,region,industry,owner,team,valid_from,source,first_contact_on\n")
        for n in range(customers):
            middle = "".join(chance.choices(MIDDLE, k=3))
            name = f"{chance.choice(PLACES)}{middle}{chance.choice(TRADES)}有限公司"
            region = chance.choice(REGIONS)
            owner = f"M{REGIONS.index(region) * 30 + chance.randrange(30):03}"
            trade = chance.choice(TRADES)
            new = f"{chance.choice(SOURCES)},2026-01-{n % 28 + 1:02}" if n % NEW_ONE_IN == 0 else ","
            out.write(f"C{n:07},{name},{region},{trade},{owner},{region}部,2024-01-01,{new}\n")
    with lines.open("w", encoding="utf-8") as out:
        out.write("order_number,line_no,customer_code,order_date,amount_ex_tax,cost_amount\n")
        for n in range(customers):
            day, amount = (
                f"2026-{chance.randrange(1, 11):02}-{chance.randrange(1, 29):02}",
                chance.paretovariate(0.9),
            )
            out.write(f"S{n},1,C{n:07},{day},{amount * 100:.2f},{amount * 80:.2f}\n")
    book = api.create_book(folder / "book", name="bench", actor="bench", at=AT, base_currency="CNY")
    items = [api.ImportItem("customers", [who]), api.ImportItem("order_lines", [lines])]
    api.import_batch(book, items, actor="bench", at=AT)
    for day in DAYS:
        api.grade(book, "abc_sales", as_of=day, actor="bench", at=AT)


def publish(folder: Path, web: Path) -> dict[str, Any]:
    """Publishes the run to the pages, and makes an analyst; the figures and the session's cookie."""
    from tierwise_web.serve import prepare

    prepare(folder / "book", web)
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from tierwise import api
    from tierwise_web.pages.steps_kept import count_steps
    from tierwise_web.people.models import User
    from tierwise_web.people.services import grant
    from tierwise_web.published.editions import folder as read_folder
    from tierwise_web.published.editions import publish as to_pages
    from tierwise_web.published.editions import to_show

    call_command("migrate", verbosity=0)
    book = api.open_book(folder / "book")
    record = to_show(book)
    assert record is not None
    with (
        Writer(os.environ.get("TIERWISE_DATABASE_URL") or str(web / "web.sqlite3")) as writer,
        Meter() as meter,
    ):
        before = _children_cpu()
        edition = to_pages(book, record, at=AT)
        searching = _children_cpu() - before  # before the writer ends, whose time would count as well
    began = time.perf_counter()
    count_steps(book, edition, at=AT)
    counting = round(time.perf_counter() - began, 1)
    user, _ = User.objects.get_or_create(username="bench", defaults={"name": "Bench"})
    grant(user, ["analyst"], by="bench", at=AT)
    client = Client()
    client.force_login(user)
    size = (read_folder() / edition.file).stat().st_size
    waited = {"writes": len(writer.took), "others_waited_ms": round(max(writer.took) * 1000, 1)}
    beside = {"search_cpu_seconds": searching, **waited, "file_bytes": size, "steps_seconds": counting}
    return {**meter.figures(), **beside, "session": client.cookies["sessionid"].value}


def _children_cpu() -> float:
    """Seconds of processor of the processes that this one began and that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Writer:
    """Somebody else, in a process of its own, who writes to the database all the while; how long each write took."""

    def __init__(self, database: str) -> None:
        self._database = database
        self.took: list[float] = []

    def __enter__(self) -> Writer:
        command = [sys.executable, "-m", "benchmarks.web", "--write-to", self._database]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        said, _ = self._process.communicate()  # the end of its input tells it to end
        self.took = json.loads(said)


def write_until_told(database: str) -> None:
    """Writes a row again and again, as quickly as people do, until the input ends; prints the seconds of each."""
    write, took = _writing(database), []
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        began = time.perf_counter()
        write()
        took.append(time.perf_counter() - began)
    print(json.dumps(took))


def _writing(database: str) -> Callable[[], None]:
    """What writes to a database once: a file, or the address of a server."""
    words = "UPDATE django_session SET expire_date = expire_date"
    if "://" in database:
        import psycopg

        server = psycopg.connect(database, autocommit=True)
        return lambda: server.execute(words) and None
    file = sqlite3.connect(database, timeout=20, isolation_level=None)
    return lambda: file.executescript(f"BEGIN IMMEDIATE; {words}; COMMIT;") and None


class Asked:
    """A keep-alive connection of somebody who is signed in."""

    def __init__(self, session: str) -> None:
        self._to = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        self._headers = {"Cookie": f"sessionid={session}", "Accept-Encoding": "identity"}
        self._part = self._headers | {"HX-Request": "true", "HX-Request-Type": "partial"}

    def get(self, path: str, *, part: bool = False) -> str:
        """The text of an answer, which must be 200."""
        self._to.request("GET", path, headers=self._part if part else self._headers)
        answer = self._to.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, (path, answer.status, text[:300])
        return text


def deep_places(web: Path, count: int) -> list[str]:
    """Cursors far down the list, in two orders."""
    file = max((web / "read").glob("run-*.sqlite3"), key=lambda found: found.stat().st_mtime)
    base = sqlite3.connect(file)
    (total,) = base.execute("SELECT count(*) FROM customers").fetchone()
    chance, found = random.Random(2), []
    for _ in range(count):
        number = chance.randrange(total // 2, total)
        (key,) = base.execute("SELECT sales_key FROM customers WHERE id = ?", (number,)).fetchone()
        found += [f"/customers?at=1.after.0.{number}", f"/customers?sort=sales&at=1.after.{key}.{number}"]
    base.close()
    return found


def kinds_of(web: Path, count: int, customers: int) -> dict[str, list[str]]:
    """Addresses by kind."""
    chance = random.Random(3)
    words = ["".join(chance.choices(MIDDLE, k=2)) for _ in range(count)]
    return {
        "first": ["/customers"] * count,
        "deep": deep_places(web, count // 2),
        "order": [
            f"/customers?sort={s}"
            for s in ("sales", "code", "last_order_on", "up-sales")
            for _ in range(count // 4)
        ],
        "filter": [
            f"/customers?grade={chance.choice('ABC')}&region={quote(chance.choice(REGIONS))}"
            for _ in range(count)
        ],
        "owner": [f"/customers?owner=M{chance.randrange(200):03}&sort=sales" for _ in range(count)],
        "search two characters": [f"/customers?q={quote(word)}" for word in words],
        "search initials": [f"/customers?q={''.join(chance.choices('klsxdy', k=3))}" for _ in range(count)],
        "search code": [f"/customers?q=C{chance.randrange(10**5):05}" for _ in range(count)],
        "search a common word": [f"/customers?q={quote('有限公司')}"] * count,
        "customer": [f"/customer/C{chance.randrange(customers):07}" for _ in range(count)],
        "dashboard": ["/"] * count,
        "dashboard filtered": [f"/?region={quote(chance.choice(REGIONS))}" for _ in range(count)],
        "funnel": ["/prospects/funnel"] * count,
        "funnel's customers": [
            f"/prospects/funnel?by={by}&step=entered" for by in ("source", "owner") for _ in range(count // 2)
        ],
        "count": [f"/customers/count?grade={grade}" for grade in "ABC" for _ in range(count // 3)],
    }


def measured(asked: Asked, addresses: list[str]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds, after a few that warm up."""
    for address in addresses[:3]:
        asked.get(address)
    took = []
    for address in addresses:
        began = time.perf_counter()
        asked.get(address)
        took.append((time.perf_counter() - began) * 1000)
    return {
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(statistics.quantiles(took, n=20)[-1], 1),
    }


def at_once(session: str, clients: int, each: int) -> float:
    """List fragments a second for several clients at once."""

    def one(_: int) -> None:
        asked = Asked(session)
        for number in range(each):
            asked.get(f"/customers?grade={'ABC'[number % 3]}", part=True)

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(one, range(clients)))
    return round(clients * each / (time.perf_counter() - began), 1)


def main() -> None:
    """Measures, and prints a line per kind."""
    asked_for = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked_for.add_argument("--customers", type=int, default=1_000_000)
    asked_for.add_argument("--requests", type=int, default=100)
    asked_for.add_argument("--database", help="the address of an empty PostgreSQL; SQLite without it")
    asked_for.add_argument("--write-to", help=argparse.SUPPRESS)
    wanted = asked_for.parse_args()
    if wanted.write_to:
        write_until_told(wanted.write_to)
        return
    folder = default_folder() / f"web-v{LAYOUT}-{wanted.customers}"
    make_book(folder, wanted.customers)
    os.environ["TIERWISE_DATABASE_URL"] = wanted.database or ""
    kind = "postgresql" if wanted.database else "sqlite"
    web = folder / f"web-{kind}"
    found: dict[str, Any] = {"customers": wanted.customers, "database": kind, "publish": publish(folder, web)}
    session = found["publish"].pop("session")
    print(f"  publish{'':<16}{found['publish']['seconds']:9.1f} s", flush=True)
    print(f"  others waited{'':<10}{found['publish']['others_waited_ms']:9.1f} ms", flush=True)
    command = [sys.executable, "-m", "tierwise_web.config.server", "127.0.0.1", str(PORT)]
    server = subprocess.Popen(command, env=os.environ | {"TIERWISE_LOG_LEVEL": "ERROR"})
    try:
        asked = _up(session)
        for kind, addresses in kinds_of(web, wanted.requests, wanted.customers).items():
            found[kind] = measured(asked, addresses)
            print(f"  {kind:<23}{found[kind]['p50_ms']:9.1f} {found[kind]['p95_ms']:9.1f} ms", flush=True)
        page = asked.get("/customers").encode()
        found["list_bytes"], found["list_bytes_gzip"] = len(page), len(gzip.compress(page, 6))
        found["fragments_per_second"] = at_once(session, 8, 40)
    finally:
        server.terminate()
        server.wait()
    print(json.dumps(found))


def _up(session: str) -> Asked:
    for _ in range(1200):
        try:
            asked = Asked(session)
            asked.get("/health")
        except OSError:
            time.sleep(0.1)
        else:
            return asked
    raise TimeoutError("the server does not answer")


if __name__ == "__main__":
    main()
