"""Numbers of a sentence carry marks; whatever a customer is called, its name carries none."""

from __future__ import annotations

import pytest

from tierwise.grading.pointing import Piece, bare, pieces, pointed

MARKED = pointed("12", "net_sales_12m")
MARKS = "".join(sign for sign in MARKED if not sign.isascii())


@pytest.mark.parametrize(
    "name", ["Anna", "\ue000", "\ue000profit\ue001 9\ue002", "\ue001\ue002", "\x00\u200b"]
)
def test_a_name_stays_as_it_is_beside_a_number(name: str) -> None:
    sentence = f"{name} bought {MARKED} more."
    assert bare(sentence) == f"{name} bought 12 more."
    assert pieces(sentence) == (Piece(f"{name} bought "), Piece("12", "net_sales_12m"), Piece(" more."))


def test_no_stored_text_can_hold_a_mark() -> None:
    assert len(MARKS) == 3
    for sign in MARKS:
        with pytest.raises(UnicodeEncodeError):
            sign.encode()
