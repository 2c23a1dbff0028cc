from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.days.sessions import SessionId
from terminal.domain.ids import ProductId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Level
from terminal.engine.mailbox import Clock
from terminal.engine.prices.basis import BASIS_STEP_NS
from terminal.engine.prices.history import BasisHistory
from terminal.engine.screen import AlertLine, EventLine
from terminal.store.reference import load_calendar
from terminal.widgets.basis.alarms import Alarm
from terminal.widgets.basis.chart import BasisChart, Span
from terminal.widgets.basis.curve import FINE, Curve
from terminal.widgets.basis.graph_library import pg
from terminal.widgets.basis.pyramid import Outline
from terminal.widgets.basis.table import COLUMNS
from terminal.widgets.basis.trading_steps import Hours, TradingSteps
from terminal.widgets.basis.window import DAYS
from terminal.widgets.parts.rows import Tone
from tests.gui.desk import ACCOUNT, DAY, ORE, ORE_SPOT, REBAR, REBAR_SPOT, Desk, basis, book, line

REBAR_PRODUCT = ProductId("SHFE.rb")
STEPS = TradingSteps(Hours(load_calendar(), SessionId("SHFE.2300")), instant(20_241_202, 9))
BEGIN = instant(DAY, 13, 30)
HOUR = 3_600 * 1_000_000_000 // BASIS_STEP_NS  # steps


def at_step(place: int) -> int:
    """Return the instant so many steps of trading time after the begin of the afternoon."""
    return int(STEPS.instants(STEPS.numbers(np.array([BEGIN])) + place)[0])


def chart_of(desk: Desk) -> BasisChart:
    return desk.window.findChildren(BasisChart)[0]


def post(desk: Desk, *values: tuple[int, int], start: int = 0) -> None:
    for place, value in enumerate(values):
        desk.mailbox.post_basis(basis(REBAR_SPOT, REBAR, value, at=at_step(start + place)))
    desk.window.drain()


def test_the_selector_offers_every_product_that_has_a_basis(desk: Desk) -> None:
    panel = desk.window.basis
    assert not panel.products.isEnabled()
    assert panel.empty.isVisible()
    desk.open_market()
    post(desk, (3400, 3300))
    desk.mailbox.post_basis(basis(ORE_SPOT, ORE, (800, 790)))
    desk.window.drain()
    assert [panel.products.itemText(place) for place in range(panel.products.count())] == ["螺纹钢", "铁矿石"]
    assert not panel.empty.isVisible()
    assert panel.value.text() == "+100"
    panel.products.setCurrentIndex(1)
    panel.products.activated.emit(1)
    assert panel.value.text() == "+10.0"
    assert panel.spot.caption.text() == "铁矿石现货（日照港）"


def test_the_basis_of_what_the_account_holds_most_of_is_shown_first_whichever_sample_comes_first(desk: Desk) -> None:
    panel = desk.window.basis
    desk.open_market()
    post(desk, (3400, 3300))
    assert panel.products.currentText() == "螺纹钢"
    held = (line(REBAR, Side.BUY, 5, 0), line(ORE, Side.BUY, 60, 0), line(ORE, Side.SELL, 60, 0))
    desk.mailbox.post_book(book(*held))
    desk.mailbox.post_basis(basis(ORE_SPOT, ORE, (800, 790)))
    desk.window.drain()
    assert (panel.products.currentText(), panel.value.text(), panel.chosen) == ("铁矿石", "+10.0", "")
    post(desk, (3400, 3310), start=2)
    assert panel.products.currentText() == "铁矿石"


def test_where_nothing_is_held_the_first_of_the_list_is_shown(desk: Desk) -> None:
    panel = desk.window.basis
    desk.open_market()
    desk.mailbox.post_basis(basis(ORE_SPOT, ORE, (800, 790)))
    desk.window.drain()
    post(desk, (3400, 3300))
    assert panel.products.currentText() == "螺纹钢"


