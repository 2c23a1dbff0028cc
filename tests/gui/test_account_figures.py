"""Every figure of the account can be explained on the screen, by terms that add up to it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from terminal.domain.commands import RequestExercise
from terminal.domain.days.calendar import instant
from terminal.domain.orders.exercise import Choice, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.engine.book.lines import Book
from terminal.engine.screen import LinkState
from terminal.widgets.account import sums as account_sums
from terminal.widgets.account.figure import AccountFigure
from tests.engine_market import LATER, WITH_OPTIONS
from tests.engine_world import DAY, FAR, ONE, RB, TRADER, I, World
from tests.gui.control_desk import link
from tests.gui.desk import REBAR, Desk, book, line
from tests.gui.test_offline import cut
from tests.picture_desk import Desk as Beside

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


@cache
def real_book() -> Book:
    """Return the book of an account that has bought, closed with a loss, and has an opening order resting."""
    world = World()
    world.buy(7, 3701)
    world.show({RB: (3690, 3691)})
    world.close_long(2, 3690)
    world.buy(3, "830.5", instrument=I)
    world.show({RB: (3688, 3689), I: ("831", "831.5"), FAR: (3600, 3602)})
    world.buy(1, 3600)
    return Beside(world).books[ONE]


def amounts(text: str) -> tuple[Decimal, Decimal]:
    """Return the sum of the terms of an explanation, and the total it states."""
    *terms, last = [one for one in text.splitlines() if re.search(r"\d$|\d 元$", one)]
    found = [re.search(r"^([+−]?)\D*?(?:\S+ [多空] \d+ 手|\d+ 项持仓)? ?([+−]?)([\d,]+\.\d\d)$", one) for one in terms]
    values = [
        Decimal(one[3].replace(",", "")) * (-1 if one[1] == "−" else 1) * (-1 if one[2] == "−" else 1)
        for one in found
        if one is not None
    ]
    assert len(values) == len(terms), terms
    total = last.removeprefix("= ").removesuffix(" 元").replace(",", "").replace("−", "-")
    return sum(values, Decimal(0)), Decimal(total)


def fen(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@pytest.mark.parametrize("by_trade", [False, True])
@pytest.mark.parametrize("name", ["equity", "available", "margin", "position_profit", "close_profit"])
def test_the_terms_add_up_to_the_figure_in_both_views_of_profit(name: str, *, by_trade: bool) -> None:
    shown = real_book()
    explain = getattr(account_sums, name)
    wanted = {
        "equity": shown.money.equity,
        "available": shown.money.available,
        "margin": shown.money.margin,
        "position_profit": shown.profit(by_trade=by_trade),
        "close_profit": shown.close_profit(by_trade=by_trade),
    }[name]
    assert wanted
    terms, total = amounts(explain(shown, by_trade))
    assert (terms, total) == (fen(wanted), fen(wanted))


def test_what_is_frozen_stands_among_the_terms_of_what_is_available() -> None:
    shown = real_book()
    assert shown.money.frozen_margin
    text = account_sums.available(shown, by_trade=False)
    assert text.splitlines()[0] == "可用 = 客户权益 − 保证金 − 冻结保证金 − 冻结手续费"
    assert f"− 冻结保证金 {shown.money.frozen_margin:,.2f}" in text


def test_of_many_positions_the_largest_are_named_and_the_others_are_one_line() -> None:
    lines = [line(REBAR, Side.BUY, number, 100 * number) for number in range(1, 13)]
    text = account_sums.position_profit(book(*lines), by_trade=False)
    assert "rb2505 多 12 手 +1,200.00" in text
    assert "其余 4 项持仓 +1,000.00" in text
    assert amounts(text) == (Decimal(7_800), Decimal(7_800))


def test_margin_of_the_larger_side_alone_says_how_much_less_it_is() -> None:
    both = book(line(REBAR, Side.BUY, 3, 0), line(REBAR, Side.SELL, 2, 0))
    money = replace(both.money, margin=Decimal(300_000))
    text = account_sums.margin(replace(both, money=money), by_trade=False)
    assert "按大边收取、取整到分 −300,000.00" in text
    assert amounts(text) == (Decimal(300_000), Decimal(300_000))


def test_the_risk_degree_is_shown_with_its_two_figures() -> None:
    text = account_sums.risk_degree(book(line(REBAR, Side.BUY, 3, -2_000)), by_trade=False)
    assert text == "风险度 = 保证金 ÷ 客户权益\n300,000.00 ÷ 9,998,000.00\n= 3.00%"
    ruined = book(line(REBAR, Side.BUY, 3, -10_000_000))
    assert "除不出来" in account_sums.risk_degree(ruined, by_trade=False)


def hover(figure: AccountFigure) -> str:
    at = QPoint(5, 5)
    QApplication.sendEvent(figure, QHelpEvent(QEvent.Type.ToolTip, at, figure.mapToGlobal(at)))
    return QToolTip.text()


def test_under_the_mouse_every_figure_is_explained_in_the_view_chosen(desk: Desk) -> None:
    top = desk.window.top
    assert hover(top.equity) == "还没有这个账户的数字"
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 1000, trade_profit=-500)))
    desk.window.drain()
    assert [hover(figure).split(" = ")[0] for figure in top.figures] == [
        "客户权益",
        "持仓盈亏",
        "平仓盈亏",
        "保证金",
        "可用",
        "风险度",
    ]
    desk.window.positions.view.choose(1)
    assert hover(top.profit).startswith("浮动盈亏 = ")
    assert "= −500.00 元" in hover(top.profit)
    assert "+ 浮动盈亏 −500.00" in hover(top.equity)


def test_tab_leads_through_the_figures_and_an_explanation_follows_what_it_explains(desk: Desk) -> None:
    top = desk.window.top
    desk.window.resize(1920, 900)  # with room for all of them
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 1000)))
    desk.window.drain()
    desk.window.activateWindow()
    QApplication.processEvents()  # a window that becomes active takes every tip away
    top.equity.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    assert QToolTip.isVisible()
    assert "= 10,001,000.00 元" in QToolTip.text()
    assert top.equity.accessibleDescription() == QToolTip.text()
    # When the figure changes while somebody reads
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 2000)))
    desk.window.drain()
    assert "= 10,002,000.00 元" in QToolTip.text()
    assert top.equity.accessibleDescription() == QToolTip.text()
    # And Tab goes on to the next, Space explains once more, and nothing was ordered.
    for figure in top.figures[1:]:
        has_it = QApplication.focusWidget()
        assert has_it is not None
        QTest.keyClick(has_it, Qt.Key.Key_Tab)
        QApplication.processEvents()
        assert QApplication.focusWidget() is figure
        assert QToolTip.text().startswith(figure.caption.text())
    QTest.keyClick(top.risk, Qt.Key.Key_Space)
    assert QToolTip.text().startswith("风险度")
    assert desk.hand.sent == []


def test_what_is_not_known_or_old_says_so_in_place_of_an_explanation_that_would_be_wrong(desk: Desk) -> None:
    top = desk.window.top
    unknown = replace(line(REBAR, Side.BUY, 3, 0), day_profit=None, trade_profit=None)
    desk.mailbox.post_book(book(unknown))
    desk.window.drain()
    assert "还没有价格" in hover(top.available)
    assert hover(top.margin).startswith("保证金 = ")
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 100)))
    cut(desk)
    assert hover(top.available).startswith("没有连上运行器，以下是断线前的数字\n可用 = ")
    desk.mailbox.post_link(link(LinkState.CATCHING_UP))
    desk.window.drain()
    assert hover(top.available).startswith("补齐中，不是现状\n可用 = ")


def test_what_is_frozen_for_a_request_to_exercise_is_explained() -> None:
    world = World(at=instant(DAY, 14, 50), universe=WITH_OPTIONS)
    world.show({LATER: ("22", "22.5"), I: ("830", "830.5")})
    world.buy(2, "22.5", instrument=LATER)
    wish = ExerciseWish(instrument=LATER, flag=HedgeFlag.SPECULATION, lots=2, choice=Choice.EXERCISE)
    assert world.do(TRADER, RequestExercise(account=ONE, wish=wish)).ok
    said = account_sums.available(Beside(world).books[ONE], False)
    assert "冻结保证金 12,960.00" in said
    assert "冻结手续费 4.00" in said
    assert said.splitlines()[-1].startswith("其中冻结含 行权申请 A1-X000001（i2101-C-810 行权 2 手（投机））")
    assert len(set(amounts("\n".join(said.splitlines()[:-1])))) == 1
