"""A runner that a desk started is killed: the desk says so at once, and the next start goes on with its journal."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from terminal.domain.commands import SubmitOrder
from terminal.domain.fact.facts import DeviceEnrolled, OrderAccepted
from terminal.domain.ids import AccountId, InstrumentId, StreamId
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.engine.state import State
from terminal.runner.places import runner_folder
from terminal.shell.desk.link import LinkHand
from tests.e2e.processes import eventually, journal_records, program, replica_of
from tests.e2e.pulse import FROZEN_MS, Pulse
from tests.e2e.seated import seated
from tests.e2e.small_house import hengduo, runners_of

pytestmark = [
    pytest.mark.xdist_group("runner_vanishes"),
    # A runner is meant to outlive the desk that started it, and here that desk is this process.
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
]

SAID_WITHIN = 3.0  # seconds
RESTING = SubmitOrder(
    terms=OrderTerms(
        account=AccountId("PRACTICE"), instrument=InstrumentId("CZCE.AP010"), side=Side.BUY, offset=Offset.OPEN,
        lots=1, price=Decimal(6990),
    ),
    reason="挂着",
)  # fmt: skip


def test_a_killed_runner_is_said_at_once_and_the_next_start_has_everything(
    market: str, qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    place = runner_folder(data, market)

    def accepted() -> list[str]:
        return [r.fact.order for r in journal_records(place) if isinstance(r.fact, OrderAccepted)]

    with seated(qtbot, data, market=market) as desk:
        desk.until("客户权益", "市场时钟 09:")  # continuous trading: a limit order may rest in the book
        LinkHand(desk.desk.link, desk.desk.mailbox).send(RESTING)
        qtbot.waitUntil(lambda: bool(accepted()), timeout=30_000)
        (runner,) = runners_of(data)
        pulse = Pulse()
        os.kill(runner, signal.SIGKILL)
        killed = time.monotonic()
        desk.until("离线", "不能下单")
        assert time.monotonic() - killed < SAID_WITHIN
        assert "运行器没有在运行：策略与其中的模拟交易所都停着，挂单不会成交" in desk.until("没有在运行")
        pulse.end()
        assert pulse.longest_ms < FROZEN_MS
        assert runners_of(data) == []
        with seated(qtbot, data, market=market, person="operator") as other:
            other.until("客户权益", "市场时钟")
            (second,) = runners_of(data)
            assert second != runner
            folder = next(data.glob("desk/*/operator"))
            state = eventually(lambda: replica_of(folder), "the other desk's copy")[0]
            assert list(state.accounts[AccountId("PRACTICE")].live) == accepted()
            # The first desk finds the runner again by itself, at its new port and with its new secret.
            qtbot.waitUntil(lambda: "离线 " not in desk.summary(), timeout=60_000)
    os.kill(second, signal.SIGTERM)
    eventually(lambda: not runners_of(data), "the second runner has ended")
    verified = hengduo("verify", str(place))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "Traceback" not in (place / "runner.log").read_text(encoding="utf-8")


def copy_of(data: Path, person: str) -> tuple[State, dict[StreamId, int]] | None:
    folder = next(data.glob(f"desk/*/{person}"), None)
    return None if folder is None else replica_of(folder)


def test_two_desks_that_start_in_the_same_moment_share_one_runner(market: str, tmp_path: Path) -> None:
    data = tmp_path / "here"
    with ExitStack() as stack:
        for person in ("trader", "operator"):
            shot = ("--after", "120", "--screenshot", str(tmp_path / f"{person}.png"))
            words = ("run", "--market", market, "--data", str(data), "--profile", person, *shot)
            stack.enter_context(program(*words, log=tmp_path / f"{person}.log"))
        for person in ("trader", "operator"):
            eventually(partial(copy_of, data, person), f"the desk of {person} has its account")
        eventually(lambda: len(runners_of(data)) == 1, "one runner is left")
        facts = [record.fact for record in journal_records(runner_folder(data, market))]
        assert {fact.person for fact in facts if isinstance(fact, DeviceEnrolled)} == {"trader", "operator"}
    assert len(runners_of(data)) == 1  # desks come and go; it is stopped when somebody says so
