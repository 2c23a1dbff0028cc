"""The lines of lots: what is closed beyond what is held, what is too large, and the exchange's own example."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from terminal.domain.books.daily_marks import CellError, Ledger, Taken, daily_marks

NONE, TODAY, YESTERDAY, OLDEST = Taken
Trade = tuple[Taken, int, int]  # lots, worth


def ledger(*cells: tuple[int, Sequence[Trade]], holding: Sequence[int] = ()) -> Ledger:
    """Return a ledger of cells (settlement worth, trades), of one holding where none are named."""
    opens = [[one for one in trades if one[0] is NONE] for _, trades in cells]
    closes = [[one for one in trades if one[0] is not NONE] for _, trades in cells]

    def column(rows: list[list[Trade]], place: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([int(one[place]) for trades in rows for one in trades], np.int64)

    return Ledger(
        holding=np.array(holding or [0] * len(cells), np.int64),
        settlement=np.array([settlement for settlement, _ in cells], np.int64),
        openings=np.array([len(trades) for trades in opens], np.int64),
        open_lots=column(opens, 1),
        open_worth=column(opens, 2),
        closes=np.array([len(trades) for trades in closes], np.int64),
        close_lots=column(closes, 1),
        close_worth=column(closes, 2),
        close_taken=column(closes, 0).astype(np.int8),
    )


def test_the_exchanges_own_example_is_sixty_one_thousand_five_hundred_yuan() -> None:
    # DOMAIN 4.4: hold 10 long settled at 1500; buy 8 at 1505, close 5 at 1510, settled at 1515; 300 yuan a point
    point = 300 * 100
    day = [(NONE, 8, 1505 * point), (OLDEST, 5, 1510 * point)]
    marks = daily_marks(ledger((1500 * point, [(NONE, 10, 1490 * point)]), (1515 * point, day)))
    assert marks.lots.tolist() == [10, 13]
    assert int(marks.close_profit[1] + marks.position_profit[1]) == 61_500 * 100
    assert marks.trade_close_profit.tolist() == [0, 5 * 20 * point]
    assert marks.floating_profit.tolist() == [10 * 10 * point, (5 * 25 + 8 * 10) * point]


def test_short_lots_earn_when_prices_fall() -> None:
    marks = daily_marks(ledger((-90, [(NONE, 2, -100)]), (-80, [(YESTERDAY, 1, -85)])))
    found = {name: column.tolist() for name, column in marks._asdict().items()}
    assert found == {
        "lots": [2, 1],
        "close_profit": [0, 5],
        "position_profit": [20, 10],
        "trade_close_profit": [0, 15],
        "floating_profit": [20, 20],
    }


@pytest.mark.parametrize(
    "closes",
    [[(TODAY, 4, 1)], [(YESTERDAY, 6, 1)], [(OLDEST, 9, 1)], [(YESTERDAY, 5, 1), (TODAY, 3, 1), (OLDEST, 1, 1)]],
)
def test_closing_beyond_the_five_older_and_three_of_today_names_the_first_cell(closes: list[Trade]) -> None:
    before = (1, [(NONE, 5, 1)])
    fine, wrong, later = (1, [(NONE, 3, 1)]), (1, [(NONE, 3, 1), *closes]), (1, [(NONE, 9, 1)])
    assert daily_marks(ledger(before, fine)).lots.tolist() == [5, 8]
    with pytest.raises(CellError) as caught:
        daily_marks(ledger(before, before, wrong, later, holding=[0, 1, 1, 1]), at_once=1)
    assert caught.value.cell == 2


def test_a_side_closed_to_the_last_lot_opens_again_from_nothing() -> None:
    whole = [(YESTERDAY, 5, 12), (TODAY, 1, 12)]
    marks = daily_marks(ledger((11, [(NONE, 5, 10)]), (12, [(NONE, 1, 11), *whole]), (20, [(NONE, 2, 20)])))
    assert marks.lots.tolist() == [5, 0, 2]
    assert marks.trade_close_profit.tolist() == [0, 11, 0]
    assert marks.close_profit.tolist() == [0, 6, 0]
    assert marks.floating_profit.tolist() == [5, 0, 0]


def test_what_is_eaten_to_its_very_end_has_cost_all_it_had() -> None:
    marks = daily_marks(ledger((11, [(NONE, 5, 10)]), (0, [(OLDEST, 5, 12)])))
    assert marks.lots.tolist() == [5, 0]
    assert marks.trade_close_profit.tolist() == [0, 10]


@pytest.mark.parametrize(
    ("lots", "worth"),
    [
        ([1 << 31], 1),
        ([1 << 30] * 3, 1),
        ([1 << 62] * 2, 1),  # their sum would be negative
        ([1 << 30], 1 << 30),
        ([1 << 20], -(1 << 40)),
        ([1 << 30], 1 << 62),
    ],
)
def test_what_may_not_fit_into_63_bits_is_refused(lots: list[int], worth: int) -> None:
    with pytest.raises(CellError, match="63 bits"):
        daily_marks(ledger((1, [(NONE, one, worth) for one in lots])))


def test_no_cells_have_no_marks() -> None:
    assert all(len(column) == 0 for column in daily_marks(ledger()))
