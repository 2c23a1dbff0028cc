from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from terminal.domain.days.calendar import DAY_NS, MINUTE_NS, SECOND_NS
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.words.terms import Term
from terminal.engine.mailbox import Clock
from terminal.widgets.parts.rows import Tone
from terminal.widgets.position.columns import GUARD_PLACE
from terminal.widgets.position.grid import PositionGrid
from tests.gui import mouse
from tests.gui.desk import COPPER, DAY, NOW, ORE, ORE_SPOT, REBAR, REBAR_SPOT, Desk, basis, book, line


def column(panel: PositionGrid, title: Term) -> int:
    return [described.title for described in panel.rows.columns].index(title)


def texts(panel: PositionGrid, title: Term) -> list[str]:
    return [panel.rows.cell(place, column(panel, title)).text for place in range(panel.rows.rowCount())]


@pytest.fixture
def panel(desk: Desk) -> PositionGrid:
    desk.open_market()
    long = replace(line(REBAR, Side.BUY, 30, 100), yesterday=12, closable=42, closable_yesterday=12)
    desk.mailbox.post_book(book(long, line(COPPER, Side.SELL, 5, 200)))
    desk.window.drain()
    return desk.window.positions


def test_every_figure_a_hedger_closes_by_has_a_column(panel: PositionGrid) -> None:
    wanted = (
        *(Term.INSTRUMENT, Term.SIDE, Term.LOTS, Term.TODAY_LOTS, Term.YESTERDAY_LOTS, Term.CLOSABLE),
        *(Term.OPEN_PRICE, Term.POSITION_PRICE, Term.LAST, Term.CHANGE_RATE, Term.POSITION_PROFIT),
        *(Term.MARGIN, Term.GUARD, Term.BASIS, Term.HEDGE_FLAG, Term.EXPIRY),
    )
    assert tuple(described.title for described in panel.rows.columns) == wanted
    assert texts(panel, Term.TODAY_LOTS) == ["30", "5"]
    assert texts(panel, Term.YESTERDAY_LOTS) == ["12", "0"]
    assert texts(panel, Term.LOTS) == ["42", "5"]


def test_what_guards_a_position_has_a_column_while_there_is_any(panel: PositionGrid) -> None:
    assert panel.grid.isColumnHidden(GUARD_PLACE)
    panel.show_book(book(replace(line(REBAR, Side.BUY, 42, 100), guard="止损 3080 · 止盈 3260")))
    assert not panel.grid.isColumnHidden(GUARD_PLACE)
    panel.grid.flush()
    assert texts(panel, Term.GUARD) == ["止损 3080 · 止盈 3260"]
    panel.show_book(book(line(REBAR, Side.BUY, 42, 100)))
    assert panel.grid.isColumnHidden(GUARD_PLACE)


def test_a_column_that_comes_or_goes_leaves_no_gap(panel: PositionGrid) -> None:
    panel.resize(1800, 400)
    for guard in ("", "止损 3080", ""):
        panel.show_book(book(replace(line(REBAR, Side.BUY, 42, 100), guard=guard)))
        used = sum(panel.grid.columnWidth(place) for place in range(panel.rows.columnCount()))
        assert (panel.grid.isColumnHidden(GUARD_PLACE), used) == (not guard, panel.grid.viewport().width())


def test_a_contract_s_basis_is_spot_less_its_own_price(desk: Desk, panel: PositionGrid) -> None:
    panel.show_spot(replace(basis(REBAR_SPOT, REBAR, (0, 0)), spot_price=Decimal("3387.5")))
    panel.show_spot(basis(ORE_SPOT, ORE, (3, 0)))
    panel.grid.flush()
    assert texts(panel, Term.BASIS) == ["—", "—"]  # without a price of its own there is none
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 42, 100, last=3400), line(COPPER, Side.SELL, 5, 200)))
    desk.window.drain()
    assert texts(panel, Term.BASIS) == ["−12.5", "—"]
    panel.show_spot(basis(REBAR_SPOT, REBAR, (3440, 0)))
    panel.grid.flush()
    assert texts(panel, Term.BASIS) == ["+40", "—"]


