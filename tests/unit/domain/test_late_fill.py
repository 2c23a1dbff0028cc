"""Book fills of a day that is settled already, in the books alone."""

from __future__ import annotations

import pytest

from terminal.domain.books.account import AccountBook
from terminal.domain.books.late_fill import LateFill, LateSettlement
from terminal.domain.errors import InvariantError
from terminal.domain.ids import TradeId
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.products.instrument import Instrument
from tests.books import BUY, CLOSE, HEDGE, OPEN, SELL, TODAY, YESTERDAY, D, instrument, terms

FIRST, SECOND = 20250701, 20250702
ONE_BOOK, TWO_BOOKS = instrument("DCE.i2509"), instrument("SHFE.rb2510")
SETTLED = D(3210)
LATE = LateFill(settlements=(LateSettlement(trading_day=FIRST, price=SETTLED),))
FEE = D(2)

Told = tuple[Side, Offset, int, int]  # lots, price


class Books:
    """Book fills of two days, those of the first in time or after its settlement."""

    def __init__(self, of: Instrument) -> None:
        self.of = of
        self.book = AccountBook(D(1_000_000), FIRST)
        self.at = 0

    def fill(self, side: Side, offset: Offset, lots: int, price: int) -> None:
        self.at += 1
        order = self._terms(side, offset, lots, price)
        self.book.fill(self.of, order, lots, D(price), FEE, at=self.at, trade=TradeId("1"))

    def late(self, side: Side, offset: Offset, lots: int, price: int) -> None:
        order = self._terms(side, offset, lots, price)
        self.book.fill_late(self.of, order, lots, D(price), FEE, day=FIRST, late=LATE)

    def _terms(self, side: Side, offset: Offset, lots: int, price: int) -> OrderTerms:
        return terms(self.of, side, offset, lots, price)

    def settle(self) -> None:
        self.book.settle({self.of.id: SETTLED}, SECOND)


def both(of: Instrument, first: list[Told], late: list[Told], second: list[Told]) -> tuple[Books, Books]:
    """Book the same fills in time, and with `late` ones of the first day after those of the second."""
    in_time, told_late = Books(of), Books(of)
    for fill in first:
        in_time.fill(*fill)
        told_late.fill(*fill)
    for fill in late:
        in_time.fill(*fill)
    for books in (in_time, told_late):
        books.settle()
        for fill in second:
            books.fill(*fill)
    for fill in late:
        told_late.late(*fill)
    return in_time, told_late


def assert_equal(in_time: Books, late: Books) -> None:
    for price in (None, D(3300)):
        marks = {} if price is None else {late.of.id: price}
        for books in (in_time, late):
            assert books.book.check() == []
        assert late.book.view(marks.get) == in_time.book.view(marks.get)
        assert late.book.trade_by_trade(marks.get) == in_time.book.trade_by_trade(marks.get)
    assert late.book.position(late.of.id, HEDGE) == in_time.book.position(in_time.of.id, HEDGE)
    for side in (BUY, SELL):
        assert late.book.runs(late.of.id, HEDGE, side) == in_time.book.runs(in_time.of.id, HEDGE, side)


@pytest.mark.parametrize("of", [ONE_BOOK, TWO_BOOKS], ids=["one book", "two books"])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_a_late_opening_comes_to_what_it_would_have_in_time(of: Instrument, side: Side) -> None:
    assert_equal(*both(of, [(side, OPEN, 2, 3190)], [(side, OPEN, 3, 3200)], [(side, OPEN, 1, 3205)]))


@pytest.mark.parametrize("closed", [1, 2, 3, 4])
def test_where_the_oldest_go_first_a_close_of_today_took_the_late_lots(closed: int) -> None:
    # Of today's four lots some were closed while nobody knew of the two of yesterday.
    in_time, late = both(ONE_BOOK, [], [(BUY, OPEN, 2, 3200)], [(BUY, OPEN, 4, 3220), (SELL, CLOSE, closed, 3230)])
    assert late.book.position(ONE_BOOK.id, HEDGE).long_yesterday == max(2 - closed, 0)
    assert_equal(in_time, late)


def test_a_late_close_takes_the_lots_of_its_day() -> None:
    first: list[Told] = [(BUY, OPEN, 3, 3190)]
    assert_equal(*both(TWO_BOOKS, first, [(SELL, TODAY, 2, 3205)], [(BUY, OPEN, 1, 3206)]))
    assert_equal(*both(ONE_BOOK, first, [(SELL, CLOSE, 2, 3205)], [(BUY, OPEN, 1, 3206)]))


def unchanged(books: Books, offset: Offset, lots: int) -> None:
    before = books.book.canonical()
    with pytest.raises(InvariantError):
        books.late(SELL, offset, lots, 3200)
    assert (books.book.canonical(), books.book.check()) == (before, [])


def test_a_late_close_of_more_than_is_left_changes_nothing() -> None:
    books = Books(TWO_BOOKS)
    books.fill(BUY, OPEN, 3, 3190)
    books.settle()
    unchanged(books, YESTERDAY, 1)  # none was older on that day
    unchanged(books, TODAY, 4)
    books.late(SELL, TODAY, 3, 3200)
    assert books.book.positions() == []
