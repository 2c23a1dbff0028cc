"""Be a desk of the handover measurement, in a process of its own: the program's own command line, `run …`.

It also says, one JSON object a line, when its store had all that the runner had (`live`, with what the fold hashes to
and how far its streams reach), when its window took in what waits for a second person (`card`), and what became of an
order (`result`). A line on standard input has it send one that is too large for one person (`pressed`). Instants are
of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSocketNotifier

import terminal.app
from terminal.domain.commands import SubmitOrder
from terminal.domain.ids import AccountId, ConfirmationId, InstrumentId, ProductId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.shell.desk.link import LinkHand
from terminal.widgets.window.main import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.engine.mailbox import Drained, LatestMailbox
    from terminal.runner.starting import Started
    from terminal.shell.desk.work import DeskWork
    from terminal.store.replica import Replica
    from terminal.sync.desk_session import DeskSession
    from terminal.sync.effects import Effect

ACCOUNT: Final = AccountId("SAMPLE-1")
PRODUCT: Final = ProductId("SHFE.rb")
VALUE: Final = 5_400_000  # yuan, more than one person may send
BELOW_TICKS: Final = 6


def say(**words: object) -> None:
    """Say one thing."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class Window:
    """Know what the window was told, and send an order as its ticket does."""

    def __init__(self) -> None:
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._quotes: dict[InstrumentId, Quote] = {}
        self._cards: set[ConfirmationId] = set()
        self._hand: LinkHand | None = None
        self._notifier: QSocketNotifier | None = None

    def opened(self, desk: terminal.app.Desk) -> None:
        """Give an open desk a hand."""
        self._hand = LinkHand(desk.link, desk.mailbox)
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._press)

    def took(self, drained: Drained) -> None:
        """Note what the window has just taken in."""
        if drained.market is not None:
            self._instruments = {one.id: one for one in drained.market.instruments}
        self._quotes |= drained.quotes
        for name, card in drained.approvals.items():
            if card.state is ConfirmationState.PENDING and name not in self._cards:
                self._cards.add(name)
                say(card=name, at=time.monotonic_ns())
        for line in drained.results:
            say(result=line.command, code=line.code, sentence=line.sentence)

    def _press(self) -> None:
        if not sys.stdin.readline() and self._notifier is not None:
            self._notifier.setEnabled(False)
            return
        terms = self._large()
        if terms is None or self._hand is None:
            say(pressed="", at=time.monotonic_ns())
            say(result="", code="NO_PRICE", sentence="还没有可用的报价")
            return
        at = time.monotonic_ns()
        say(pressed=self._hand.send(SubmitOrder(terms=terms, reason="测量")), at=at)

    def _large(self) -> OrderTerms | None:
        traded = [
            (quote.volume, name)
            for name, quote in self._quotes.items()
            if quote.bid is not None and name in self._instruments and self._instruments[name].product == PRODUCT
        ]
        if not traded:
            return None
        _, name = max(traded)
        instrument, bid = self._instruments[name], self._quotes[name].bid
        if bid is None:
            return None
        price = instrument.price(bid - BELOW_TICKS)
        lots = int(VALUE / instrument.value(price, 1)) + 1
        return OrderTerms(account=ACCOUNT, instrument=name, side=Side.BUY, offset=Offset.OPEN, lots=lots, price=price)


def watch(window: Window) -> None:
    """Have the desk's parts tell what they did; none of them does anything else than before."""
    take, opened, made = MainWindow.take, terminal.app.Desk.open, terminal.app.desk_work

    def taken(self: MainWindow, drained: Drained) -> None:
        take(self, drained)
        window.took(drained)

    def opened_with_hand(self: terminal.app.Desk) -> None:
        opened(self)
        window.opened(self)

    def made_watched(seat: terminal.app.Seat, mailbox: LatestMailbox, started: Started | None = None) -> DeskWork:
        work = made(seat, mailbox, started)
        _watch_store()  # by now the link thread has brought in what it needs: nothing comes in earlier than it would
        return work

    _put(MainWindow, "take", taken)
    _put(terminal.app.Desk, "open", opened_with_hand)
    _put(terminal.app, "desk_work", made_watched)


def _put(owner: object, name: str, method: Callable[..., object]) -> None:
    setattr(owner, name, method)


def _watch_store() -> None:
    from terminal.shell.desk.copy import Copy
    from terminal.shell.desk.driver import DeskDriver
    from terminal.sync.desk_session import Stage

    copies: list[Copy] = []
    begin, take = Copy.__init__, DeskDriver.take

    def begun(self: Copy, replica: Replica) -> None:
        begin(self, replica)
        copies.append(self)

    def taken(self: DeskDriver, effect: Effect, session: DeskSession) -> None:
        take(self, effect, session)
        if copies and session.stage is Stage.LIVE:
            at, copy = time.monotonic_ns(), copies.pop()
            say(live=copy.visible_hash(), at=at, heads={stream: head.seq for stream, head in copy.heads().items()})

    _put(Copy, "__init__", begun)
    _put(DeskDriver, "take", taken)


if __name__ == "__main__":
    watch(Window())
    sys.argv[0] = "hengduo"
    from terminal.__main__ import main

    main()
