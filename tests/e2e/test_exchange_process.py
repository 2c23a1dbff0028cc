"""The sim exchange as a process: no kill, of it or of its client, loses or doubles anything."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from terminal.domain.ids import AccountId, WireKey
from terminal.domain.market import Batch, Column, Valid
from terminal.domain.orders.order import Offset, OrderTerms, Side, TimeCondition
from terminal.domain.products.instrument import Reference
from terminal.domain.reports import Accepted, LinkDown, Rejected, Removed, Report, Traded
from terminal.engine.ports import Gateway, WireCancel, WireOrder
from terminal.gateways.sim.store.file import FILE_NAME
from terminal.gateways.sim.wire.client import TcpGateway
from terminal.store.reference import load_reference

ROOT = Path(__file__).resolve().parent.parent.parent
ME = AccountId("alpha")
DAY = 20260105
MARKET = f"sample:11@{DAY}"
PATIENCE = 60


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "terminal", *words]


@contextmanager
def exchange_process(data: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the exchange on a free port until the block ends."""
    words = command("exchange", "--data", str(data), "--listen", "127.0.0.1:0", "--market", MARKET, "--json")
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        try:
            assert child.stdout is not None
            yield child, int(json.loads(child.stdout.readline())["listen"].rpartition(":")[2])
        finally:
            child.kill()


class Trader:
    """Trade the sample market by rote, and remember durably enough what was told.

    What it sends after a batch follows from the batch alone; a batch it has acted on once is not acted on again.
    """

    def __init__(self, reference: Reference, log: Path | None = None) -> None:
        self.cursor = 0
        self.sent: Counter[WireKey] = Counter()
        self.heard: list[Report] = []
        self._reference = reference
        self._log = log
        if log is not None and log.exists():
            for line in log.read_text(encoding="utf-8").splitlines():
                self._remember(msgspec.json.decode(line, type=Entry))

    def _remember(self, entry: Entry) -> None:
        if entry.passed is not None:
            self.cursor = entry.passed + 1
        if entry.sends is not None:
            self.sent[entry.sends] += 1
        if entry.report is not None:
            self.heard.append(entry.report)

    def _note(self, entry: Entry) -> None:
        self._remember(entry)
        if self._log is not None:
            with self._log.open("ab") as file:
                file.write(msgspec.json.encode(entry) + b"\n")
                file.flush()
                os.fsync(file.fileno())

    async def take(self, gateway: Gateway, item: Batch | Report) -> None:
        """Take one input in, and send what a new batch calls for."""
        if not isinstance(item, Batch):
            self._note(Entry(report=item))
            return
        if item.index < self.cursor:
            return
        orders = self.orders_after(gateway, item) if item.index >= gateway.history_until else ()
        for wire in orders:  # first written down, then sent
            if isinstance(wire, WireOrder):
                self._note(Entry(sends=wire.wire_key))
        self._note(Entry(passed=item.index))
        for wire in orders:
            await (gateway.submit(wire) if isinstance(wire, WireOrder) else gateway.cancel(wire))

    def orders_after(self, gateway: Gateway, batch: Batch) -> tuple[WireOrder | WireCancel, ...]:
        """Return what to send after a batch."""
        draw = random.Random(f"trader {batch.index}")
        if draw.random() < 0.5:
            return ()
        both = Valid.BID | Valid.ASK
        quoted = [k for k in range(len(batch.slots)) if batch.rows[k][Column.MASK] & both == both]
        named = [(k, gateway.universe[batch.slots[k]]) for k in quoted]
        choices = [(k, name) for k, name in named if not name.startswith("SPOT.")]
        if not choices:
            return ()
        k, name = draw.choice(choices)
        instrument = self._reference.instrument(name, DAY)
        side = draw.choice(list(Side))
        near = int(batch.rows[k][Column.ASK if side is Side.BUY else Column.BID])
        terms = OrderTerms(
            account=ME,
            instrument=name,
            side=side,
            offset=draw.choice([Offset.OPEN, Offset.OPEN, Offset.CLOSE]),
            lots=draw.randint(1, 5),
            price=instrument.price(near - side.sign * draw.randint(-1, 2)),
            time_condition=draw.choice([TimeCondition.GFD, TimeCondition.GFD, TimeCondition.FAK]),
        )
        wire = WireOrder(account=ME, wire_key=WireKey(f"k{batch.index}"), terms=terms)
        cancel = WireCancel(account=ME, wire_key=WireKey(f"k{batch.index - draw.randint(1, 6)}"))
        return (wire, cancel) if draw.random() < 0.3 else (wire,)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one line of a trader's memory."""

    passed: int | None = None
    sends: WireKey | None = None
    report: Report | None = None


