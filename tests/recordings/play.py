"""Play a recording with strategies, and say all that is wrong with it: nothing, where all is well.

What must hold: no invariant breaks; each strategy runs and trades; the report is written, and its figures follow from
the fills and the recording; a second backtest is the same bytes; a replay of the same tape sends the same orders.
"""

from __future__ import annotations

import asyncio
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from terminal.backtest.page import page
from terminal.backtest.report import AccountReport, encode
from terminal.backtest.run import Ran, backtest
from terminal.backtest.words import yuan
from terminal.backtest.write import write
from terminal.runner.replay import replay
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.recordings.markets import Market, Price, Stretch, files_of, prices_of
from tests.recordings.plans import Seen, write_plan


class Played(NamedTuple):
    """Hold what was played, with what, and what came of it."""

    market: Market
    kinds: tuple[str, ...]
    files: list[Path]
    prices: list[Price]
    plan: Path
    ran: Ran


def play(market: Market, stretch: Stretch, kinds: Sequence[str], shared: Path, folder: Path) -> Played:
    """Play a recording, or a stretch of it, with some kinds of strategies; `folder` is empty."""
    files = files_of(market, stretch, shared, folder)
    prices = prices_of(market, files)
    plan = write_plan(Seen.of(market, stretch, prices), kinds, folder)
    return Played(market, tuple(kinds), files, prices, plan, run(files, plan))


def run(files: Sequence[Path], plan: Path) -> Ran:
    """Run a backtest."""
    reference = tapes.reference()
    return backtest(files, plan=read_plan(plan, reference), reference=reference)


def faults(played: Played, folder: Path) -> Iterator[str]:
    """Say what is wrong, a sentence each; the reports and the journal of the replay are written to a folder."""
    yield from _broken(played)
    yield from _idle(played)
    yield from _unread(played, folder)
    yield from _unsound(played)
    yield from _unearned(played)
    yield from _unlike(played)
    yield from _otherwise(played, folder)


def _broken(played: Played) -> Iterator[str]:
    report = played.ran.report
    yield from (f"{one.trading_day} {one.sentence}" for one in report.violations)
    # Each day is checked once it is settled, and all once more at the end.
    if report.checks < len(report.total.days):
        yield f"the invariants were checked {report.checks} times in {len(report.total.days)} days"


def _idle(played: Played) -> Iterator[str]:
    found = {one.account for one in played.ran.report.strategies if one.strategy is not None}
    for kind in played.kinds:
        if kind.upper() not in found:
            yield f"{kind} never began"
    for one in played.ran.report.strategies:
        if one.strategy is None:
            continue
        if not one.activity.fills:
            yield f"{one.strategy} did not trade: {one.status} {one.reason}"
        if one.status not in {"RUNNING", "FINISHED"}:
            yield f"{one.strategy} is {one.status}: {one.reason}"


def _unread(played: Played, folder: Path) -> Iterator[str]:
    report = played.ran.report
    write(played.ran, folder)
    text = (folder / "report.html").read_text(encoding="utf-8")
    if "全部成立" not in text:
        yield "report.html does not say that all invariants hold"
    for one in report.strategies:
        if one.strategy is not None and (one.strategy not in text or yuan(abs(one.profit)).lstrip("0") not in text):
            yield f"report.html does not show {one.strategy} and its {one.profit}"
    if json.loads((folder / "report.json").read_bytes()) != json.loads(encode(report)):
        yield "report.json says something else"
    with (folder / "trades.csv").open(encoding="utf-8-sig", newline="") as table:
        if len(list(csv.DictReader(table))) != report.total.activity.fills:
            yield "trades.csv has another number of fills"


def _unsound(played: Played) -> Iterator[str]:
    # Both views of every day of every account come to its equity, and each day begins where the last one ended.
    report = played.ran.report
    for account in report.accounts:
        before = account.start_equity
        for day in account.days:
            inside = day.close_profit + day.position_profit + day.premium - day.commission
            if day.start_equity != before or day.start_equity + day.moved + inside != day.equity:
                yield f"{account.account} {day.trading_day} does not add up by the day"
            if day.balance + day.floating_profit != day.equity:
                yield f"{account.account} {day.trading_day} does not add up by the trade"
            before = day.equity
        if account.days and before != account.equity:
            yield f"{account.account} ends with {account.equity}, its last day with {before}"
    yield from _summed("accounts", report.total, report.accounts)