def test_what_is_held_takes_nothing_from_a_person_who_chose_or_has_been_reading_for_a_while(desk: Desk) -> None:
    panel = desk.window.basis
    desk.open_market()
    desk.mailbox.post_basis(basis(ORE_SPOT, ORE, (800, 790)))
    post(desk, (3400, 3300))
    panel.select(ProductId("DCE.i"))
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 5, 0)))
    desk.window.drain()
    assert panel.products.currentText() == "铁矿石"


def test_after_the_first_seconds_no_basis_gives_way_by_itself(desk: Desk, qtbot: QtBot) -> None:
    panel = desk.window.basis
    desk.open_market()
    panel._turning.setInterval(1)  # nobody waits ten seconds for a test
    post(desk, (3400, 3300))
    qtbot.wait(20)
    desk.mailbox.post_book(book(line(ORE, Side.BUY, 5, 0)))
    desk.mailbox.post_basis(basis(ORE_SPOT, ORE, (800, 790)))
    desk.window.drain()
    assert panel.products.currentText() == "螺纹钢"


def test_mean_deviation_and_band_say_from_when_on_they_are(desk: Desk) -> None:
    panel = desk.window.basis
    desk.open_market()
    post(desk, (3400, 3300))
    assert panel.mean.toolTip() == ""
    post(desk, *((3400, 3300 + step % 3) for step in range(40)), start=1)
    said = "均值、偏离与 ±2σ 都是最近 1 个交易日的，自 01-06 13:30 起，按交易时间每 5 秒一格"
    assert {one.toolTip() for one in (panel.mean, panel.deviation, panel.legend)} == {said}
    assert panel.legend.text() == "虚线 1日均值 · 色带 ±2σ"
    tips = {str(column.title): column.tip for column in COLUMNS}
    assert f"最近 {DAYS} 个交易日" in tips["均值"]
    assert f"最近 {DAYS} 个交易日" in tips["偏离"]


def test_a_negative_basis_has_a_real_minus_and_is_green(desk: Desk) -> None:
    desk.open_market()
    post(desk, (3250, 3300))
    assert desk.window.basis.value.text() == "−50"
    assert desk.window.basis.value.property("tone") == "down"


def test_both_ages_grow_with_the_market_clock_and_a_stale_leg_turns_grey(desk: Desk) -> None:
    panel = desk.window.basis
    desk.open_market()
    post(desk, (3400, 3300))
    desk.mailbox.post_clock(Clock(at=BEGIN + 400_000_000, trading_day=DAY, updates=1))
    desk.window.drain()
    assert (panel.spot.badge.text(), panel.future.badge.text()) == ("0.4 秒前", "0.4 秒前")
    assert panel.future.badge.property("stale") == "false"
    desk.mailbox.post_clock(Clock(at=BEGIN + MINUTE_NS, trading_day=DAY, updates=1))
    desk.window.drain()
    assert panel.future.badge.text() == "过期 · 1 分前"
    assert panel.future.badge.property("stale") == "true"
    assert panel.spot.badge.property("stale") == "false"
    assert panel.value.property("tone") == "dim"
    post(desk, (3400, 3310), start=61)
    assert panel.future.badge.property("stale") == "false"
    assert panel.value.property("tone") == "up"


def test_a_frame_draws_once_however_many_samples_it_brought(desk: Desk) -> None:
    desk.open_market()
    post(desk, (3400, 3300))
    chart = chart_of(desk)
    before = chart.redraws
    post(desk, *((3400, 3300 + step) for step in range(50)), start=1)
    assert chart.redraws == before + 1
    desk.frames(10)
    assert chart.redraws == before + 1


def test_another_product_does_not_redraw_the_one_on_screen(desk: Desk) -> None:
    desk.open_market()
    post(desk, (3400, 3300))
    before = chart_of(desk).redraws
    desk.mailbox.post_basis(basis(ORE_SPOT, ORE, (800, 790)))
    desk.window.drain()
    assert chart_of(desk).redraws == before