@pytest.mark.parametrize("leg", ["spot", "future"])
def test_a_basis_is_grey_when_one_of_its_legs_is_too_old_and_not_before(
    desk: Desk, panel: PositionGrid, leg: str
) -> None:
    until = NOW + MINUTE_NS if leg == "future" else NOW + 30 * SECOND_NS
    sample = replace(basis(REBAR_SPOT, REBAR, (3440, 3400)), spot_until=NOW + DAY_NS if leg == "future" else until)
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 42, 100, last=3400)))
    desk.mailbox.post_basis(sample)
    tones = []
    for at in (NOW, until - SECOND_NS, until):
        desk.mailbox.post_clock(Clock(at=at, trading_day=DAY, updates=1))
        desk.window.drain()
        panel.grid.flush()
        cell = panel.rows.cell(0, column(panel, Term.BASIS))
        assert cell.text == "+40"
        tones.append(cell.tone)
    assert tones == [Tone.UP, Tone.UP, Tone.DIM]


CLOSES = (
    (Term.TODAY_LOTS, Offset.CLOSE_TODAY, 30),
    (Term.YESTERDAY_LOTS, Offset.CLOSE_YESTERDAY, 12),
    (Term.LOTS, Offset.CLOSE, 42),
    (Term.LAST, Offset.CLOSE, 42),
)


def double_click(qtbot: QtBot, panel: PositionGrid, row: int, title: Term) -> None:
    grid = panel.grid
    spot = grid.visualRect(panel.rows.index(row, column(panel, title))).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    mouse.double_click(grid.viewport(), spot)


@pytest.mark.parametrize(("title", "offset", "lots"), CLOSES)
def test_a_double_click_wants_the_lots_of_its_column_closed(
    qtbot: QtBot, panel: PositionGrid, title: Term, offset: Offset, lots: int
) -> None:
    with qtbot.waitSignal(panel.close_wanted) as wanted:
        double_click(qtbot, panel, 0, title)
    assert wanted.args == [REBAR, Side.BUY, offset, lots, lots, HedgeFlag.HEDGE]


@pytest.mark.parametrize(("title", "offset", "lots"), CLOSES)
def test_a_double_click_fills_a_close_of_no_other_lots_than_its_column_s(
    qtbot: QtBot, desk: Desk, panel: PositionGrid, title: Term, offset: Offset, lots: int
) -> None:
    double_click(qtbot, panel, 0, title)
    ticket = desk.window.panels.ticket
    filled = ticket.form.ticket
    assert (filled.instrument, filled.side, filled.offset, filled.lots) == (REBAR, Side.SELL, offset, lots)
    assert not ticket.results.text()  # it is just what was pointed at


@pytest.mark.parametrize(
    ("title", "lots", "said"), [(Term.TODAY_LOTS, 4, True), (Term.YESTERDAY_LOTS, 8, False), (Term.LOTS, 12, False)]
)
def test_where_the_exchange_keeps_one_book_the_ticket_says_that_yesterday_goes_first(
    qtbot: QtBot, desk: Desk, panel: PositionGrid, title: Term, lots: int, *, said: bool
) -> None:
    both = replace(line(ORE, Side.BUY, 4, 100), yesterday=8, closable=12, closable_yesterday=8)
    desk.mailbox.post_book(book(both))
    desk.window.drain()
    double_click(qtbot, panel, 0, title)
    ticket = desk.window.panels.ticket
    assert (ticket.form.ticket.offset, ticket.form.ticket.lots) == (Offset.CLOSE, lots)
    assert ("先平昨仓" in ticket.results.text()) is said
    ticket.fill(REBAR, Side.SELL, Offset.CLOSE_TODAY)  # what was said of another contract is gone
    assert "先平昨仓" not in ticket.results.text()


def test_a_double_click_where_there_is_nothing_to_close_says_so_and_lets_go_of_the_order_before(
    qtbot: QtBot, desk: Desk, panel: PositionGrid
) -> None:
    ticket = desk.window.panels.ticket
    ticket.fill(REBAR, Side.SELL, Offset.CLOSE, lots=18)
    double_click(qtbot, panel, 1, Term.YESTERDAY_LOTS)
    filled = ticket.form.ticket
    assert (filled.instrument, filled.side, filled.lots) == (COPPER, Side.BUY, 0)
    assert ticket.results.text() == f"▲ {COPPER.partition('.')[2]} 没有昨仓可平"


