"""Measure the position grid under load: how busy the UI thread is, and how long it was ever kept from answering.

A second thread plays the link: it posts books to the mailbox, and the grid drains it 30 times a second as the window
does. Whole seconds of the UI thread's own processor time are counted, so what the second thread costs is
not; the stalls are of the wall clock, so whatever it takes from the interpreter is in them.
"""

from __future__ import annotations

import gc
import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.commands.benches.figure import RUNS, Figure
from terminal.commands.benches.offscreen import dressed_application, measured_offscreen
from terminal.domain.days.calendar import instant
from terminal.domain.ids import AccountId, CommandId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import AccountView, Quote, TradeByTrade
from terminal.engine.book.lines import Book, PositionLine
from terminal.engine.mailbox import LatestMailbox
from terminal.store.reference import load_reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QApplication

    from terminal.domain.commands import CommandBody
    from terminal.widgets.position.grid import PositionGrid

ROWS = 2_000
CELLS_PER_S = 20_000
BOOKS_PER_S = CELLS_PER_S / ROWS / 3  # a book changes three cells of every row: last price, change and profit
SECONDS = 3.0
BEAT_MS, FRAME_MS = 5, 33
WINDOW = (1300, 850)
DAY = 20250106
AT = instant(DAY, 10)
ACCOUNT = AccountId("主账户")


class _NoHand:
    """Be a hand that sends nothing and answers nothing: nobody presses anything here."""

    def send(self, body: CommandBody) -> CommandId:
        return CommandId(f"unsent {body.__struct_config__.tag}")

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        del body, split_close
        return 0


def measure() -> list[Figure]:
    """Return the share of the UI thread in per cent, and the worst stall in ms."""
    return figures_of(measured_offscreen(_measure))


def figures_of(runs: Sequence[tuple[float, float]]) -> list[Figure]:
    """Return both figures of these runs; no run may have a longer stall than is promised."""
    shares, stalls = zip(*runs, strict=True)
    what = f"持仓表 {ROWS} 行，每秒 {CELLS_PER_S} 个单元格变化，30 帧/秒"
    return [
        Figure(name="grid_cpu", what=f"{what}：界面线程占用", unit="%", runs=shares, bar=20),
        Figure(name="grid_stall", what=f"{what}：最长停顿", unit="ms", runs=stalls, bar=50, judged_by="worst"),
    ]


def _measure() -> list[tuple[float, float]]:
    from terminal.widgets.position.grid import PositionGrid

    application, look = dressed_application()
    instruments = _instruments()
    panel = PositionGrid(look, _NoHand())
    panel.resize(*WINDOW)
    panel.show()
    panel.show_instruments(instruments)
    lines = tuple(_line(instrument, number) for number, instrument in enumerate(instruments))
    panel.show_book(_book(lines))
    application.processEvents()
    gc.collect()
    gc.freeze()
    return [_run(application, panel, lines) for _ in range(RUNS)]


def _run(application: QApplication, panel: PositionGrid, lines: tuple[PositionLine, ...]) -> tuple[float, float]:
    from PySide6.QtCore import Qt, QTimer

    mailbox, ended = LatestMailbox(), threading.Event()
    gaps, beaten = [0.0], [time.perf_counter()]

    def frame() -> None:
        drained = mailbox.drain()
        for book in drained.books.values():
            panel.show_book(book)
        panel.grid.flush()

    def beat() -> None:
        now = time.perf_counter()
        gaps.append(now - beaten[0])
        beaten[0] = now

    timers = []
    for act, every in ((beat, BEAT_MS), (frame, FRAME_MS)):
        timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=every)
        timer.timeout.connect(act)
        timer.start()
        timers.append(timer)
    link = threading.Thread(target=_feed, args=(mailbox, lines, ended), daemon=True)
    QTimer.singleShot(int(SECONDS * 1000), application.quit)
    began, busy = time.perf_counter(), time.thread_time()
    link.start()
    application.exec()
    busy, took = time.thread_time() - busy, time.perf_counter() - began
    ended.set()
    link.join()
    for timer in timers:
        timer.stop()
    return busy / took * 100, max(gaps) * 1000


def _feed(mailbox: LatestMailbox, lines: tuple[PositionLine, ...], ended: threading.Event) -> None:
    # In steps of a fiftieth of a second; a step that comes late sends what is due by then.
    began, booked = time.perf_counter(), 0
    while not ended.wait(0.02):
        due = int((time.perf_counter() - began) * BOOKS_PER_S)
        if due > booked:
            booked = due
            mailbox.post_book(
                _book(
                    tuple(
                        replace(line, day_profit=Decimal(booked * 100 + place), quote=_quote(place, booked))
                        for place, line in enumerate(lines)
                    )
                )
            )


def _instruments() -> tuple[Instrument, ...]:
    known = load_reference().instrument(InstrumentId("SHFE.rb2505"), DAY)
    return tuple(
        replace(known, id=InstrumentId(f"SHFE.rb{number:04}"), name=f"螺纹钢{number:04}") for number in range(ROWS)
    )


def _line(instrument: Instrument, number: int) -> PositionLine:
    return PositionLine(
        instrument=instrument.id,
        side=Side.BUY if number % 2 else Side.SELL,
        flag=HedgeFlag.HEDGE,
        today=number % 40,
        yesterday=10,
        closable=10 + number % 40,
        closable_today=number % 40,
        closable_yesterday=10,
        lockable=10 + number % 40,
        unguarded=10 + number % 40,
        open_price=Decimal("3215.5"),
        position_price=Decimal("3200.5"),
        day_profit=Decimal(number),
        trade_profit=Decimal(-number),
        margin=Decimal(300_000),
        days_to_expiry=number % 120,
        quote=_quote(number, 0),
    )


def _quote(number: int, step: int) -> Quote:
    last = 3300 + (number + step * 7) % 50
    return Quote(last - 1, last + 1, last, 5, 6, 1000 + step, 50_000, None, None, 3310, AT, AT)


def _book(lines: tuple[PositionLine, ...]) -> Book:
    some = Decimal(10_000_000)
    nothing = Decimal(0)
    money = AccountView(some, some, nothing, nothing, nothing, some / 2, nothing, nothing, some / 2)
    return Book(account=ACCOUNT, at=AT, money=money, by_trade=TradeByTrade(nothing, nothing, nothing), positions=lines)
