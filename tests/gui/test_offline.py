"""A desk that is cut off shows what it last knew, and everything on it says that it is old."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.domain.order import Side
from terminal.domain.terms import Term
from terminal.engine.mailbox import Clock
from terminal.engine.screen import LinkState
from terminal.widgets.rows import Rows, Tone
from tests.gui.control_desk import link
from tests.gui.desk import DAY, NOW, REBAR, REBAR_SPOT, Desk, basis, book, line

PRICED = (Term.LAST, Term.CHANGE_RATE, Term.POSITION_PROFIT, Term.BASIS)


@pytest.fixture
def living(desk: Desk) -> Desk:
    desk.open_market()
    desk.mailbox.post_link(link())
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 100, last=3300, before=3290)))
    desk.mailbox.post_clock(Clock(at=NOW, trading_day=DAY, updates=1))
    desk.quote(REBAR, 3300, before=3290)
    desk.mailbox.post_basis(basis(REBAR_SPOT, REBAR, (3400, 3300)))
    desk.frames(20)
    return desk


def cut(desk: Desk, seconds: int = 3) -> None:
    desk.mailbox.post_link(link(LinkState.OFFLINE, offline_s=seconds))
    desk.frames(20)


def restore(desk: Desk) -> None:
    desk.mailbox.post_link(link())
    desk.mailbox.post_clock(Clock(at=NOW + 1_000_000_000, trading_day=DAY, updates=2))
    desk.frames(20)


def tones(rows: Rows, *titles: Term) -> set[Tone]:  # type: ignore[type-arg]  # of any row
    return {rows.cell(0, place).tone for place, column in enumerate(rows.columns) if column.title in titles}


def test_the_badges_of_both_legs_turn_grey_as_soon_as_the_desk_is_offline(living: Desk) -> None:
    panel = living.window.basis
    assert {leg.badge.property("stale") for leg in (panel.spot, panel.future)} == {"false"}
    cut(living)
    assert [leg.badge.text() for leg in (panel.spot, panel.future)] == ["过期 · 3.0 秒前"] * 2
    assert {leg.badge.property("stale") for leg in (panel.spot, panel.future)} == {"true"}
    assert panel.value.property("tone") == "dim"


def test_a_desk_whose_link_has_ended_shows_nothing_as_live_and_nothing_can_be_pulled(living: Desk) -> None:
    window, kill = living.window, living.window.top.kill
    assert kill is not None
    assert "已同步" in window.status.runner.text()
    assert kill.button.isEnabled()
    living.mailbox.post_trouble("本机副本写不进去：/data/replica.db：磁盘已满。请腾出空间后重新启动")
    living.frames(20)
    assert "连接已停止" in window.status.runner.text()
    assert not window.status.runner_lamp.well
    assert "磁盘已满" in window.ribbon.text.text()
    QTest.mouseClick(kill.button, Qt.MouseButton.LeftButton)
    assert living.hand.sent == []
    assert "hengduo kill" in window.ribbon.text.text()
    assert "磁盘已满" in window.ticket.answer.sentence.text()
    assert window.basis.value.property("tone") == "dim"


def test_ages_do_not_jump_back_when_the_link_ends_or_the_runner_refuses_the_desk(living: Desk) -> None:
    badge = living.window.basis.future.badge
    cut(living, 45)
    assert badge.text() == "过期 · 45 秒前"
    living.mailbox.post_link(link(LinkState.REFUSED))
    living.frames(20)
    assert badge.text() == "过期 · 45 秒前"
    living.mailbox.post_trouble("与运行器的连接意外停止")
    living.frames(20)
    assert badge.text() == "过期 · 45 秒前"


def test_ages_grow_by_the_hosts_clock_when_nothing_tells_the_desk_how_long_it_is_cut_off(living: Desk) -> None:
    badge = living.window.basis.future.badge
    living.mailbox.post_trouble("与运行器的连接意外停止")
    living.frames(20)
    young = float(badge.text().split()[2])
    QTest.qWait(1100)
    living.frames(20)
    assert float(badge.text().split()[2]) > young + 1


def test_ages_grow_while_the_desk_is_offline_and_fall_when_it_is_back(living: Desk) -> None:
    badge = living.window.basis.future.badge
    said = []
    for seconds in (3, 4, 45):
        cut(living, seconds)
        said.append(badge.text())
    assert said == ["过期 · 3.0 秒前", "过期 · 4.0 秒前", "过期 · 45 秒前"]
    restore(living)
    assert (badge.text(), badge.property("stale")) == ("1.0 秒前", "false")


def test_what_came_in_the_frame_of_the_cut_does_not_look_fresh(living: Desk) -> None:
    living.mailbox.post_basis(basis(REBAR_SPOT, REBAR, (3400, 3310), at=NOW + 500_000_000))
    living.mailbox.post_clock(Clock(at=NOW + 1_000_000_000, trading_day=DAY, updates=2))
    cut(living)
    assert living.window.basis.future.badge.property("stale") == "true"
    assert living.window.basis.future.badge.text() == "过期 · 3.5 秒前"
    living.window.basis.select(living.window.basis.products.itemData(0))  # a look at it does not make it new
    assert living.window.basis.future.badge.property("stale") == "true"


def test_the_overview_of_the_basis_is_grey_while_the_desk_is_offline(living: Desk) -> None:
    rows = living.window.basis_table.rows
    assert tones(rows, Term.BASIS) == {Tone.UP}
    cut(living)
    assert tones(rows, Term.BASIS, Term.SPOT, Term.FUTURE) == {Tone.DIM}
    restore(living)
    assert tones(rows, Term.BASIS) == {Tone.UP}


def test_positions_lose_the_colour_of_what_follows_from_prices_and_keep_their_lots(living: Desk) -> None:
    positions = living.window.positions
    note = positions.title._note.text()
    assert Tone.DIM not in tones(positions.rows, *PRICED)
    cut(living)
    assert tones(positions.rows, *PRICED) == {Tone.DIM}
    assert tones(positions.rows, Term.LOTS) == {Tone.PLAIN}
    assert positions.title._note.text() == f"{note} · 行情过期"
    profit = next(label for label in positions.foot._values if label.text() == "+100")
    assert profit.property("tone") == "dim"
    restore(living)
    assert Tone.DIM not in tones(positions.rows, *PRICED)
    assert positions.title._note.text() == note


def test_the_figures_of_the_account_are_grey_as_long_as_the_runner_is_not_heard(living: Desk) -> None:
    top = living.window.top
    figures = (top.equity, top.profit, top.closed, top.margin, top.available, top.risk)
    assert top.profit.value.property("tone") == "up"
    cut(living)
    assert {figure.value.property("tone") for figure in figures} == {"dim"}
    living.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 200)))  # of the copy on disk, and as old
    living.frames(1)
    assert (top.profit.value.text(), top.profit.value.property("tone")) == ("+200", "dim")
    restore(living)
    assert "dim" not in {figure.value.property("tone") for figure in figures}


def test_the_market_clock_stands_still_while_nothing_is_heard(living: Desk, qtbot: QtBot) -> None:
    clock = living.window.status.clock
    before = clock.text()
    cut(living)
    qtbot.wait(1_100)
    cut(living, 5)
    assert clock.text() == before


def test_a_kill_switch_pulled_while_offline_is_answered_across_the_window_until_the_runner_is_back(
    living: Desk,
) -> None:
    window = living.window
    cut(living)
    assert window.top.kill is not None
    QTest.mouseClick(window.top.kill.button, Qt.MouseButton.LeftButton)
    assert "hengduo kill" in window.ribbon.text.text()
    assert living.hand.sent == []
    cut(living, 5)
    assert "hengduo kill" in window.ribbon.text.text()
    restore(living)
    assert not window.ribbon.isVisible()


def test_quotes_are_grey_and_said_to_be_old(living: Desk) -> None:
    quotes = living.window.quotes
    cut(living)
    assert tones(quotes.rows, Term.LAST, Term.BID, Term.ASK, Term.BID_LOTS) == {Tone.DIM}
    assert "过期" in quotes.title._note.text()
    restore(living)
    living.quote(REBAR, 3301, before=3290)
    assert tones(quotes.rows, Term.LAST) == {Tone.UP}
    assert "过期" not in quotes.title._note.text()


def test_the_prices_of_the_ticket_are_grey_and_said_to_be_old(living: Desk) -> None:
    ticket = living.window.ticket
    ticket.fill(REBAR)
    strip = ticket.form.strip
    assert strip.values[0].property("tone") == "up"
    cut(living)
    assert {label.property("tone") for label in strip.values} == {"dim"}
    assert strip.name.text() == "螺纹钢2505 · 过期"
    restore(living)
    assert strip.values[0].property("tone") == "up"
    assert strip.name.text() == "螺纹钢2505"


def test_a_desk_that_starts_offline_says_of_no_figure_that_it_is_nothing(desk: Desk) -> None:
    unknown = replace(line(REBAR, Side.BUY, 3, 0), day_profit=None, trade_profit=None)
    desk.mailbox.post_book(book(unknown))
    cut(desk)
    top, positions = desk.window.top, desk.window.positions
    for by_trade in (False, True):
        positions.view.choose(int(by_trade))
        for figure in (top.equity, top.profit, top.available, top.risk):
            assert figure.value.text() == "—", figure.caption.text()
        assert positions.foot._values[3].text() == "—"
    assert top.margin.value.text() == "300,000"
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 100)))
    desk.frames(1)
    assert (top.equity.value.text(), positions.foot._values[3].text()) == ("10,000,100", "0")
    positions.view.choose(0)
    assert (top.profit.value.text(), positions.foot._values[3].text()) == ("+100", "+100")


def test_a_contract_that_is_not_known_has_its_code_uncut(desk: Desk) -> None:
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 100)))
    cut(desk)
    rows, grid = desk.window.positions.rows, desk.window.positions.grid
    assert rows.cell(0, 0).text == "rb2505"
    assert grid.fontMetrics().horizontalAdvance("rb2505") + 20 <= grid.columnWidth(0)


def test_the_empty_basis_speaks_of_the_runner_while_it_is_not_there(desk: Desk) -> None:
    empty = desk.window.basis.empty
    for state in (LinkState.OFFLINE, LinkState.CONNECTING):
        desk.mailbox.post_link(link(state))
        desk.frames(1)
        assert empty.title.text() == "没有连上运行器"
        assert "回放" not in empty.next_step.text()
    restore(desk)
    assert empty.title.text() == "等待基差"