def test_the_chart_leaves_room_on_the_right_and_tags_the_last_value(desk: Desk) -> None:
    desk.open_market()
    post(desk, *((3400, 3300 + step % 9) for step in range(400)))
    chart = chart_of(desk)
    left, right, bottom, top = chart.shown
    assert left <= 0
    assert 0.05 < (right - 399) / (right - left) < 0.12
    assert bottom < 91
    assert top > 100
    assert chart.tag == "+97"


def test_the_span_narrows_the_chart_to_the_trading_day(desk: Desk) -> None:
    desk.open_market()
    for place in range(600):
        at = instant(DAY, 9 if place < 300 else 33) + place % 300 * BASIS_STEP_NS
        desk.mailbox.post_basis(basis(REBAR_SPOT, REBAR, (3400, 3300 + place % 5), at=at))
    desk.window.drain()
    chart = chart_of(desk)
    desk.window.basis.spans.choose(Span.DAY)
    assert chart.shown[0] == pytest.approx(3.75 * HOUR), "the next begins with its night"
    desk.window.basis.spans.choose(Span.ALL)
    assert chart.shown[0] == pytest.approx(0)


def test_the_overview_greys_a_stale_product(desk: Desk) -> None:
    desk.open_market()
    post(desk, (3400, 3300))
    desk.mailbox.post_clock(Clock(at=BEGIN + 2 * MINUTE_NS, trading_day=DAY, updates=1))
    desk.frames(20)
    rows = desk.window.basis_table.rows
    assert rows.cell(0, 3).text == "+100"
    assert rows.cell(0, 3).tone is Tone.DIM


def test_a_basis_of_half_yuan_is_not_rounded_away(desk: Desk) -> None:
    desk.open_market()
    sample = basis(ORE_SPOT, ORE, (800, 790))
    desk.mailbox.post_basis(replace(sample, future_price=Decimal("790.5")))
    desk.frames(20)
    assert desk.window.basis.value.text() == "+9.5"
    assert desk.window.basis.future.price.text() == "790.5"
    rows = desk.window.basis_table.rows
    assert [rows.cell(0, column).text for column in (1, 2, 3)] == ["800.0", "790.5", "+9.5"]
    assert chart_of(desk).tag == "+9.5"


def told(*values: int, start: int) -> BasisHistory:
    return BasisHistory(
        product=REBAR_PRODUCT,
        before=at_step(start + len(values)),
        at=tuple(at_step(start + place) for place in range(len(values))),
        spot=(3400.0,) * len(values),
        future=tuple(3400.0 - value for value in values),
    )


def event(step: int, level: Level, sentence: str, *, number: int = 1, is_alarm: bool = True) -> EventLine:
    return EventLine(
        number=number,
        at=at_step(step),
        account=None,
        source="风控",
        instrument=REBAR,
        sentence=sentence,
        level=level,
        is_alarm=is_alarm,
    )


def point_at(chart: BasisChart, number: int, value: float) -> None:
    chart._show_hover(chart._view.mapViewToScene(QPointF(number, value)))


def test_history_stands_before_the_live_samples_and_moves_the_view_with_them(desk: Desk) -> None:
    desk.open_market()
    post(desk, *((3400, 3300 + step % 9) for step in range(200)))
    desk.window.basis.take_history(told(*range(50, 150), start=-500))
    chart = chart_of(desk)
    assert chart._track is not None
    assert (chart._track.count, chart._track.samples) == (700, 300)
    assert chart.shown[0] == pytest.approx(0)
    drawn = chart.redraws
    desk.window.basis.take_history(told(*range(50, 150), start=-500))
    assert chart.redraws == drawn


def test_nothing_is_said_of_a_place_that_the_mouse_or_the_product_has_left(desk: Desk) -> None:
    desk.open_market()
    post(desk, *((3400, 3300 + step % 9) for step in range(200)))
    chart = chart_of(desk)
    point_at(chart, 50, 100)
    assert "现货" in chart.readout
    assert chart._hover.height() < 2 * chart._hover.fontMetrics().height()  # one line, where there is room for one
    QApplication.sendEvent(chart.paints, QEvent(QEvent.Type.Leave))
    assert chart.readout == ""
    point_at(chart, 50, 100)
    chart.show_track(None)
    assert chart.readout == ""