def _summed(what: str, total: AccountReport, parts: Sequence[AccountReport]) -> Iterator[str]:
    for name in ("start_equity", "moved", "equity", "profit"):
        if sum(getattr(one, name) for one in parts) != getattr(total, name):
            yield f"{name} of the {what} does not add up"
    for name in ("orders", "fills", "lots", "fees"):
        if sum(getattr(one.activity, name) for one in parts) != getattr(total.activity, name):
            yield f"{name} of the {what} does not add up"


def _unearned(played: Played) -> Iterator[str]:
    # What each strategy earned follows from its fills alone, and from the last prices of the recording. What its
    # account does not hold, as another owner has it the other way round, is worth one price to both: the last one told.
    size = played.market.multiplier
    there = {(one.account, held.instrument) for one in played.ran.report.accounts for held in one.positions}
    apart: dict[str, list[tuple[Decimal, Counter[str]]]] = defaultdict(list)
    # The minute that begins where the session ends is no quote, and marks nothing.
    until = played.ran.report.total.curve[-1].at
    last = {one.contract: one.last for one in played.prices if one.at <= until}
    cash: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    fees: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    held: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    for fill in played.ran.fills:
        whose = fill.account, fill.strategy
        cash[whose] -= fill.side.sign * fill.lots * fill.price * size
        fees[whose] += fill.fee
        held[whose][fill.instrument] += fill.side.sign * fill.lots
    for one in played.ran.report.strategies:
        whose = one.account, one.strategy
        lots = {name: net for name, net in held[whose].items() if net}
        if lots != {name: net for name, net in one.open_lots.items() if net}:
            yield f"{one.strategy} has {dict(one.open_lots)} open, its fills come to {lots}"
        earned = cash[whose] - fees[whose] + sum(net * last[name] * size for name, net in lots.items())
        mutual = Counter({name: net for name, net in lots.items() if (one.account, name) not in there})
        if mutual:
            apart[one.account].append((one.profit - earned, mutual))
        if fees[whose] != one.activity.fees or (earned != one.profit and not mutual):
            yield f"{one.strategy} earned {one.profit}, its fills come to {earned}"
    yield from _unequal(apart, size)


def _unequal(apart: Mapping[str, Sequence[tuple[Decimal, Counter[str]]]], size: int) -> Iterator[str]:
    # How far each owner's lots that its account does not hold are valued from the last price: alike, and so nothing in
    # all. Of an owner of several such contracts nothing tells which is valued how; the sum is held all the same.
    for account, owners in apart.items():
        if sum(off for off, _ in owners):
            yield f"{account}: what owners hold against each other is worth {sum(off for off, _ in owners)} in all"
        by_lot: dict[str, set[Decimal]] = defaultdict(set)
        for off, mutual in owners:
            if len(mutual) == 1:
                ((name, net),) = mutual.items()
                by_lot[name].add(off / (net * size))
        yield from (f"{account} {name} is valued in {len(one)} ways" for name, one in by_lot.items() if len(one) > 1)


def _unlike(played: Played) -> Iterator[str]:
    again = run(played.files, played.plan)
    if encode(again.report) != encode(played.ran.report) or page(again.report) != page(played.ran.report):
        yield "a second backtest writes another report"
    if again.fills != played.ran.fills:
        yield "a second backtest trades otherwise"


def _otherwise(played: Played, folder: Path) -> Iterator[str]:
    summary = asyncio.run(
        replay(
            tapes=played.files,
            plan=read_plan(played.plan, tapes.reference()),
            reference=tapes.reference(),
            data=folder / "data",
            trades=None,
            exchange=None,
        )
    )
    source, activity = played.ran.report.source, played.ran.report.total.activity
    # The head of the journal is over every record: each order with its terms and its time, each fill, each settlement.
    for name, wanted in (
        ("journal_head", source.journal_head),
        ("state_hash", source.state_hash),
        ("orders", activity.orders),
        ("fills", activity.fills),
        ("unknown_orders", 0),
    ):
        if summary[name] != wanted:
            yield f"{name} of the replay is {summary[name]}, the backtest has {wanted}"