def judge(data: Path, trader: Trader) -> None:
    """Compare the exchange's own file with what the trader sent and heard."""
    with closing(sqlite3.connect(data / FILE_NAME)) as database:
        orders = database.execute(
            "SELECT wire_key, state, lots, filled, instrument, side, offset FROM orders"
        ).fetchall()
        trades = database.execute(
            "SELECT trading_day, exchange, trade, sys_id, side, wire_key, lots, price FROM trades"
        ).fetchall()
        positions = database.execute(
            "SELECT instrument, long_today + long_yesterday, short_today + short_yesterday FROM positions"
        ).fetchall()
        (clock,) = database.execute("SELECT value FROM meta WHERE key = 'clock'").fetchone()
    assert max(trader.sent.values()) == 1
    assert json.loads(clock)["duplicates"] == 0, "nothing was ever sent twice"
    heard = {
        (r.trading_day, r.exchange, r.trade, r.sys_id, r.side.value, r.wire_key, r.lots, str(r.price))
        for r in trader.heard
        if isinstance(r, Traded)
    }
    assert heard == set(trades), "every trade is heard of, and only what happened"
    assert len(trades) == len(set(trades))
    taken = {row[0] for row in orders if row[1] != "REJECTED"}
    refused = {row[0] for row in orders if row[1] == "REJECTED"}
    assert {r.wire_key for r in trader.heard if isinstance(r, Accepted)} == taken
    assert {r.wire_key for r in trader.heard if isinstance(r, Rejected)} == refused
    ended = {row[0] for row in orders if row[1] in ("CANCELLED", "EXPIRED")}
    assert {r.wire_key for r in trader.heard if isinstance(r, Removed)} == ended
    assert taken | refused <= set(trader.sent)
    filled: Counter[str] = Counter()
    lots: Counter[tuple[str, str]] = Counter()
    terms = {row[0]: row for row in orders}
    for *_, side, key, count, _ in trades:
        filled[key] += count
        opens = terms[key][6] == "OPEN"
        held = side if opens else ("SELL" if side == "BUY" else "BUY")
        lots[terms[key][4], held] += count if opens else -count
    assert all(row[3] == filled[row[0]] <= row[2] for row in orders)
    assert {(name, side): n for (name, side), n in lots.items() if n} == {
        (name, side): n for name, long, short in positions for side, n in (("BUY", long), ("SELL", short)) if n
    }
    assert len(trades) > 20
    assert len(refused) > 0


def test_an_exchange_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    draw = random.Random(5)
    trader = Trader(load_reference())

    async def play(until: int | None) -> None:
        with exchange_process(tmp_path) as (child, port):
            gateway = TcpGateway("127.0.0.1", port)
            await gateway.connect(from_batch=trader.cursor)
            for _ in range(draw.randint(50, 250)) if until is None else iter(int, 1):
                item = await gateway.next()
                assert item is not None
                await trader.take(gateway, item)
                if until is not None and trader.cursor >= until:
                    break
            asked = asyncio.create_task(gateway.next())
            await asyncio.sleep(draw.random() * 0.0006)
            if until is None:
                child.kill()
            while not isinstance(item := await asked, LinkDown):
                assert item is not None
                await trader.take(gateway, item)
                if until is not None and isinstance(item, Batch):
                    break
                asked = asyncio.create_task(gateway.next())
            await gateway.close()
            if until is not None:
                child.send_signal(signal.SIGTERM)
                assert child.wait(PATIENCE) == 0

    for _ in range(7):
        asyncio.run(play(None))
    asyncio.run(play(trader.cursor + 200))
    _hear_the_rest(tmp_path, trader)
    judge(tmp_path, trader)