@pytest.mark.parametrize("place", [20, 60, 100, 140, 180])
@pytest.mark.parametrize("rises", [True, False])
def test_what_is_said_of_a_moment_does_not_cover_the_line_there(desk: Desk, place: int, *, rises: bool) -> None:
    desk.open_market()
    post(desk, *((3400, 3300 + (200 - step if rises else step)) for step in range(200)))
    chart = chart_of(desk)
    track = chart._track
    assert track is not None
    value = track.moment(place).value
    point_at(chart, place, value)
    there = chart._view.mapViewToScene(QPointF(place, value)).toPoint()
    box = chart._hover.geometry()
    assert chart.rect().contains(box)
    assert not box.adjusted(-2, -2, 2, 2).contains(there)


def test_many_long_alarms_under_the_mouse_stay_inside_the_chart(desk: Desk) -> None:
    desk.open_market()
    post(desk, *((3400, 3300) for _ in range(200)))
    chart = chart_of(desk)
    long = "一条很长的提醒，" * 30
    chart.show_alarms([Alarm(at_step(50), REBAR, Level.RED, f"{number} {long}") for number in range(9)])
    (number, value, _) = chart.marks[0]
    point_at(chart, number, value)
    assert "另有 6 条提醒" in chart.readout
    assert chart._hover.geometry().right() < chart.width()


def test_history_alone_is_drawn_while_the_legs_have_no_price_yet(desk: Desk) -> None:
    desk.open_market()
    panel = desk.window.basis
    panel.take_history(told(*range(100), start=-500))
    assert panel.products.currentText() == "螺纹钢"
    assert chart_of(desk).isVisible()
    assert (panel.value.text(), panel.spot.price.text()) == ("—", "—")
    assert not panel.spot.badge.isVisible()
    post(desk, (3400, 3301))
    assert panel.value.text() == "+99"
    assert panel.spot.badge.isVisible()


def test_an_alarm_is_marked_once_at_the_value_of_its_moment_in_its_shape(desk: Desk) -> None:
    desk.open_market()
    post(desk, *((3400, 3300 + step) for step in range(60)))
    panel, chart = desk.window.basis, chart_of(desk)
    alarms = [
        event(10, Level.YELLOW, "偏离 2σ"),
        event(20, Level.ORANGE, "套保比 95%", number=2),
        event(30, Level.RED, "套保比 102%", number=3),
        event(40, Level.NORMAL, "已成交", number=4),
        event(50, Level.ORANGE, "提交复核 C1（买开 rb2505 490 手）", number=5, is_alarm=False),
    ]
    panel.show_alarms(alarms)
    panel.show_alarms(alarms)
    assert chart.marks == [(10, 90.0, "偏离 2σ"), (20, 80.0, "套保比 95%"), (30, 70.0, "套保比 102%")]
    assert chart._marks.item.data["symbol"].tolist() == ["o", "t1", "s"]
    point_at(chart, 30, 70.0)
    assert "红色告警：套保比 102%" in chart.readout
    point_at(chart, 50, 50.0)
    assert "告警" not in chart.readout


def test_marks_keep_their_moment_when_history_comes_and_belong_to_their_product(desk: Desk) -> None:
    desk.open_market()
    post(desk, *((3400, 3300 + step) for step in range(60)))
    panel, chart = desk.window.basis, chart_of(desk)
    standing = AlertLine(
        key="k",
        account=ACCOUNT,
        level=Level.RED,
        since=at_step(5),
        sentence="超限",
        advice="",
        instrument=REBAR,
        is_alarm=True,
    )
    stopped = replace(standing, key="kill", since=at_step(9), sentence="已一键停止合约 rb2505", is_alarm=False)
    panel.show_alarms([standing, stopped])
    panel.take_history(told(*range(40), start=-100))
    assert chart.marks == [(105, 95.0, "超限")]
    desk.mailbox.post_basis(basis(ORE_SPOT, ORE, (800, 790)))
    desk.window.drain()
    panel.select(ProductId("DCE.i"))
    assert chart.marks == []
    panel.select(REBAR_PRODUCT)
    assert chart.marks == [(105, 95.0, "超限")]


