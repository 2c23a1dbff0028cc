"""A desk that is cut off shows what it last knew, and everything on it says that it is old."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.mailbox import Clock
from terminal.engine.screen import LinkState
from terminal.widgets.dress.look import BODY, font
from terminal.widgets.orders.columns import ORDER_COLUMNS, state_text
from terminal.widgets.parts.cells import PADDING
from terminal.widgets.parts.rows import Rows, Tone
from terminal.widgets.strategy.form import Readout
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.control_desk import alert, card, link
from tests.gui.desk import DAY, NOW, REBAR, REBAR_SPOT, Desk, basis, book, line
from tests.gui.strategy_panel.bench import GRID
from tests.gui.strategy_panel.bench import card as strategy
from tests.gui.test_order_list import order

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


def tones(rows: Rows[Any], *titles: Term) -> set[Tone]:
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


def test_what_stood_at_the_cut_looks_old_until_everything_has_come(living: Desk) -> None:
    badge = living.window.basis.future.badge
    cut(living, 600)
    living.mailbox.post_link(link(LinkState.CATCHING_UP))
    living.frames(20)
    assert badge.text() == "过期 · 10 分前"
    assert living.window.basis.value.property("tone") == "dim"
    restore(living)
    assert not badge.text().startswith("过期")


def test_a_desk_whose_link_ended_before_it_began_says_of_nothing_that_it_is_empty(desk: Desk) -> None:
    desk.mailbox.post_trouble("本机副本的版本比本程序新")
    desk.frames(5)
    said = desk.window.summary()
    assert "本机副本的版本比本程序新" in said
    assert "不知道有没有告警" in said
    assert "尚无持仓" not in said


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


CUT = (LinkState.OFFLINE, LinkState.REFUSED, LinkState.ENDED)


def end(desk: Desk, state: LinkState) -> None:
    desk.mailbox.post_link(link(state))
    desk.frames(20)


@pytest.mark.parametrize("state", CUT)
def test_no_strategy_is_said_to_run_while_nothing_is_heard_of_it(living: Desk, state: LinkState) -> None:
    panel = living.window.strategies
    resting = strategy(strategy=StrategyId("网格-停"), status=StrategyStatus.PAUSED)
    over = strategy(strategy=StrategyId("网格-完"), status=StrategyStatus.FINISHED)
    for one in (strategy(), resting, over):
        living.mailbox.post_strategy(one)
    living.frames(1)
    views = [panel.cards.views[name] for name in (GRID, resting.strategy, over.strategy)]
    seen = [(view.pill.text(), view.pill.property("state"), view.profit.property("tone")) for view in views]
    assert [text for text, _, _ in seen] == ["● 运行", "■ 暂停", "◎ 完成"]
    spoken, note, summary = views[0].accessibleName(), panel.title._note.text(), panel.summary()
    assert note == "1 个运行中 · 1 个暂停 · 1 个已结束"
    end(living, state)
    assert [view.pill.text() for view in views] == ["○ 离线前运行", "○ 离线前暂停", "◎ 完成"]
    assert [view.pill.property("state") for view in views] == ["old", "old", "ended"]
    assert {view.profit.property("tone") for view in views} == {"dim"}
    assert [view.sentence.property("tone") for view in views] == ["dim", "dim", ""]
    assert panel.title._note.text() == f"离线前 {note}"
    assert "离线前 1 个运行中" in living.window.summary()
    assert "离线前运行：" in views[0].accessibleName()
    fresh = strategy(strategy=StrategyId("网格-新"))  # of the copy on disk, and as old
    living.mailbox.post_strategy(replace(fresh, profit_today=None))
    living.frames(1)
    assert panel.cards.views[fresh.strategy].pill.text() == "○ 离线前运行"
    panel.show_strategies({GRID: strategy(sentence="迟到")})
    assert views[0].pill.text() == "○ 离线前运行"
    panel.show_strategies({GRID: strategy()})
    restore(living)
    assert [(view.pill.text(), view.pill.property("state"), view.profit.property("tone")) for view in views] == seen
    assert views[0].accessibleName() == spoken
    assert panel.summary() == summary.replace("1 个运行中", "2 个运行中")


@pytest.mark.parametrize("kind", list(StrategyKind))
def test_the_prices_beside_a_strategys_fields_are_grey_and_said_to_be_old(living: Desk, kind: StrategyKind) -> None:
    view, bench = living.window.strategies.bench.view, living.window.strategies.bench
    view.tabs.setCurrentIndex(kind)
    bench.form(kind)
    (readout,) = bench.form(kind).findChildren(Readout)
    cut(living)
    assert readout.values[0].property("tone") == "dim"
    assert not readout.stale.isHidden()
    living.quote(REBAR, 3400)
    assert readout.values[0].property("tone") == "dim"
    restore(living)
    assert readout.values[0].property("tone") == ""
    assert readout.stale.isHidden()


def test_a_form_made_while_offline_shows_its_prices_as_old(desk: Desk) -> None:
    desk.open_market()
    cut(desk)
    view = desk.window.strategies.bench.view
    view.tabs.setCurrentIndex(StrategyKind.GRID)
    (readout,) = desk.window.strategies.bench.form(StrategyKind.GRID).findChildren(Readout)
    assert not readout.stale.isHidden()


def test_the_foot_of_the_strategies_says_in_few_words_that_the_desk_is_offline(living: Desk) -> None:
    cut(living)
    assert living.window.strategies.bench.view.status.text() == "■ 离线，连上运行器之前不能操作策略。"


@pytest.mark.parametrize("state", CUT)
def test_orders_that_may_have_gone_on_are_hollow_and_grey_and_ended_ones_stay(living: Desk, state: LinkState) -> None:
    orders = living.window.orders
    lines = [
        order(1, OrderState.FILLED),
        order(2, OrderState.UNKNOWN),
        order(3, OrderState.PARTIAL, filled=1),
        order(4, cancel_asked=True),
        order(5),
    ]
    orders.show_orders({one.order: one for one in lines})
    orders.view.choose(1)
    orders.orders.grid.selectRow(0)
    place = next(at for at, column in enumerate(ORDER_COLUMNS) if column.title == Term.STATE)

    def chips() -> list[tuple[str, Tone]]:
        return [orders.orders.rows.cell(row, place) for row in range(len(lines))]

    live, note, foot = chips(), orders.title._note.text(), orders.told.text()
    assert live[0] == ("● 排队中", Tone.ACCENT)
    end(living, state)
    assert chips() == [
        ("○ 离线前排队中", Tone.DIM),
        ("○ 离线前撤单中", Tone.DIM),
        ("○ 离线前部分成交", Tone.DIM),
        ("▲ 离线前状态不明", Tone.WARN),
        live[4],
    ]
    assert orders.working.rows.cell(0, place) == ("○ 离线前排队中", Tone.DIM)
    assert orders.title._note.text() == f"离线前 {note}"
    assert orders.told.text().startswith("○ 离线前排队中")
    note_place = next(at for at, column in enumerate(ORDER_COLUMNS) if column.title == Term.NOTE)
    assert "正在向交易所查询" not in orders.orders.rows.cell(3, note_place).text
    restore(living)
    assert (chips(), orders.title._note.text(), orders.told.text()) == (live, note, foot)


def test_the_longest_state_of_before_the_cut_fits_its_column(living: Desk) -> None:
    column = next(column for column in ORDER_COLUMNS if column.title == Term.STATE)
    metrics = QFontMetrics(font(BODY))
    for state in OrderState:
        text = state_text(order(1, state), old=True)
        assert metrics.horizontalAdvance(text) + 2 * PADDING <= column.width, text


def test_an_approval_neither_counts_down_nor_shows_a_price_of_now_while_offline(living: Desk) -> None:
    panel = living.window.approvals
    living.mailbox.post_approval(card(1, minutes=2))
    living.frames(1)
    shown = panel.card
    before = [shown.countdown.text(), panel.title._note.text(), shown.last.caption.text()]
    assert before == ["剩 2:00", "1 项待复核，1 项由您决定", "最新价"]
    assert shown.countdown.property("tone") == "warn"
    cut(living)
    assert shown.countdown.text() == "离线前剩 2:00"
    assert shown.last.caption.text() == "最新价 · 过期"
    parts = (shown.countdown, shown.last.value, shown.drift.value)
    assert {part.property("tone") for part in parts} == {"dim"}
    assert panel.title._note.text() == "离线前 1 项待复核，1 项由您决定"
    assert panel.waiting.cell(0, 0).tone is Tone.DIM
    assert shown.last.accessibleName().startswith("最新价 · 过期")
    end(living, LinkState.LIVE)
    assert [shown.countdown.text(), panel.title._note.text(), shown.last.caption.text()] == before
    assert shown.countdown.property("tone") == "warn"
    assert panel.waiting.cell(0, 0).tone is Tone.WARN


def test_an_alert_is_said_to_have_stood_until_the_cut(living: Desk) -> None:
    bar = living.window.risk_bar
    living.mailbox.post_alerts((alert("a", Level.ORANGE),))
    living.frames(1)
    age = bar.age.text()
    assert age.startswith("已 ")
    cut(living)
    assert bar.age.text() == f"离线前{age}"
    end(living, LinkState.LIVE)
    assert bar.age.text() == age


def test_a_price_that_follows_the_quotes_is_grey_in_the_ticket_and_one_that_was_typed_is_not(living: Desk) -> None:
    ticket = living.window.ticket
    ticket.fill(REBAR)
    cut(living)
    assert ticket.form.price.property("old") == "true"
    ticket.fill(REBAR, price=Decimal(3300))
    assert ticket.form.price.property("old") == "false"
    ticket.fill(REBAR)
    restore(living)
    assert ticket.form.price.property("old") == "false"


def test_where_the_basis_stands_is_as_old_as_the_basis(living: Desk) -> None:
    panel = living.window.basis
    for step in range(1, 40):
        moved = basis(REBAR_SPOT, REBAR, (3400, 3300 + step), at=NOW + step * 5_000_000_000)
        living.mailbox.post_basis(moved)
        living.frames(1)
    assert panel.rank.property("tone") == ""
    cut(living)
    assert {panel.deviation.property("tone"), panel.rank.property("tone")} == {"dim"}
    assert panel.mean.property("tone") == ""
    restore(living)
    assert panel.rank.property("tone") == ""


def test_a_desk_that_may_only_look_but_is_heard_is_not_said_to_be_refused_or_offline(living: Desk) -> None:
    window = living.window
    figure = window.top.equity
    looking = replace(link(LinkState.REFUSED, sentence="本工作台停在旧状态"), is_heard=True, short="本机存不下，只能看")
    living.mailbox.post_link(looking)
    living.frames(2)
    assert window.status.runner.text() == "本机运行器 本机存不下，只能看"
    assert "离线" not in window.status.state.text()
    assert "只能看" in window.status.state.text()
    assert window.orders.orders.empty.title.text() == "本工作台只能看"
    assert "没有连上" not in window.summary()
    assert [label.text() for label in window.findChildren(QLabel) if "没有连上" in label.text()] == []
    assert figure.value.property("tone") == "dim"


def test_while_older_facts_arrive_no_panel_says_that_the_runner_is_not_there_and_what_is_held_is_of_another_time(
    living: Desk,
) -> None:
    window = living.window
    living.mailbox.post_alerts((alert("a", Level.YELLOW),))
    living.frames(1)
    live = (window.positions.title._note.text(), window.risk_bar.summary())
    cut(living)
    end(living, LinkState.CATCHING_UP)
    assert window.positions.title._note.text() == "1 个合约 · 3 手 · 补齐中，不是现状"
    assert window.basis.empty.title.text() == "正在补齐记录"
    assert window.orders.orders.empty.title.text() == "正在补齐记录"
    assert "正在补齐记录" in window.strategies.cards.empty.text()
    assert "补齐中，不是现状：螺纹钢2505 告警 a" in window.risk_bar.summary()
    assert window.status.state.text() == "行情待补齐"
    assert "没有连上" not in window.summary()
    assert [label.text() for label in window.findChildren(QLabel) if "没有连上" in label.text()] == []
    end(living, LinkState.OFFLINE)
    assert window.orders.orders.empty.title.text() == "没有连上运行器"
    restore(living)
    assert (window.positions.title._note.text(), window.risk_bar.summary()) == live


def test_the_words_of_a_desk_that_catches_up_fit_a_small_screen(living: Desk) -> None:
    living.window.resize(1366, 768)
    end(living, LinkState.CATCHING_UP)
    QTest.qWait(200)
    note = living.window.positions.title._note
    assert note.fontMetrics().horizontalAdvance(note.text()) <= note.width()
