"""Kill the runner again and again while the exchange, a process of its own, keeps the truth (SAFETY I1-I12)."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from terminal.domain.fact.facts import (
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRecorded,
    OrderRejected,
    OrderVoided,
)
from terminal.domain.ids import OrderId, TenantId
from terminal.domain.orders.order import OrderState
from terminal.engine.check import check_all
from terminal.engine.records.journal import Record
from terminal.gateways.sim.store.rows import read_order, read_trade
from terminal.shell.runner import fold_journal
from terminal.store.journal import SqliteJournal
from tests.e2e.killed_replay import KINDS

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "resources" / "plans" / "whole_market.toml"
KILLS = 50
TENANT = TenantId("DEMO")
ENDS = (OrderRejected, OrderCancelled, OrderExpired, OrderVoided)
SEED = 20200821
MOST = {"input": 300, "cancelled": 2, "asked": 4}  # of the rest there are enough; these must not outlast the tape
THERE = {OrderState.LIVE, OrderState.PARTIAL, OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED}


def test_fifty_kills_lose_and_double_nothing(shared_data, tmp_path):
    tape = shared_data / "tick" / "whole_market"
    exchange = subprocess.Popen(
        [sys.executable, "-m", "terminal", "exchange", "--data", str(tmp_path / "exchange"), "--listen", "127.0.0.1:0",
         "--market", f"replay:{tape}", "--plan", str(PLAN), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
    )  # fmt: skip
    said = exchange.stdout
    assert said is not None
    try:
        address = json.loads(said.readline())["listen"]
        killed = kill_and_go_on(address, tmp_path / "runner")
        summary = finish(address, tmp_path / "runner")
    finally:
        exchange.terminate()
        exchange.wait(timeout=20)
        said.close()
    assert killed == KILLS
    assert summary["unknown_orders"] == 0
    compare(tmp_path / "exchange" / "exchange.db", tmp_path / "runner")


def kill_and_go_on(address, data):
    chance = random.Random(SEED)
    killed = 0
    for _ in range(KILLS * 2):
        kind = chance.choice(KINDS)
        count = chance.randrange(1, MOST.get(kind, 7))
        done = subprocess.run(
            [sys.executable, str(ROOT / "tests" / "e2e" / "killed_replay.py"), address, str(PLAN), str(data), kind,
             str(count)],
            check=False, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=120,
        )  # fmt: skip
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        killed += done.returncode == -signal.SIGKILL
        if killed == KILLS or done.returncode == 0:
            break
    return killed


def finish(address, data):
    done = subprocess.run(
        [sys.executable, "-m", "terminal", "replay", "--exchange", address, "--plan", str(PLAN), "--data", str(data),
         "--json"],
        check=False, capture_output=True, text=True, cwd=ROOT, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def compare(exchange_file, data):
    with closing(sqlite3.connect(f"file:{exchange_file}?mode=ro", uri=True)) as database:
        theirs = [read_order(row) for row in database.execute("SELECT * FROM orders ORDER BY sequence")]
        trades = [read_trade(row) for row in database.execute("SELECT * FROM trades ORDER BY number")]
        clock = json.loads(database.execute("SELECT value FROM meta WHERE key = 'clock'").fetchone()[0])
    assert clock["duplicates"] == 0, "an order was written to the wire twice"
    journal = SqliteJournal(data, TENANT)
    try:
        state, _ = fold_journal(journal)
    finally:
        journal.close()
    intents = [fact for fact in facts_of(data) if isinstance(fact, OrderRecorded)]
    assert check_all(state) == []
    recorded = {intent.wire_key: intent for intent in intents}
    assert len(recorded) == len(intents)
    there = {order.wire_key: order for order in theirs}
    assert len(there) == len(theirs)
    for wire_key, order in there.items():
        assert recorded[wire_key].terms == order.terms
    rows = {row.wire_key: row for account in state.accounts.values() for row in account.orders.values()}
    assert {key for key, row in rows.items() if row.state in THERE} == {
        key for key, order in there.items() if order.state is not OrderState.REJECTED
    }
    assert {(t.trading_day, t.exchange, t.trade, t.sys_id, t.side, t.lots, t.price) for t in trades} == booked_fills(
        data
    )
    lines_never_doubled(data)


def booked_fills(data):
    fills = [fact for fact in facts_of(data) if isinstance(fact, OrderFilled)]
    return {(f.trading_day, f.exchange, f.trade, f.sys_id, f.side, f.lots, f.price) for f in fills}


def facts_of(data):
    journal = SqliteJournal(data, TENANT)
    try:
        return [entry.record.fact for entry in journal.replay() if isinstance(entry.record, Record)]
    finally:
        journal.close()


def lines_never_doubled(data):
    live: dict[str, OrderId] = {}
    place: dict[OrderId, str] = {}
    for fact in facts_of(data):
        if isinstance(fact, OrderRecorded) and fact.cause.tag.startswith("line:"):
            where = f"{fact.cause.strategy}|{fact.cause.tag}"
            assert where not in live, f"a second order on {where}"
            live[where] = fact.order
            place[fact.order] = where
        elif isinstance(fact, ENDS) or (isinstance(fact, OrderFilled) and fact.is_last):
            live.pop(place.get(fact.order, ""), None)
    assert place, "no grid line was ever traded"