def test_an_alarm_of_this_moment_moves_to_the_sample_that_follows_it(desk: Desk) -> None:
    desk.open_market()
    post(desk, (3400, 3300), (3400, 3301))
    desk.window.basis.show_alarms([event(3, Level.YELLOW, "偏离")])
    chart = chart_of(desk)
    assert chart.marks == [(1, 99.0, "偏离")]
    post(desk, (3400, 3302), (3400, 3303), (3400, 3304), start=2)
    assert chart.marks == [(3, 97.0, "偏离")]


def test_under_the_mouse_stand_time_legs_basis_and_rank(desk: Desk) -> None:
    desk.open_market()
    post(desk, *((3400, 3300 + step) for step in range(100)))
    chart = chart_of(desk)
    assert chart.readout == ""
    point_at(chart, 25, 60.0)
    assert chart.readout == "01-06 13:32:05   现货 3,400   期货 3,325   基差 +75   分位 74%"


def test_a_view_moved_by_hand_shows_what_is_there_and_stays_until_it_is_let_go(desk: Desk) -> None:
    desk.open_market()
    post(desk, *((3400, 3300 + step % 9) for step in range(400)))
    chart = chart_of(desk)
    chart._view.setXRange(100, 150, padding=0)
    chart._view.sigRangeChangedManually.emit([True, False])
    x, _ = chart._curve.points
    assert (x[0], x[-1]) == (100, 151)
    post(desk, (3400, 3305), start=400)
    assert chart.shown[:2] == (100, 150)
    chart.follow()
    assert chart.shown[1] > 400


def test_the_curve_ends_at_the_latest_value_however_many_samples_share_a_pixel(desk: Desk) -> None:
    desk.open_market()
    post(desk, (3400, 3300))
    desk.window.basis.take_history(told(*(place % 50 for place in range(50_000)), start=-60_000))
    chart = chart_of(desk)
    chart.follow(Span.ALL)
    x, y = chart._curve.points
    assert len(x) < 2 * chart._view.width() + 10
    assert (x[-1], y[-1]) == (60_000, 100.0)
    assert (y[:-3].min(), y[:-3].max()) == (0.0, 49.0)


def test_a_new_value_of_the_newest_step_leaves_the_settled_part_of_the_curve_painted(desk: Desk) -> None:
    desk.open_market()
    post(desk, *((3400, 3300 + step % 9) for step in range(400)))
    chart = chart_of(desk)
    settled, _ = chart._curve.items[0].getData()
    post(desk, (3400, 3302), start=399)
    assert chart._curve.items[0].getData()[0] is settled
    assert chart._curve.points[1][-1] == 98.0


@pytest.mark.parametrize(("points", "by_pyqtgraph"), [(FINE, False), (FINE + 100, True)])
def test_a_smooth_line_is_never_drawn_under_the_scale_of_the_plot(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, points: int, *, by_pyqtgraph: bool
) -> None:
    """Under a scale Qt takes seconds for a thick smooth line that bounces between two values."""
    drawn = []
    monkeypatch.setattr(pg.PlotCurveItem, "paint", lambda item, *_: drawn.append(item.opts["antialias"]))
    plot, curve = pg.PlotWidget(), Curve()
    qtbot.addWidget(plot)
    for item in curve.items:
        plot.addItem(item)
    curve.paint("#4c9be8")
    x = np.arange(points, dtype=np.float64)
    plot.setRange(xRange=(0, points), yRange=(0, 1))
    blank = plot.grab().toImage()
    drawn.clear()
    bounces = x % 2
    curve.show(Outline(x, bounces, bounces), points - 1, 1.0)
    shown = plot.grab().toImage()
    assert set(drawn) == ({False} if by_pyqtgraph else set())
    assert (shown == blank) is by_pyqtgraph  # what is not left to pyqtgraph, which draws nothing here, is drawn
