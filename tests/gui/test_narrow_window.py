"""A window that is made narrow shows fewer figures, each of them whole: a figure that is cut is another figure."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from terminal.domain.orders.order import Side
from terminal.widgets.window.opening import LEAST
from tests.gui.desk import REBAR, Desk, book, line

BARS = pytest.mark.parametrize("width", [400, 960, 1100, 1366, 1920])


@BARS
def test_figures_and_kill_switch_are_whole_at_every_width(desk: Desk, width: int) -> None:
    desk.open_market()
    held = book(line(REBAR, Side.BUY, 30, -1_234_567))
    desk.mailbox.post_book(replace(held, money=replace(held.money, equity=Decimal("123456789.12"))))
    desk.window.resize(width, 700)
    desk.window.drain()
    QApplication.processEvents()
    top = desk.window.top
    assert desk.window.width() >= LEAST.width()
    assert top.equity.isVisible()
    assert top.kill is not None
    for part in (*(figure for figure in top.figures if figure.isVisible()), top.kill, top.accounts, top.menus):
        assert part.width() >= part.minimumSizeHint().width()
        assert top.rect().contains(part.geometry())
    assert not top.menus.geometry().intersects(top.accounts.geometry())
    if width == 1920:
        assert all(figure.isVisible() for figure in top.figures)
