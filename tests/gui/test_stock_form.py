"""A trader states what was counted of a stock, sees first what it replaces, and corrects it by stating it again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from terminal.domain.days.calendar import instant
from terminal.domain.ids import StockId
from terminal.domain.stock import StateStocks, StockReading
from terminal.domain.words.risk import Verdict
from terminal.engine.mailbox import Clock
from terminal.engine.screen import Preview
from terminal.widgets.stock_form import StockForm
from tests.engine_world import NEXT_NIGHT, TRADER, World
from tests.gui.desk import Desk
from tests.unit.engine.foreseen import ask

SERIES = StockId("铁矿石港口库存")


def wish(tonnes: int, day: int = 20200820, series: StockId = SERIES) -> StateStocks:
    return StateStocks(series=series, readings=(StockReading(day=day, tonnes=Decimal(tonnes)),), source="某机构周报")


def opened(desk: Desk) -> StockForm:
    desk.window.panels.stocks.show()
    form = desk.window.panels.stocks.form
    assert form is not None
    return form


def asked(desk: Desk, form: StockForm, sentence: str, verdict: Verdict = Verdict.ALLOW) -> None:
    form._timer.stop()
    form._timer.timeout.emit()
    desk.mailbox.post_preview(Preview(request=len(desk.hand.foreseen), verdict=verdict, sentence=sentence))
    desk.window.drain()


def fill(form: StockForm, day: str = "2020-08-20", tonnes: str = "11,320,000") -> None:
    form.series.setText(SERIES)
    form.day.setText(day)
    form.tonnes.setText(tonnes)
    form.source.setText("某机构周报")


def test_i_fill_in_a_reading_see_what_it_does_and_send_it(qtbot: QtBot, desk: Desk) -> None:
    desk.window.drain()
    form = opened(desk)
    fill(form)
    assert not form.send_button.isEnabled()  # nobody has said yet what it would do
    asked(desk, form, "库存 铁矿石港口库存 20200820 记为 11,320,000 吨")
    assert form.said.text() == "库存 铁矿石港口库存 20200820 记为 11,320,000 吨"
    qtbot.keyClick(form.send_button, Qt.Key.Key_Space)
    assert desk.hand.sent[-1] == wish(11_320_000)
    for told in desk.hand.answer(ok=False, sentence="没有登记库存权限"):
        desk.mailbox.post_result(told)
    desk.window.drain()
    assert (form.said.text(), form.tonnes.text()) == ("没有登记库存权限", "11,320,000")
    asked(desk, form, "好")
    form.send_button.click()
    for told in desk.hand.answer(ok=True, sentence="已登记"):
        desk.mailbox.post_result(told)
    desk.window.drain()
    assert not form.isVisible()
    # And the next reading begins with the same series and source.
    qtbot.waitUntil(lambda: desk.window.panels.stocks.form is None)
    again = opened(desk)
    assert (again.series.text(), again.source.text(), again.tonnes.text()) == (SERIES, "某机构周报", "")


def test_a_field_that_cannot_be_read_is_named_and_nothing_is_sent(desk: Desk) -> None:
    desk.window.drain()
    form = opened(desk)
    form.today = 20200821
    for day, tonnes, said in (
        ("2020-8-20", "1", "库存日期请填八位数字"),
        ("20200231", "1", "没有 20200231 这一天"),
        ("20200824", "1", "20200824 还没有到（现在是 20200821）"),
        ("20200820", "-1", "应为不小于 0"),
        ("20200820", "1.0005", "最多三位小数"),
        ("20200820", "许多", "库存（吨）请填数字"),
    ):
        fill(form, day, tonnes)
        form._send()
        assert said in form.said.text()
    fill(form)
    form.source.clear()
    form._send()
    assert "请填来源" in form.said.text()
    assert desk.hand.sent == []


def test_the_menu_and_its_key_open_the_form_once(desk: Desk) -> None:
    desk.window.drain()
    actions = [one for menu in desk.window.top.menus.findChildren(QMenu) for one in menu.actions()]
    (action,) = [one for one in actions if one.text() == "登记库存…"]
    assert action.shortcut().toString() == "Shift+F7"
    action.trigger()
    first = desk.window.panels.stocks.form
    action.trigger()
    assert first is not None
    assert desk.window.panels.stocks.form is first


def test_the_preview_says_what_is_replaced_and_which_series_is_new() -> None:
    world = World()
    assert ask(world, wish(100)).sentence.endswith("；这是新的序列，名称要与策略里写的相同")
    assert world.do(TRADER, wish(100)).ok
    assert ask(world, wish(90)).sentence.endswith("；20200820 原记 100 吨（来源：某机构周报），以新的为准")
    assert ask(world, wish(90, day=20200819)).sentence.endswith("记为 90 吨")
    assert world.do(TRADER, wish(90)).ok
    assert [one.tonnes for one in world.state.tenant.stocks[SERIES]] == [90]


def test_an_answer_to_what_the_fields_no_longer_say_lets_nothing_be_sent(desk: Desk) -> None:
    desk.window.drain()
    form = opened(desk)
    fill(form, tonnes="100")
    form._timer.stop()
    form._timer.timeout.emit()
    form.tonnes.setText("900")  # its answer has not been asked for yet
    desk.mailbox.post_preview(Preview(request=len(desk.hand.foreseen), verdict=Verdict.ALLOW, sentence="记为 100 吨"))
    desk.window.drain()
    assert not form.send_button.isEnabled()
    form._send()
    form._timer.timeout.emit()
    assert not form.send_button.isEnabled()
    form._send()
    assert desk.hand.sent == []
    asked(desk, form, "记为 900 吨")
    form.send_button.click()
    assert desk.hand.sent == [wish(900)]


def test_what_was_changed_after_sending_stays_open_and_is_said_to_be_unsent(desk: Desk) -> None:
    desk.window.drain()
    form = opened(desk)
    fill(form, tonnes="100")
    asked(desk, form, "好")
    form.send_button.click()
    form.tonnes.setText("900")
    for told in desk.hand.answer(ok=True, sentence="已登记。"):
        desk.mailbox.post_result(told)
    desk.window.drain()
    assert form.isVisible()
    assert form.said.text() == "已登记；之后改动的还没有提交。"
    asked(desk, form, "记为 900 吨")
    assert form.said.text() == "已登记；之后改动的还没有提交。\n记为 900 吨"


@pytest.mark.parametrize("typed", ["1,5", "11,320,00", "-0", "1e5", "NaN", "1_000", ",100", "1，000"])
def test_commas_only_part_thousands_and_what_is_no_plain_number_is_refused(desk: Desk, typed: str) -> None:
    desk.window.drain()
    form = opened(desk)
    fill(form, tonnes=typed)
    form._send()
    assert "逗号只用来分千位" in form.said.text()


def test_a_night_session_is_of_the_day_it_is_in_for_what_was_counted(desk: Desk) -> None:
    friday, monday = 20200821, 20200824
    desk.mailbox.post_clock(Clock(at=instant(friday, 21, 5), trading_day=monday, updates=0))
    desk.window.drain()
    form = opened(desk)
    assert form.day.text() == str(friday)
    fill(form, str(monday))
    form._send()
    assert f"{monday} 还没有到（现在是 {friday}）" in form.said.text()
    desk.mailbox.post_clock(Clock(at=instant(friday + 1, 0, 5), trading_day=monday, updates=0))
    desk.window.drain()
    fill(form, str(friday + 1))
    assert form.wish() == wish(11_320_000, friday + 1)


def test_what_another_desk_stated_after_my_preview_is_not_replaced_untold() -> None:
    world = World()
    assert world.do(TRADER, wish(100)).ok
    mine = ask(world, wish(95))
    assert mine.stands == wish(100).readings
    assert world.do(TRADER, wish(90)).ok
    refused = world.do(TRADER, replace(wish(95), was=mine.stands))
    assert (refused.ok, refused.code) == (False, "CONFLICT")
    assert "现在 20200820 为 90 吨" in refused.sentence
    assert [one.tonnes for one in world.state.tenant.stocks[SERIES]] == [90]
    assert world.do(TRADER, replace(wish(95), was=ask(world, wish(95)).stands)).ok


def test_in_a_night_session_nothing_is_counted_of_the_coming_day() -> None:
    world = World(at=NEXT_NIGHT)
    friday = world.engine.look.natural_day
    monday = world.engine.look.trading_day
    assert (friday, monday) == (20200821, 20200824)
    refused = world.do(TRADER, wish(100, monday))
    assert (refused.ok, refused.code) == (False, "BAD_STOCKS")
    assert ask(world, wish(100, monday)).verdict is Verdict.DENY
    assert world.do(TRADER, wish(100, friday)).ok
