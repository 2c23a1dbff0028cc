from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace

from terminal.domain.calendar import MINUTE_NS, SECOND_NS
from terminal.domain.ids import ProductId
from terminal.engine.mailbox import Clock
from terminal.widgets import basis_tracks
from terminal.widgets.basis_chart import BasisChart, Span
from terminal.widgets.basis_tracks import Track, band
from terminal.widgets.rows import Tone
from tests.gui.desk import DAY, NOW, ORE, ORE_SPOT, REBAR, REBAR_SPOT, Desk, basis

REBAR_PRODUCT = ProductId("SHFE.rb")


def filled(count: int, *, per_day: int = 1_000) -> Track:
    track = Track()
    for place in range(count):
        price = 3300 + place % 7
        track.take(basis(REBAR_SPOT, REBAR, (3400, price), at=NOW + place * SECOND_NS, day=DAY + place // per_day))
    return track


def chart_of(desk: Desk) -> BasisChart:
    return desk.window.findChildren(BasisChart)[0]


def post(desk: Desk, *values: tuple[int, int], start: int = 0) -> None:
    for place, value in enumerate(values):
        desk.mailbox.post_basis(basis(REBAR_SPOT, REBAR, value, at=NOW + (start + place) * SECOND_NS))
    desk.window.drain()


def test_the_ring_keeps_the_newest_samples_in_one_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basis_tracks, "CAPACITY", 8)
    for count in (1, 7, 8, 9, 20, 24):
        series = filled(count).series()
        kept = range(max(0, count - 8), count)
        assert series.x.tolist() == list(kept)
        assert series.value.tolist() == [100 - place % 7 for place in kept]
        assert series.at.tolist() == [NOW + place * SECOND_NS for place in kept]
        assert series.value.base is not None  # a view, not a copy


def test_the_band_is_the_mean_and_two_deviations_of_the_last_samples() -> None:
    values = np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0, 6.0]) + 78_000
    found = band(values, window=3)
    for place in range(len(values)):
        recent = values[max(0, place - 2) : place + 1]
        assert found.mean[place] == pytest.approx(recent.mean())
        assert found.high[place] - found.low[place] == pytest.approx(4 * recent.std(), abs=1e-6)


def test_the_standing_says_how_far_from_usual_the_basis_is() -> None:
    track = filled(19)
    assert track.standing() is None
    track = filled(240)
    track.take(basis(REBAR_SPOT, REBAR, (3600, 3300), at=NOW + 300 * SECOND_NS))
    standing = track.standing()
    assert standing is not None
    assert standing.permille == 995
    assert standing.sigmas is not None
    assert standing.sigmas > 10


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


def test_a_negative_basis_has_a_real_minus_and_is_green(desk: Desk) -> None:
    desk.open_market()
    post(desk, (3250, 3300))
    assert desk.window.basis.value.text() == "−50"
    assert desk.window.basis.value.property("tone") == "down"


def test_both_ages_grow_with_the_market_clock_and_a_stale_leg_turns_grey(desk: Desk) -> None:
    panel = desk.window.basis
    desk.open_market()
    post(desk, (3400, 3300))
    desk.mailbox.post_clock(Clock(at=NOW + 400_000_000, trading_day=DAY, updates=1))
    desk.window.drain()
    assert (panel.spot.badge.text(), panel.future.badge.text()) == ("0.4 秒前", "0.4 秒前")
    assert panel.future.badge.property("stale") == "false"
    desk.mailbox.post_clock(Clock(at=NOW + MINUTE_NS, trading_day=DAY, updates=1))
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
        at, day = NOW + place * SECOND_NS, DAY + place // 300
        desk.mailbox.post_basis(basis(REBAR_SPOT, REBAR, (3400, 3300 + place % 5), at=at, day=day))
    desk.window.drain()
    chart = chart_of(desk)
    desk.window.basis.spans.choose(Span.DAY)
    assert chart.shown[0] == pytest.approx(300)
    desk.window.basis.spans.choose(Span.ALL)
    assert chart.shown[0] == pytest.approx(0)


def test_the_overview_greys_a_stale_product(desk: Desk) -> None:
    desk.open_market()
    post(desk, (3400, 3300))
    desk.mailbox.post_clock(Clock(at=NOW + 2 * MINUTE_NS, trading_day=DAY, updates=1))
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
