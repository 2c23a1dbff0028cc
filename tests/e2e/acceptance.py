"""Play the real command line, and judge what it leaves by means that are not the product's own.

Recordings are read anew (`recorded`); the journal and the exchange's books are read as plain SQLite rows and plain
JSON. Nothing here asks an adapter, a fold or a projection whether it was right.
"""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import subprocess
import sys
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from contextlib import closing
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from tests.e2e.recorded import SECOND, Tape, Terms, clock

ROOT: Final = Path(__file__).resolve().parents[2]
PLANS: Final = ROOT / "resources" / "plans"
PATIENCE: Final = 180
BURST, SUSTAINED = 8, 50  # control C8: orders and cancels to one exchange in any 1 s, in any 10 s


# --- the command line -----------------------------------------------------------------------------------------------


def environment(hash_seed: int = 0) -> dict[str, str]:
    """Return an environment in which the order of sets and dicts is drawn from a seed."""
    return {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(ROOT)}


def command(*words: str | Path) -> list[str]:
    """Return a command line of the product."""
    return [sys.executable, "-m", "terminal", *(str(word) for word in words)]


def hengduo(*words: str | Path, hash_seed: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the product to its end."""
    return subprocess.run(
        command(*words), cwd=ROOT, env=environment(hash_seed), capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip


def sentence_of(stderr: str, *, who: str = "hengduo: ") -> str:
    """Return the one sentence of a failure: the last line, the only one of its kind, and no traceback."""
    assert "Traceback" not in stderr
    lines = stderr.strip().splitlines()
    told = [line for line in lines if line.startswith(who)]
    assert told == lines[-1:], stderr
    assert all(line.startswith(("读取行情", "回放")) for line in lines[:-1]), stderr
    return told[0].removeprefix(who)


def refused(*words: str | Path) -> str:
    """Run the product as a process, which must fail, and return its sentence."""
    done = hengduo(*words)
    assert done.returncode not in {0, -6, -11}, done.stdout
    assert done.stdout == ""
    return sentence_of(done.stderr)


class Position(msgspec.Struct, frozen=True):
    account: str
    instrument: str
    hedge_flag: str
    long_today: int
    long_yesterday: int
    short_today: int
    short_yesterday: int
    net: int


class Account(msgspec.Struct, frozen=True):
    account: str
    trading_day: int
    equity: Decimal
    available: Decimal
    margin: Decimal


class Strategy(msgspec.Struct, frozen=True):
    strategy: str
    account: str
    status: str
    reason: str
    orders: int
    lots: dict[str, int]


class Summary(msgspec.Struct, frozen=True):
    """Hold what `hengduo replay --json` prints; a word that is missing there fails the reading."""

    state_hash: str
    journal_head: str
    market: str
    ticks: int
    batches: int
    orders: int
    fills: int
    order_states: dict[str, int]
    refused: dict[str, int]
    verdicts: dict[str, int]
    positions: list[Position]
    accounts: list[Account]
    strategies: list[Strategy]
    quarantined: dict[str, int]
    absent: dict[str, int]
    unknown_orders: int
    wall_s: float


class Verified(msgspec.Struct, frozen=True):
    """Hold what `hengduo verify --json` prints and these tests look at."""

    ok: bool
    sentence: str
    records: int
    journal_head: str
    orders: int
    intents: int
    verdicts: dict[str, int]
    refused: dict[str, int]
    fills: int
    approvals: dict[str, int]
    commands: int
    orphans: int


class Trade(NamedTuple):
    """Hold a line of the CSV of fills, with the flag and limit of its order from the journal."""

    account: str
    instrument: str
    side: str
    offset: str
    lots: int
    price: Decimal
    fee: Decimal
    trading_day: int
    at: int
    order: str
    trade: str

    @property
    def sign(self) -> int:
        return 1 if self.side == "BUY" else -1


class Row(msgspec.Struct, frozen=True):
    """Hold a record of the journal as plain JSON."""

    kind: str
    utc: int
    cause: str
    actor: dict[str, str]
    body: dict[str, Any]


class Played(NamedTuple):
    """Hold everything a replay left."""

    summary: Summary
    trades: list[Trade]
    rows: list[Row]
    data: Path

    def of(self, *kinds: str) -> list[Row]:
        """Return the records of some kinds, in order."""
        return [row for row in self.rows if row.kind in kinds]

    def marks(self, strategy: str) -> list[dict[str, Any]]:
        """Return what a strategy stated about itself."""
        return [row.body["mark"] for row in self.of("strategy_marked") if row.body["strategy"] == strategy]

    def orders(self) -> dict[str, dict[str, Any]]:
        """Return the intents by order id."""
        return {row.body["order"]: row.body for row in self.of("order_recorded")}


def play(tape: str | Path, plan: Path, data: Path, *, hash_seed: int = 0) -> Played:
    """Run `hengduo replay` with all its outputs; anything but success fails here."""
    trades = data.with_suffix(".csv")
    done = hengduo(
        "replay", "--tape", tape, "--plan", plan, "--data", data, "--trades", trades, "--json", hash_seed=hash_seed
    )
    assert done.returncode == 0, done.stderr
    summary = msgspec.json.decode(done.stdout, type=Summary)
    return Played(summary, read_trades(trades), journal_rows(data), data)


def verify(data: Path) -> Verified:
    """Run `hengduo verify`; the journal must be whole."""
    done = hengduo("verify", data, "--json")
    assert done.returncode == 0, done.stderr
    return msgspec.json.decode(done.stdout, type=Verified)


def read_trades(path: Path) -> list[Trade]:
    """Read the CSV of fills."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            Trade(
                row["account"], row["instrument"], row["side"], row["offset"], int(row["lots"]), Decimal(row["price"]),
                Decimal(row["fee"]), int(row["trading_day"]), int(row["at_ns"]), row["order_id"], row["trade_id"],
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def plain_rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    """Read rows of a SQLite file, which nobody writes to."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def journal_rows(data: Path) -> list[Row]:
    """Read the journal's records in the order they were appended."""
    found = plain_rows(data / "journal.db", "SELECT bytes FROM records ORDER BY position")
    return [msgspec.json.decode(text, type=Row) for (text,) in found]


# --- judgements -----------------------------------------------------------------------------------------------------


def judge_fills(played: Played, tape: Tape, terms: Mapping[str, Terms]) -> Counter[str]:
    """Hold every fill against the recording; return how many took and how many rested.

    A taking fill equals a displayed opposite level. A resting fill equals its own limit, which the opposite best had
    reached. Neither takes more than was displayed, all fills of one display together; every price is on tick.
    """
    orders = played.orders()
    accepted = {row.body["order"]: row.body["exchange_at"] for row in played.of("order_accepted")}
    clocks = {name: [shown.at for shown in rows] for name, rows in tape.items()}
    used: Counter[tuple[str, str, int]] = Counter()
    found: Counter[str] = Counter()
    assert len({(trade.trading_day, trade.instrument, trade.trade) for trade in played.trades}) == len(played.trades)
    for trade in played.trades:
        rows = tape[trade.instrument]
        place = bisect_right(clocks[trade.instrument], trade.at) - 1
        best, lots = rows[place].opposite(trade.side)
        limit = Decimal(orders[trade.order]["terms"]["price"])
        assert best is not None, f"{trade} traded with nobody"
        assert trade.sign * (limit - best) >= 0, f"{trade} was not reached: {rows[place]}"
        takes = accepted[trade.order] == trade.at
        assert trade.price == (best if takes else limit), f"{trade} with limit {limit}: {rows[place]}"
        assert trade.price % terms[trade.instrument].tick == 0, trade
        found["taking" if takes else "resting"] += 1
        while place and rows[place - 1].opposite(trade.side) == (best, lots):
            place -= 1
        used[trade.instrument, trade.side, place] += trade.lots
        assert used[trade.instrument, trade.side, place] <= lots, f"{trade} took more than displayed: {rows[place]}"
    return found


def judge_positions(played: Played) -> None:
    """Compute each position from the fills alone, by day, and compare it with what was printed."""
    flags = {order: intent["terms"]["hedge_flag"] for order, intent in played.orders().items()}
    ends = {account.account: account.trading_day for account in played.summary.accounts}
    held: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    days = dict.fromkeys(ends, 0)

    def roll(account: str, day: int) -> None:
        if day > days[account]:
            days[account] = day
            for key in [key for key in held if key[0] == account]:
                for side in ("long", "short"):
                    held[key][f"{side}_yesterday"] += held[key].pop(f"{side}_today", 0)

    for trade in played.trades:
        roll(trade.account, trade.trading_day)
        lots = held[trade.account, trade.instrument, flags[trade.order]]
        opens = trade.offset == "OPEN"
        side = "long" if (trade.side == "BUY") == opens else "short"
        if opens:
            lots[f"{side}_today"] += trade.lots
            continue
        explicit = trade.instrument.split(".")[0] in {"SHFE", "INE"}
        old = trade.lots if explicit else min(trade.lots, lots[f"{side}_yesterday"])
        old = 0 if trade.offset == "CLOSE_TODAY" else old
        lots[f"{side}_yesterday"] -= old
        lots[f"{side}_today"] -= trade.lots - old
        assert min(lots.values()) >= 0, f"{trade} closed what was not there"
    for account, day in ends.items():
        roll(account, day)
    ours = {key: +lots for key, lots in held.items() if +lots}
    theirs = {(p.account, p.instrument, p.hedge_flag): +_buckets(p) for p in played.summary.positions}
    assert ours == {key: lots for key, lots in theirs.items() if lots}
    assert all(p.net == p.long_today + p.long_yesterday - p.short_today - p.short_yesterday
               for p in played.summary.positions)  # fmt: skip


def _buckets(position: Position) -> Counter[str]:
    names = ("long_today", "long_yesterday", "short_today", "short_yesterday")
    return Counter({name: getattr(position, name) for name in names})


def judge_equity(played: Played, tape: Tape, terms: Mapping[str, Terms]) -> None:
    """Compute each account's equity from cash, fills, fees and the last prices of the recording, to the cent."""
    equity: dict[str, Decimal] = defaultdict(Decimal)
    for row in played.of("account_opened"):
        equity[row.body["account"]] += Decimal(row.body["cash"])
    for row in played.of("cash_moved"):
        equity[row.body["account"]] += Decimal(row.body["amount"])
    for trade in played.trades:
        equity[trade.account] -= trade.sign * trade.lots * trade.price * terms[trade.instrument].multiplier + trade.fee
    for position in played.summary.positions:
        last = tape[position.instrument][-1].last
        assert last is not None
        equity[position.account] += position.net * last * terms[position.instrument].multiplier
    assert {account.account: account.equity for account in played.summary.accounts} == dict(equity)


def judge_rates(played: Played) -> None:
    """Count orders and cancels to each exchange in any second and in any ten (control C8)."""
    orders = played.orders()
    sent: dict[str, deque[int]] = defaultdict(deque)
    for row in played.of("order_recorded", "cancel_recorded"):
        stamps = sent[orders[row.body["order"]]["terms"]["instrument"].split(".")[0]]
        stamps.append(row.utc)
        while stamps[0] <= row.utc - 10 * SECOND:
            stamps.popleft()
        assert len(stamps) <= SUSTAINED, f"{len(stamps)} messages in 10 s at {clock(row.utc)}"
        last = sum(stamp > row.utc - SECOND for stamp in stamps)
        assert last <= BURST, f"{last} messages in 1 s at {clock(row.utc)}"


def judge_lines(played: Played) -> None:
    """Let no line of a grid have two orders of a kind at work, or hold more than its lots."""
    ended = {"order_rejected", "order_cancelled", "order_expired", "order_voided"}
    working: dict[tuple[str, str], str] = {}
    held: Counter[tuple[str, str]] = Counter()
    orders = played.orders()
    most = {row.body["strategy"]: row.body["settings"].get("lots_per_line", 0) for row in played.of("strategy_started")}
    for row in played.rows:
        order = str(row.body.get("order"))
        tag = orders[order]["cause"]["tag"] if order in orders else ""
        if not tag.startswith("line:"):
            continue
        strategy = orders[order]["cause"]["strategy"]
        if row.kind == "order_recorded":
            assert (strategy, tag) not in working, f"a second order on {strategy} {tag}"
            working[strategy, tag] = order
        elif row.kind in ended or (row.kind == "order_filled" and row.body["is_last"]):
            working.pop((strategy, tag), None)
        if row.kind == "order_filled":
            _, line, what = tag.split(":")
            held[strategy, line] += row.body["lots"] if what == "entry" else -row.body["lots"]
            assert 0 <= held[strategy, line] <= most[strategy], f"{strategy} line {line} holds {held[strategy, line]}"


def judge_exchange(played: Played) -> None:
    """Compare the journal with the exchange's own file: every order, every trade, every position, once (I3, I8, I9)."""
    file = played.data / "exchange" / "exchange.db"
    ((told,),) = plain_rows(file, "SELECT value FROM meta WHERE key = 'clock'")
    assert json.loads(told)["duplicates"] == 0, "an order was written to the wire twice"
    fields = ("account", "instrument", "side", "offset", "lots", "price", "hedge_flag", "time_condition")
    there = {row[0]: row[1:] for row in plain_rows(file, f"SELECT wire_key, {', '.join(fields)} FROM orders")}
    intents = {body["wire_key"]: body for body in played.orders().values()}
    assert len(intents) == played.summary.orders
    assert there.keys() <= intents.keys(), "the exchange holds an order without an intent"
    for wire_key, terms in there.items():
        assert terms == tuple(intents[wire_key]["terms"][field] for field in fields)
    voided = {row.body["order"] for row in played.of("order_voided")}
    assert {key for key, body in intents.items() if body["order"] not in voided} == there.keys()
    trades = plain_rows(file, "SELECT trading_day, exchange, trade, sys_id, side, lots, price FROM trades")
    names = ("trading_day", "exchange", "trade", "sys_id", "side", "lots", "price")
    booked = Counter(tuple(row.body[name] for name in names) for row in played.of("order_filled"))
    assert booked == Counter(trades), "a fill is missing or booked twice"
    positions = {
        row[:3]: row[3:]
        for row in plain_rows(file, "SELECT * FROM positions")
        if any(row[3:])
    }  # fmt: skip
    assert positions == {
        (p.account, p.instrument, p.hedge_flag): (p.long_today, p.long_yesterday, p.short_today, p.short_yesterday)
        for p in played.summary.positions
        if any(_buckets(p).values())
    }


def rounded_half_up(amount: Decimal) -> Decimal:
    """Return yuan rounded to the fen."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
