"""A real window on a real screen, driven by a real keyboard: what a person does on the first evening."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from terminal.domain.fact.control import ConfirmationRequested, KillSwitched
from terminal.domain.fact.facts import CancelRecorded, OrderCancelled, OrderRecorded
from terminal.domain.ids import OrderId
from terminal.domain.orders.order import Offset, Origin, Side
from terminal.engine.records.journal import Record
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sample.scenario import living
from terminal.runner.opened import MARKET_FILE, PAST_DAYS, SampleStart
from terminal.runner.places import runner_folder
from terminal.store.reference import load_reference
from tests.e2e.driven_screen import Screen, driven_screen, needs_a_screen
from tests.e2e.own_runner import home, is_live
from tests.e2e.processes import ROOT, ended, eventually, journal_records

pytestmark = [needs_a_screen, pytest.mark.xdist_group("window")]
SECOND_LOOK = 3.0  # how long a key may take to become a fact before it is pressed again


@pytest.fixture
def screen() -> Iterator[Screen]:
    with driven_screen() as made:
        yield made


@contextmanager
def pictured(screen: Screen, file: Path) -> Iterator[None]:
    """Keep a picture of what stands on the screen when a step fails: the journal does not say why nothing happened."""
    try:
        yield
    except AssertionError:
        screen.picture(file)
        raise


def facts(data: Path, kind: type) -> list[Record]:
    journal = runner_folder(data, "sample")
    return [one for one in journal_records(journal) if isinstance(one.fact, kind)]


def by_hand(data: Path) -> list[OrderRecorded]:
    found = [one.fact for one in facts(data, OrderRecorded)]
    return [fact for fact in found if isinstance(fact, OrderRecorded) and fact.cause.origin is Origin.MANUAL]


def asked_by_hand(data: Path) -> list[Record]:
    return [one for one in facts(data, ConfirmationRequested) if one.actor.device.startswith("trader@")]


def test_a_person_orders_cancels_and_stops_by_keyboard_alone(screen: Screen, tmp_path: Path) -> None:
    with home(tmp_path / "home") as data, (tmp_path / "desk.log").open("w") as log:
        words = [sys.executable, "-m", "terminal", "run", "--data", str(data)]
        process = subprocess.Popen(words, stdout=log, stderr=log, text=True, cwd=ROOT, env=screen.environment)
        with ended(process):
            screen.pid = process.pid
            (window,) = eventually(lambda: screen.windows("样例行情"), "the window with its market")
            screen.do("windowactivate", "--sync", window)
            eventually(lambda: is_live(data), "the market going live after its past")
            before = len(by_hand(data))
            with pictured(screen, tmp_path / "failed.png"):
                order = one_order(screen, data, before)
                picture = screen.picture(tmp_path / "ordered.png")
                cancel(screen, data, order)
                stop(screen, data)
            screen.picture(tmp_path / "stopped.png")
            assert (picture.width(), picture.height()) == (1440, 900)
            assert len({picture.pixelColor(x, y).name() for x in range(0, 1440, 9) for y in range(0, 900, 9)}) > 20
            assert len(by_hand(data)) == before + 1
            assert not asked_by_hand(data)  # an order sent again would wait for a second person
            assert process.poll() is None
        assert "Traceback" not in (tmp_path / "desk.log").read_text(encoding="utf-8")


def one_order(screen: Screen, data: Path, before: int) -> OrderRecorded:
    """Type a contract, walk through the fields, and hold Enter on the button: one order, however long it is held."""
    contract = contract_of(data)
    screen.do("type", "--delay", "40", contract.partition(".")[2])
    eventually(lambda: len(screen.windows()) > 1, "the list of candidates")
    screen.press("Return")
    eventually(lambda: len(screen.windows()) == 1, "the choice")  # keys meant for a list that closes are lost
    screen.press("1", "Return", "1", "Return", "Up", "Return", "x", "Return")

    def held_until_sent() -> bool:
        with screen.held("Return"):
            until = time.monotonic() + SECOND_LOOK
            while len(by_hand(data)) == before and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(0.8)  # the key stays down and repeats some twenty times
        return len(by_hand(data)) > before

    eventually(held_until_sent, "the order in the journal")
    (order,) = by_hand(data)[before:]
    assert (order.terms.instrument, order.terms.side, order.terms.offset) == (contract, Side.BUY, Offset.OPEN)
    assert order.terms.lots == 2
    return order


def contract_of(data: Path) -> str:
    """Return the farthest contract of a product that trades on the first live day: no strategy is busy in it."""
    start = msgspec.json.decode((runner_folder(data, "sample") / MARKET_FILE).read_bytes(), type=SampleStart)
    market = SampleMarket(
        seed=start.seed, reference=load_reference(), start=start.start, scenario=living(start.live_from)
    )
    return max(fact.instrument for fact in market.day_facts(PAST_DAYS) if fact.instrument.startswith("DCE.i2"))


def cancel(screen: Screen, data: Path, order: OrderRecorded) -> None:
    """Press Del on the oldest working order until it was ours: what a strategy places anew stands above it."""

    def cancelled() -> list[OrderId]:
        found = [one.fact for one in facts(data, CancelRecorded) if one.actor.person == "trader"]
        return [fact.order for fact in found if isinstance(fact, CancelRecorded)]

    def pressed_on_ours() -> bool:
        before = len(cancelled())
        screen.press(
            "F7", "ctrl+Home", "ctrl+End", "space", "Delete"
        )  # with Ctrl the keyboard moves and chooses nothing
        until = time.monotonic() + SECOND_LOOK
        while len(cancelled()) == before and time.monotonic() < until:
            time.sleep(0.02)
        return order.order in cancelled()

    eventually(pressed_on_ours, "the cancel in the journal")
    eventually(
        lambda: any(getattr(one.fact, "order", None) == order.order for one in facts(data, OrderCancelled)),
        "the order taken out",
    )


def stop(screen: Screen, data: Path) -> None:
    """Tap the chord, which does nothing, then hold it."""
    screen.press("ctrl+shift+k")
    assert not facts(data, KillSwitched)
    with screen.held("ctrl", "shift", "k"):
        eventually(lambda: facts(data, KillSwitched), "the stop in the journal")
    assert len(facts(data, KillSwitched)) == 1
