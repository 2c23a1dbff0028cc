from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from terminal.domain.ids import ProductId
from terminal.domain.order import HedgeFlag, Side
from terminal.domain.terms import Term
from terminal.widgets.position_grid import PositionGrid
from tests.gui.desk import COPPER, ORE, REBAR, Desk, book, line


def column(panel: PositionGrid, title: Term) -> int:
    return [described.title for described in panel.rows.columns].index(title)


def texts(panel: PositionGrid, title: Term) -> list[str]:
    return [panel.rows.cell(place, column(panel, title)).text for place in range(panel.rows.rowCount())]


@pytest.fixture
def panel(desk: Desk) -> PositionGrid:
    desk.open_market()
    long = replace(line(REBAR, Side.BUY, 30, 100), yesterday=12)
    desk.mailbox.post_book(book(long, line(COPPER, Side.SELL, 5, 200)))
    desk.window.drain()
    return desk.window.positions


def test_every_figure_a_hedger_closes_by_has_a_column(panel: PositionGrid) -> None:
    wanted = (
        *(Term.INSTRUMENT, Term.SIDE, Term.LOTS, Term.TODAY_LOTS, Term.YESTERDAY_LOTS, Term.CLOSABLE),
        *(Term.OPEN_PRICE, Term.POSITION_PRICE, Term.LAST, Term.CHANGE_RATE, Term.POSITION_PROFIT),
        *(Term.MARGIN, Term.BASIS, Term.HEDGE_FLAG, Term.EXPIRY),
    )
    assert tuple(described.title for described in panel.rows.columns) == wanted
    assert texts(panel, Term.TODAY_LOTS) == ["30", "5"]
    assert texts(panel, Term.YESTERDAY_LOTS) == ["12", "0"]
    assert texts(panel, Term.LOTS) == ["42", "5"]


def test_a_contract_s_basis_is_spot_less_its_own_price(desk: Desk, panel: PositionGrid) -> None:
    panel.show_spot(ProductId("SHFE.rb"), Decimal("3387.5"))
    panel.show_spot(ProductId("DCE.i"), Decimal(3))
    panel.grid.flush()
    assert texts(panel, Term.BASIS) == ["—", "—"]  # without a price of its own there is none
    desk.quote(REBAR, 3400)
    assert texts(panel, Term.BASIS) == ["−12.5", "—"]
    panel.show_spot(ProductId("SHFE.rb"), Decimal(3440))
    panel.grid.flush()
    assert texts(panel, Term.BASIS) == ["+40", "—"]


@pytest.mark.parametrize(
    ("title", "lots"), [(Term.TODAY_LOTS, 30), (Term.YESTERDAY_LOTS, 12), (Term.LOTS, 42), (Term.LAST, 42)]
)
def test_a_double_click_wants_the_lots_of_its_column_closed(
    qtbot: QtBot, panel: PositionGrid, title: Term, lots: int
) -> None:
    grid = panel.grid
    spot = grid.visualRect(panel.rows.index(0, column(panel, title))).center()
    with qtbot.waitSignal(panel.close_wanted) as wanted:
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert wanted.args == [REBAR, Side.BUY, lots, HedgeFlag.HEDGE]


def test_a_double_click_where_there_is_nothing_to_close_wants_nothing(qtbot: QtBot, panel: PositionGrid) -> None:
    with qtbot.assertNotEmitted(panel.close_wanted):
        panel.grid.doubleClicked.emit(panel.rows.index(1, column(panel, Term.YESTERDAY_LOTS)))


def test_a_quote_of_what_is_not_held_touches_no_row(desk: Desk, panel: PositionGrid) -> None:
    told: list[int] = []
    texts(panel, Term.LAST)
    panel.rows.dataChanged.connect(lambda first, last: told.append(first.row()))
    desk.quote(ORE, 800, before=790)
    assert told == []
    desk.quote(REBAR, 3300, before=3322)
    assert set(told) == {0}
    assert texts(panel, Term.LAST) == ["3,300", "—"]


def test_a_quote_from_before_the_position_is_there_when_it_opens(desk: Desk, panel: PositionGrid) -> None:
    desk.quote(ORE, 1600, before=1580)
    desk.mailbox.post_book(book(line(ORE, Side.BUY, 1, 0)))
    desk.window.drain()
    assert texts(panel, Term.LAST) == ["800.0"]
    assert panel.summary() == "持仓 铁矿石2505 多 1 手"
