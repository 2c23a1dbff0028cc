"""What a person set for the order ticket is there again: after every process was started anew, and at a new machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from pytestqt.qtbot import QtBot

from terminal.widgets.ticket.fields import PriceMode
from terminal.widgets.ticket.ticket import OrderTicket
from tests.e2e.seated import PATIENCE_MS, Seated, seated
from tests.e2e.small_house import SmallHouse

EQUITY = "账户 A 客户权益"  # of the summary, once the desk has its account
SET = (PriceMode.QUEUE, 4)


def begins(desk: Seated) -> tuple[PriceMode, int]:
    desk.desk.window.drain()
    ticket = ticket_of(desk).form.ticket
    return ticket.mode, ticket.lots


def ticket_of(desk: Seated) -> OrderTicket:
    return desk.desk.window.ticket


def test_settings_are_there_after_a_restart_and_at_a_new_machine_and_are_nobody_elses(
    qtbot: QtBot, tmp_path: Path
) -> None:
    house = SmallHouse(tmp_path)
    with house.running():
        url = f"ws://127.0.0.1:{house.port}"
        with seated(qtbot, house.data, runner=url) as desk:
            desk.until(EQUITY)
            assert begins(desk) == (PriceMode.COUNTER, 1)
            button = ticket_of(desk).foot.settings
            button.open()
            assert button.sheet is not None
            button.sheet.prices.choose(2)
            button.sheet.lots.setText("4")
            button.sheet.save_button.click()
            qtbot.waitUntil(lambda: begins(desk) == SET, timeout=PATIENCE_MS)
    with house.running():
        url = f"ws://127.0.0.1:{house.port}"
        with seated(qtbot, house.data, runner=url) as desk:
            qtbot.waitUntil(lambda: begins(desk) == SET, timeout=PATIENCE_MS)
        for folder in house.data.glob("desk/*/trader"):
            shutil.rmtree(folder)  # a machine this person never sat at
        with seated(qtbot, house.data, runner=url) as desk:
            qtbot.waitUntil(lambda: begins(desk) == SET, timeout=PATIENCE_MS)
        with seated(qtbot, house.data, runner=url, person="operator") as desk:
            desk.until(EQUITY)
            assert begins(desk) == (PriceMode.COUNTER, 1)
