"""Sit a person at the real window over a real runner whose exchange lists a combination: type, read, send, cancel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from terminal.domain.commands import CommandBody
from terminal.domain.fact.facts import Role
from terminal.domain.ids import CommandId
from terminal.engine.mailbox import Market
from terminal.engine.previews.command import preview
from terminal.engine.screen import LinkLine, LinkState, ResultLine
from terminal.widgets.dress.look import Look
from terminal.widgets.ticket.send_guard import CHANGED_MS, SETTLE_MS
from terminal.widgets.ticket.ticket import OrderTicket
from terminal.widgets.window.main import MainWindow
from tests.engine_market import instruments
from tests.engine_world import ONE, TRADER, World, device, reference
from tests.picture_desk import Desk

LINK = LinkLine(
    state=LinkState.LIVE,
    sentence="",
    runner="本机运行器",
    person=TRADER,
    person_name="甲",
    device=device(TRADER),
    roles={ONE: (Role.TRADER,)},
    may_order=True,
)


class Room:
    """Be the hand of a window too: what is asked and sent goes to the engine, and its answers come with `show`."""

    def __init__(self, look: Look, world: World) -> None:
        self.world = world
        self.desk = Desk(world, TRADER)
        self._asked: list[tuple[CommandBody, bool]] = []
        self.window = MainWindow(look, self.desk.mailbox, self, embedded=True, keeps_layout=True)
        self.window.furnish()
        self.window.hold()
        self.window.steady_hand.calm_ms = 0
        listed = tuple(instruments()[name] for name in world.market.universe if name in instruments())
        market = Market(name="样例行情", instruments=listed, calendar=reference().calendar)
        self.desk.mailbox.post_market(market)
        self.desk.mailbox.post_link(LINK)
        self.desk.begin()
        self.show()

    @property
    def ticket(self) -> OrderTicket:
        return self.window.ticket

    def send(self, body: CommandBody) -> CommandId:
        done = self.world.do(TRADER, body)
        self.desk.mailbox.post_result(
            ResultLine(command=done.command, body=body, ok=done.ok, code=done.code, sentence=done.sentence)
        )
        return done.command

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        self._asked.append((body, split_close))
        return len(self._asked)

    def show(self) -> None:
        """Let the window take what came, ask what it is about to ask, and read the answer."""
        for name in self.world.market.universe:
            quote = self.world.engine.columns.quote(name)
            if quote is not None:
                self.desk.mailbox.post_quote(name, quote)
        self.window.take(self.desk.look())
        self.ticket.ask()
        if self._asked:
            body, split = self._asked[-1]
            look, number = self.world.engine.look, len(self._asked)
            self.ticket.show_previews({number: preview(look, TRADER, device(TRADER), number, body, split_close=split)})

    def type_in(self, text: str) -> None:
        """Type a contract's whole code and leave the field."""
        finder = self.ticket.form.finder
        finder.setFocus()
        finder.clear()
        QTest.keyClicks(finder, text)
        QTest.keyClick(finder, Qt.Key.Key_Return)
        finder.popup.hide()
        self.show()

    def press_send(self) -> None:
        """Look at the ticket and its button, and press it."""
        self.window.panels.bring(self.ticket)
        self.ticket.send_button.setFocus()
        QTest.qWait(CHANGED_MS + SETTLE_MS)
        self.show()
        QTest.keyClick(QApplication.focusWidget() or self.ticket.send_button, Qt.Key.Key_Return)
        self.show()
