"""What a person set for the order ticket holds at every desk of theirs, and one opened again without a link."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from terminal.domain.commands import CommandBody
from terminal.domain.ids import CommandId, ProductId
from terminal.engine.mailbox import Drained
from terminal.widgets.ticket.fields import PriceMode
from terminal.widgets.ticket.settings import TicketSettings
from terminal.widgets.ticket.settings_button import TicketSettingsButton
from tests.desk_rig import Seat
from tests.engine_world import TRADER

SET = TicketSettings(reopens=False, price=PriceMode.LAST, lots=3, products={ProductId("SHFE.rb"): 5})
OTHER = TicketSettings(lots=8)
pytestmark = pytest.mark.usefixtures("qapp")


class SeatHand:
    """Press at a seat what the button sends."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def send(self, body: CommandBody) -> CommandId:
        return self._seat.press(body)

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        raise AssertionError((body, split_close))  # settings ask nothing


class SeatedButton:
    """Hold the button at a seat, and every settings it told of."""

    def __init__(self, seat: Seat) -> None:
        self.seat, self.button = seat, TicketSettingsButton(SeatHand(seat))
        self.told: list[TicketSettings] = []
        self.button.changed.connect(self.told.append)

    def take(self, drained: list[Drained]) -> None:
        for one in drained:
            self.button.show_documents(one.documents)

    def save(self, settings: TicketSettings) -> None:
        self.button.open()
        assert self.button.sheet is not None
        self.button.sheet.saved.emit(settings)
        self.button.sheet.reject()
        QApplication.processEvents()
        self.seat.pump()
        self.seat.wait(0.5)
        self.take(self.seat.drained)


def test_settings_hold_at_the_other_desk_and_at_one_that_is_opened_again(seat: Seat) -> None:
    here, there = SeatedButton(seat), SeatedButton(Seat(seat.rig, TRADER, "laptop"))
    there.seat.connect()
    here.save(SET)
    assert [line.ok for line in seat.results] == [True]
    assert here.told == [SET]
    there.seat.wait(0.5)
    there.take(there.seat.drained)
    assert there.told == [SET]
    seat.drained.clear()
    seat.start()  # a new process over the same files, without a link
    again = SeatedButton(seat)
    again.take(seat.drained)
    assert again.told == [SET]


def test_of_two_desks_that_set_it_at_once_the_later_is_refused_and_takes_the_other(seat: Seat) -> None:
    here, there = SeatedButton(seat), SeatedButton(Seat(seat.rig, TRADER, "laptop"))
    there.seat.connect()
    here.save(SET)
    there.save(OTHER)  # over the version before
    assert [line.code for line in there.seat.results] == ["CONFLICT"]
    assert there.told == [SET]
    there.save(OTHER)
    assert there.told == [SET, OTHER]
