"""Where a computation runs when the options, the API and book.yaml say something, nothing, or two things."""

from __future__ import annotations

import pytest

from tierwise.engine.place import Place
from tierwise.kernel.errors import TierwiseError

SERVER = "sc://spark.example.com:15002"


def test_who_says_nothing_leaves_it_to_the_book() -> None:
    assert Place.asked(None, None) is None


def test_the_address_of_a_spark_asks_for_it() -> None:
    assert Place.asked(None, SERVER) == Place.asked("spark", SERVER) == Place("spark", SERVER)


def test_another_engine_and_a_spark_are_not_asked_for_together() -> None:
    with pytest.raises(TierwiseError) as caught:
        Place.asked("duckdb", SERVER)
    assert caught.value.code == "engine.two-places"
    assert "duckdb" in caught.value.problems[0].say("zh")


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        (Place("spark"), Place("spark", SERVER)),
        (Place("spark", "local[2]"), Place("spark", "local[2]")),
        (Place(), Place()),
    ],
)
def test_a_spark_without_an_address_is_the_one_of_the_book(asked: Place, used: Place) -> None:
    for engine in ("duckdb", "spark"):
        assert asked.beside(Place(engine, SERVER)) == used