def _hear_the_rest(data: Path, trader: Trader) -> None:
    # What followed the last batch was not asked for any more; a login hears it.
    async def play() -> None:
        with exchange_process(data) as (child, port):
            gateway = TcpGateway("127.0.0.1", port)
            await gateway.connect(from_batch=trader.cursor)
            while not isinstance(item := await gateway.next(), Batch) or item.index < gateway.history_until:
                assert item is not None
                await trader.take(gateway, item)
            await gateway.close()
            child.send_signal(signal.SIGTERM)
            assert child.wait(PATIENCE) == 0

    asyncio.run(play())


def test_a_client_killed_again_and_again_finds_everything_again(tmp_path: Path) -> None:
    draw = random.Random(6)
    log = tmp_path / "trader.jsonl"
    with exchange_process(tmp_path) as (child, port):
        for _ in range(6):
            words = [sys.executable, __file__, str(port), str(log), "100000"]
            size = log.stat().st_size if log.exists() else 0
            with subprocess.Popen(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) as client:
                grown = size + draw.randint(20_000, 60_000)
                while not log.exists() or log.stat().st_size < grown:
                    assert client.poll() is None
                client.kill()
            _mend(log)
        trader = Trader(load_reference(), log)
        subprocess.run(
            [sys.executable, __file__, str(port), str(log), str(trader.cursor + 50)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
            timeout=PATIENCE,
        )
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0
    trader = Trader(load_reference(), log)
    _hear_the_rest(tmp_path, trader)
    judge(tmp_path, trader)


def _mend(log: Path) -> None:
    # A kill may have torn the last line, which then was never remembered.
    text = log.read_bytes()
    log.write_bytes(text[: text.rfind(b"\n") + 1])


async def _trade(port: int, log: Path, until: int) -> None:
    trader = Trader(load_reference(), log)
    gateway = TcpGateway("127.0.0.1", port)
    await gateway.connect(from_batch=trader.cursor)
    while trader.cursor < until:
        item = await gateway.next()
        if item is None:
            break
        if isinstance(item, LinkDown):
            # The login of a client killed while it connected may be read late, and takes the link for a moment.
            await gateway.connect(from_batch=trader.cursor)
            continue
        await trader.take(gateway, item)
    await gateway.close()


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--market", "moon"], "不认识的行情 moon"),
        (["--market", "sample:x"], "不认识的行情 sample:x"),
        (["--market", "replay:"], "不认识的行情 replay:"),
        (["--market", "replay:/nowhere/tape.csv"], "/nowhere/tape.csv"),
        (["--listen", "7801"], "--listen 7801"),
        (["--listen", "127.0.0.1:70000"], "--listen 127.0.0.1:70000"),
    ],
)
def test_bad_words_are_one_sentence_and_a_failing_exit(words: list[str], sentence: str, tmp_path: Path) -> None:
    done = subprocess.run(
        command("exchange", "--data", str(tmp_path), *words),
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode != 0
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_a_port_in_use_is_one_sentence_and_a_failing_exit(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            command("exchange", "--data", str(tmp_path), "--listen", f"127.0.0.1:{port}"),
            check=False,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert done.returncode != 0
    assert f"127.0.0.1:{port} 已被占用" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


if __name__ == "__main__":
    asyncio.run(_trade(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
