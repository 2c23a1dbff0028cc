"""套利机会: spreads away from their mean, each number explained, and a draft that nothing sends or starts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.app import Seat, scan_words
from terminal.commands.main import main
from terminal.domain.commands import StartStrategy
from terminal.domain.ids import InstrumentId, PersonId
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.view import Quote
from terminal.domain.words.scan_terms import ScanTerm
from terminal.domain.words.terms import Term
from terminal.engine.mailbox import Clock, Market
from terminal.engine.screen import LinkState
from terminal.widgets.parts import errand
from terminal.widgets.parts.rows import Tone
from terminal.widgets.scan.empty import LEFT_OUT, RANKED
from terminal.widgets.scan.panel import HINT, ScanPanel
from terminal.widgets.strategy.words import StrategyKind
from tests import tapes
from tests.gui.control_desk import account_line, link
from tests.gui.desk import ACCOUNT, Desk, book, check_model
from tests.gui.mouse import double_click
from tests.minute_tapes import keep
from tests.scan_tapes import DAY, FAR, FAR_BID, NEAR, legs, minute, swing, write

if TYPE_CHECKING:
    # The module looks for Qt when it is imported, before pytest-qt has chosen one.
    from pytestqt.modeltest import ModelTester

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
NOW = minute(60)
RB_NEAR, RB_FAR, HC_NEAR, HC_FAR = (InstrumentId(f"SHFE.{name}") for name in (NEAR, FAR, "hc2401", "hc2405"))
OTHERS = {"hc2401": legs(swing(101))[NEAR], "hc2405": legs(swing(101))[FAR]}
SLOW = "import time; time.sleep(60)"
Print = Callable[..., str]


@pytest.fixture
def printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Print:
    """Return what `hengduo scan --json` prints of the spreads whose middles these are."""

    def scan(gaps: list[int], *words: str, **others: list[tuple[int, tuple[int | None, int | None]]]) -> str:
        folder = tmp_path / "tape"
        folder.mkdir(exist_ok=True)
        write(folder, {**legs(gaps), **others})
        assert main(["scan", str(folder), "--json", *words]) == 0
        return capsys.readouterr().out

    return scan


def open_panel(desk: Desk) -> ScanPanel:
    names = (RB_NEAR, RB_FAR, HC_NEAR, HC_FAR)
    reference = tapes.reference()
    listed = tuple(reference.instrument(name, DAY) for name in names)
    desk.mailbox.post_link(link())
    desk.mailbox.post_market(Market(name="样例行情", instruments=listed, calendar=reference.calendar))
    for name in names:
        quote(desk, name, FAR_BID + {RB_NEAR: 110, HC_NEAR: 101}.get(name, 0))
    desk.window.panels.bring(desk.window.panels.scanner)
    desk.window.drain()
    return desk.window.panels.scanner


def quote(desk: Desk, name: InstrumentId, bid: int | None, *, ask: int | None = None, at: int = NOW) -> None:
    offered = ask if bid is None else bid + 1
    desk.mailbox.post_quote(name, Quote(bid, offered, None, 5, 6, 1, 1, None, None, None, at, at))


def show(qtbot: QtBot, desk: Desk, out: str) -> ScanPanel:
    panel = open_panel(desk)
    panel.search.read_by(lambda: [sys.executable, "-c", f"print({out!r})"])
    panel.scan_button.click()
    qtbot.waitUntil(lambda: not panel.search.runs, timeout=60_000)
    desk.mailbox.post_clock(Clock(at=NOW, trading_day=DAY, updates=1))
    desk.window.drain()
    return panel


def cells(panel: ScanPanel, term: ScanTerm | Term) -> list[str]:
    place = next(at for at, column in enumerate(panel.rows.columns) if column.title == term)
    return [panel.rows.cell(row, place).text for row in range(panel.rows.rowCount())]


def test_a_spread_that_ran_away_is_found_explained_and_filled_in_as_a_draft_that_nothing_sends(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    # Given a runner of this machine that has recorded an hour: the spread of 螺纹 went to and fro, and then rose
    runner = tmp_path / "runner" / "sample"
    runner.mkdir(parents=True)
    (tmp_path / "tape").mkdir()
    keep(tapes.read(*write(tmp_path / "tape", legs(swing(110)))), runner)
    seat = Seat(person=PersonId("zhao"), data=tmp_path)
    panel = open_panel(desk)
    panel.search.read_by(lambda: scan_words(seat))
    assert panel.empty.title.text() == "还没有扫描"
    # When a trader looks at 套利机会 while the market runs, it scans by itself, in a process of its own
    desk.mailbox.post_clock(Clock(at=NOW, trading_day=DAY, updates=1))
    desk.window.drain()
    assert panel.search.runs
    assert panel.empty.title.text() == "正在扫描…"
    qtbot.waitUntil(lambda: not panel.search.runs, timeout=60_000)
    # Then the spread is there with what it would earn, and each number says how it came about.
    assert cells(panel, Term.SPREAD) == ["rb2401 - rb2405"]
    assert (cells(panel, ScanTerm.SPREAD_NOW), cells(panel, Term.MEAN)) == (["+110"], ["+100.13"])
    assert (cells(panel, ScanTerm.COSTS), cells(panel, ScanTerm.NET)) == (["34.62"], ["+64.05"])
    assert cells(panel, ScanTerm.SAMPLES) == ["60/360"]
    assert panel.facts.text() == HINT
    panel.grid.selectRow(0)
    samples, edge, fees = panel.facts.text().splitlines()
    assert samples.startswith("60 个样本（10-10 09:01 至 10-10 10:00，每分钟一个，窗口 360）：均值 100.1333，标准差 2.")
    assert edge.startswith("此刻买价差 111，卖价差 109；卖出一套：离均值 9.8667 × 每点 10.00 = 毛利 98.67 ")
    assert edge.endswith("− 滑点 20.00 − 手续费 14.62 = 净利 64.05 元")
    assert "手续费 rb2401 1 手 开 3.71 平 3.71（开、平、平今 成交额 × 0.0001）" in fees
    # And when the market goes on, so does what it would earn: two yuan further away is twenty yuan of a set.
    quote(desk, RB_NEAR, FAR_BID + 112)
    desk.window.drain()
    assert cells(panel, ScanTerm.NET) == ["+84.05"]
    assert "净利 84.05 元" in panel.facts.text()
    # When the trader presses Enter on it
    QTest.keyClick(panel.grid, Qt.Key.Key_Return)
    # Then the form of a spread holds it, of one lot, between the two prices; nothing is sent, nothing asked.
    bench = desk.window.strategies.bench
    assert bench.kind is StrategyKind.SPREAD
    settings = bench.draft.settings
    assert isinstance(settings, SpreadSettings)
    assert [(leg.instrument, leg.coefficient, leg.lots) for leg in settings.legs] == [
        (RB_NEAR, Decimal(1), 1),
        (RB_FAR, Decimal(-1), -1),
    ]
    assert (settings.buy_at, settings.sell_at, settings.sets, settings.max_sets) == (Decimal(91), Decimal(109), 1, 1)
    assert (settings.naked_lots, settings.hedge_flag) == (1, HedgeFlag.SPECULATION)  # as the form suggests
    assert bench.draft.card is None
    assert (desk.hand.sent, desk.hand.foreseen) == ([], [])


def test_the_draft_is_previewed_and_started_only_by_who_presses_it(desk: Desk, qtbot: QtBot, printed: Print) -> None:
    panel = show(qtbot, desk, printed(swing(110)))
    desk.mailbox.post_account(account_line())
    desk.mailbox.post_book(book())
    desk.window.drain()
    bench = desk.window.strategies.bench
    row = panel.grid.visualRect(panel.rows.index(0, 0)).center()
    QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=row)
    double_click(panel.grid.viewport(), row)
    assert bench.form(StrategyKind.SPREAD).contracts() == (RB_NEAR, RB_FAR)
    bench.drop()
    panel.draft_button.click()
    bench.ask()
    (body,) = desk.hand.foreseen
    assert isinstance(body, StartStrategy)
    assert isinstance(body.settings, SpreadSettings)
    assert (body.account, body.settings.account, body.settings.sell_at) == (ACCOUNT, ACCOUNT, Decimal(109))
    assert desk.hand.sent == []


def test_only_what_pays_is_listed_at_first_and_the_others_say_why_no_draft_is_made_of_them(
    desk: Desk, qtbot: QtBot, printed: Print
) -> None:
    panel = show(qtbot, desk, printed(swing(110), **OTHERS))
    assert cells(panel, Term.SPREAD) == ["rb2401 - rb2405"]
    panel.view.choose(RANKED)
    assert cells(panel, Term.SPREAD) == ["rb2401 - rb2405", "hc2401 - hc2405"]
    panel.grid.selectRow(1)
    assert not panel.draft_button.isEnabled()
    assert panel.facts.text().splitlines()[-1].startswith("第 2 名 hc2401 - hc2405 扣除成本后净利 −")
    QTest.keyClick(panel.grid, Qt.Key.Key_Return)
    assert desk.window.strategies.bench.draft.own == frozenset()


def test_the_table_is_sorted_by_a_column_and_narrowed_to_a_product(
    desk: Desk, qtbot: QtBot, printed: Print, qtmodeltester: ModelTester
) -> None:
    panel = show(qtbot, desk, printed(swing(110), **OTHERS))
    panel.view.choose(RANKED)
    place = next(at for at, column in enumerate(panel.rows.columns) if column.title == ScanTerm.NET)
    panel.grid.sortByColumn(place, Qt.SortOrder.AscendingOrder)
    assert cells(panel, Term.SPREAD) == ["hc2401 - hc2405", "rb2401 - rb2405"]
    names = [panel.products.itemText(at) for at in range(panel.products.count())]
    assert names == [ScanTerm.EVERY_PRODUCT, "热卷", "螺纹钢"]
    panel.products.setCurrentIndex(2)
    panel.products.activated.emit(2)
    assert cells(panel, Term.SPREAD) == ["rb2401 - rb2405"]
    check_model(qtmodeltester, panel.rows)
    # What is chosen stays chosen when it is scanned again, and where it leaves nothing that is said.
    panel.view.choose(LEFT_OUT)
    assert panel.empty.title.text() == "没有不排名的"
    panel.scan_button.click()
    qtbot.waitUntil(lambda: not panel.search.runs, timeout=60_000)
    assert panel.products.currentText() == "螺纹钢"


def test_too_short_a_record_says_how_many_samples_there_are_and_what_to_do(
    desk: Desk, qtbot: QtBot, printed: Print
) -> None:
    panel = show(qtbot, desk, printed(swing(110, 12)))
    assert panel.empty.title.text() == "样本不足"
    assert "如 rb2401 - rb2405，样本不足：12 个，至少 60 个" in panel.empty.text.text()
    panel.view.choose(LEFT_OUT)
    assert cells(panel, ScanTerm.WHY_LEFT_OUT) == ["样本不足：12 个，至少 60 个"]
    panel.grid.selectRow(0)
    assert panel.facts.text() == "rb2401 - rb2405：样本不足：12 个，至少 60 个。"
    assert not panel.draft_button.isEnabled()


def test_a_walk_is_not_called_an_opportunity_and_the_page_of_the_others_says_so(
    desk: Desk, qtbot: QtBot, printed: Print
) -> None:
    panel = show(qtbot, desk, printed([100 + place for place in range(60)]))
    assert panel.empty.title.text() == "没有可排名的价差"
    assert panel.empty.text.text() == "看不出回归均值 1 对。"


def test_a_leg_that_is_not_quoted_on_both_sides_leaves_no_price_to_believe(
    desk: Desk, qtbot: QtBot, printed: Print
) -> None:
    panel = show(qtbot, desk, printed(swing(110)))
    quote(desk, RB_NEAR, None, ask=FAR_BID + 111)
    panel.grid.selectRow(0)
    desk.window.drain()
    for term in (ScanTerm.SPREAD_NOW, ScanTerm.Z_SCORE, ScanTerm.COSTS, ScanTerm.NET, Term.SIDE):
        assert cells(panel, term) == ["—"]
    assert "此刻有一腿不是两边都有报价" in panel.facts.text()
    assert panel.draft_button.isEnabled()  # the form looks at the market again


def test_what_does_not_follow_the_market_any_more_turns_grey(desk: Desk, qtbot: QtBot, printed: Print) -> None:
    panel = show(qtbot, desk, printed(swing(110)))
    panel.grid.selectRow(0)
    place = next(at for at, column in enumerate(panel.rows.columns) if column.title == ScanTerm.NET)

    def tone() -> Tone:
        desk.frames(31)
        return panel.rows.cell(0, place).tone

    assert tone() is Tone.UP
    desk.mailbox.post_clock(Clock(at=NOW + 60_000_000_000, trading_day=DAY, updates=1))  # and no quote for a minute
    assert tone() is Tone.DIM
    assert "按最后的报价买价差 111" in panel.facts.text()
    quote(desk, RB_NEAR, FAR_BID + 110, at=NOW + 1_000_000_000)
    quote(desk, RB_FAR, FAR_BID, at=NOW + 1_000_000_000)
    assert tone() is Tone.UP
    desk.mailbox.post_link(link(state=LinkState.OFFLINE))
    assert tone() is Tone.DIM


def test_where_the_runner_is_on_another_machine_nothing_is_pretended(desk: Desk) -> None:
    panel = open_panel(desk)
    assert (panel.scan_button.isEnabled(), panel.empty.title.text()) == (False, "这里扫描不了")
    assert "hengduo scan --data" in panel.empty.text.text()


def test_what_takes_long_says_so_and_is_given_up_and_what_fails_keeps_what_was_found(
    desk: Desk, qtbot: QtBot, printed: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errand, "PATIENCE_MS", 0)
    panel = open_panel(desk)
    panel.search.read_by(lambda: [sys.executable, "-c", SLOW])
    panel.scan_button.click()
    assert panel.scan_button.text() == ScanTerm.STOP_SCAN
    qtbot.waitUntil(lambda: panel.empty.next_step.text().startswith("正在扫描，已 "), timeout=30_000)
    panel.scan_button.click()
    assert (panel.search.runs, panel.empty.title.text()) == (False, "还没有扫描")
    failing = "import sys; print('hengduo: 分钟行情读不出来。', file=sys.stderr); sys.exit(2)"
    panel.search.read_by(lambda: [sys.executable, "-c", failing])
    panel.scan_button.click()
    qtbot.waitUntil(lambda: not panel.search.runs, timeout=30_000)
    assert (panel.empty.title.text(), panel.empty.text.text()) == ("没有扫描成", "分钟行情读不出来。")
    show(qtbot, desk, printed(swing(110)))
    for said in (failing, "print('?')"):
        panel.search.read_by(partial(list, (sys.executable, "-c", said)))
        panel.scan_button.click()
        qtbot.waitUntil(lambda: not panel.search.runs, timeout=30_000)
        assert panel.search.is_bad
        assert cells(panel, Term.SPREAD) == ["rb2401 - rb2405"]
    assert panel.search.sentence.startswith("扫描的结果读不懂")