@pytest.mark.parametrize(
    ("title", "offset", "lots", "said"),
    [
        (Term.LOTS, Offset.CLOSE, 40, "rb2505 持仓 60 手，只填可平的 40 手；其余 20 手已在平仓委托里"),
        (Term.CLOSABLE, Offset.CLOSE, 40, "rb2505 持仓 60 手，只填可平的 40 手；其余 20 手已在平仓委托里"),
        (Term.TODAY_LOTS, Offset.CLOSE_TODAY, 40, ""),
        (Term.YESTERDAY_LOTS, Offset.CLOSE_YESTERDAY, 0, "rb2505 昨仓 20 手，没有可平的；全部已在平仓委托里"),
    ],
)
def test_a_double_click_fills_no_more_than_can_be_closed_and_says_so(
    qtbot: QtBot, desk: Desk, panel: PositionGrid, title: Term, offset: Offset, lots: int, said: str
) -> None:
    desk.mailbox.post_book(book(replace(line(REBAR, Side.BUY, 40, 100), yesterday=20)))
    desk.window.drain()
    double_click(qtbot, panel, 0, title)
    ticket = desk.window.panels.ticket
    filled = ticket.form.ticket
    assert (filled.side, filled.offset, filled.lots) == (Side.SELL, offset, lots)
    assert ticket.results.text() == (f"▲ {said}" if said else "")


def test_price_and_profit_of_a_row_are_of_one_moment(desk: Desk, panel: PositionGrid) -> None:
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 3_600, last=5708, before=5700)))
    desk.window.drain()
    desk.quote(REBAR, 5706, before=5700)  # the book that belongs to it is still on its way
    assert texts(panel, Term.LAST) + texts(panel, Term.POSITION_PROFIT) == ["5,708", "+3,600"]
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 3_540, last=5706, before=5700)))
    desk.window.drain()
    assert texts(panel, Term.LAST) + texts(panel, Term.POSITION_PROFIT) == ["5,706", "+3,540"]
    assert texts(panel, Term.CHANGE_RATE) == ["+0.11%"]


def test_title_and_totals_count_what_the_rows_show_in_every_frame(desk: Desk, panel: PositionGrid) -> None:
    held = [line(REBAR, Side.BUY, 24, -1_440), line(COPPER, Side.BUY, 3, 120)]
    for more in ((), (line(ORE, Side.SELL, 2, 20), line(ORE, Side.BUY, 2, 260))):
        held += more
        desk.mailbox.post_book(book(*held))
        desk.window.drain()
        sides = [panel.rows.cell(place, column(panel, Term.SIDE)).text for place in range(panel.rows.rowCount())]
        lots = [int(text) for text in texts(panel, Term.LOTS)]
        counted = {side: sum(n for n, one in zip(lots, sides, strict=True) if one == side) for side in ("多", "空")}
        contracts = len(set(texts(panel, Term.INSTRUMENT)))
        told = {label.accessibleName() for label in panel.foot.findChildren(QLabel)}
        assert told >= {f"合计 {contracts} 个合约", f"多 {counted['多']} 手", f"空 {counted['空']} 手"}
        notes = {label.text() for label in panel.title.findChildren(QLabel)}
        assert f"{contracts} 个合约 · {sum(lots)} 手" in notes


def test_a_quote_touches_no_row_before_the_book_it_is_reckoned_in(desk: Desk, panel: PositionGrid) -> None:
    told: list[int] = []
    texts(panel, Term.LAST)
    panel.rows.dataChanged.connect(lambda first, last: told.append(first.row()))
    desk.quote(ORE, 800, before=790)
    desk.quote(REBAR, 3300, before=3322)
    assert told == []
    held = replace(line(REBAR, Side.BUY, 30, 100, last=3300, before=3322), yesterday=12)
    desk.mailbox.post_book(book(held, line(COPPER, Side.SELL, 5, 200)))
    desk.window.drain()
    assert set(told) == {0}
    assert texts(panel, Term.LAST) == ["3,300", "—"]
    assert panel.summary() == "持仓 螺纹钢2505 多 42 手、沪铜2502 空 5 手"
