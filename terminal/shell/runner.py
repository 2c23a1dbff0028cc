"""Run an engine over a gateway and a journal: append first, then act, then tell.

One input, one turn, one append. The effects of a turn are carried out only after its append returned; if it fails
nothing was sent, the engine is abandoned and trading stops. Restart is recovery: fold the journal, log in, read the
market's past for the columns, and let the barrier decide when opening is allowed again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from terminal.domain.errors import UserError
from terminal.domain.fact.facts import InstrumentListed
from terminal.domain.ids import DeviceId, PersonId
from terminal.domain.market import Batch
from terminal.domain.reports import LinkDown
from terminal.engine.book.unlisted import why_unlisted
from terminal.engine.commands import answer_again
from terminal.engine.exchange.day import list_terms
from terminal.engine.fold import Fold, apply
from terminal.engine.ports import OtherExchangeError, WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.engine.prices.columns import Columns
from terminal.engine.receive import Engine
from terminal.engine.records.journal import RECORD_VERSION, Actor, Record, records_of
from terminal.engine.state import State
from terminal.engine.turn import Turn
from terminal.shell.held import ready

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from terminal.domain.commands import Command
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.reports import Report
    from terminal.engine.ports import Gateway
    from terminal.engine.receive import Input
    from terminal.engine.records.journal import Entry, Journal
    from terminal.shell.opening import Listing, Opening, Script

FIRST_PAUSE = 0.5  # seconds, doubled at each failure
LONGEST_PAUSE = 30.0
GIVE_UP_AFTER = 60.0

PLANNER = Actor(PersonId("plan"), DeviceId("plan"))


# Before version 2 the tenant's stream named everybody to everybody (SAFETY I25): it is not carried on with.
OLD_JOURNAL = (
    "日志由旧版程序写成（记录第 {} 版，本程序第 {} 版），没有动它，也不能接着交易；"
    "样例与练习请换一个数据目录重新开始，要查看旧记录请用写成它的版本打开。"
)


def fold_journal(journal: Journal) -> tuple[State, int]:
    """Return the state a journal folds to, and the market clock of its last record."""
    state, at = State(), 0
    for entry in journal.replay():
        record = entry.record
        if record.v < RECORD_VERSION:
            raise UserError(OLD_JOURNAL.format(record.v, RECORD_VERSION))
        if not isinstance(record, Record):
            raise UserError(f"日志第 {entry.position} 条是更新版本写入的 {record.kind}，请用新版本打开，旧版本不交易。")
        apply(state, record.fact, record.utc)
        at = max(at, record.utc)
    return state, at


class Runner:
    """Hold one running engine with its doors."""

    def __init__(
        self,
        *,
        journal: Journal,
        gateway: Gateway,
        calendar: Calendar,
        opening: Opening,
        listing: Listing,
        script: Script,
        version: str,
        told: Callable[[Turn, Engine], None] | None = None,
        stored: Callable[[Sequence[Entry]], None] | None = None,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.journal = journal
        self.gateway = gateway
        self.opening = opening
        self.batches = 0
        self.updates = 0
        self._calendar = calendar
        self._listing = listing
        self._script = script
        self._version = version
        self._told = told
        self._stored = stored
        self.fold: Fold = apply  # of every turn
        self._wait = wait
        self._day = 0
        self._listed_on = 0
        self._held: list[Command] = []  # of the script, waiting for a barrier, until the next batch at most
        state, self._floor = fold_journal(journal)
        self.state = state
        self.engine: Engine | None = None

    # --- beginning ----------------------------------------------------------------------------------------------

    async def begin(self, *, from_batch: int = 0) -> None:
        """Log in, build or recover the engine, and read the market's past from a batch on."""
        held, first = await self._log_in(from_batch)
        before = self.state.tenant.exchange
        if before not in {"", self.gateway.identity}:
            raise UserError(f"{OtherExchangeError(before, self.gateway.identity)}。")
        self.engine = self._build(first.at)
        turn = self.engine.start(
            market=self.gateway.market,
            exchange=self.gateway.identity,
            plan_sha256=self.opening.plan_sha256,
            version=self._version,
            tenant=self.opening.tenant,
        )
        await self.commit(turn)
        self._script.start(first.at)
        for report in held:
            await self.take(report)
        await self.take(first)

    async def _log_in(self, from_batch: int) -> tuple[list[Report], Batch]:
        # What was told before the first batch, and that batch. Nothing has begun yet, so nobody waits for a dead link.
        held: list[Report] = []
        try:
            await self.gateway.connect(from_batch=from_batch)
            while True:
                item = await self.gateway.next()
                if item is None:
                    raise UserError(f"行情 {self.gateway.market} 里没有任何报价，请检查文件。")
                if isinstance(item, Batch):
                    return held, item
                held.append(item)
        except ConnectionError as problem:
            raise UserError(f"{problem}。") from problem

    def _build(self, at: int) -> Engine:
        fresh = not self.state.accounts
        day = self._calendar.trading_day(max(at, self._floor))
        turn = Turn(self.state, max(at, self._floor), "plan", PLANNER, self.fold)
        known = self.state.tenant.instruments
        # Slots of the market come first; what only the plan knows (spot places) follows them.
        universe = tuple(dict.fromkeys((*self.gateway.universe, *self.opening.spots)))
        for name in universe:
            if name not in known:
                turn.say(InstrumentListed(instrument=self._listing.instrument(name, day)))
        if fresh:
            for fact in self.opening.first_facts(day):
                turn.say(fact)
        columns = Columns(universe, known)
        lacking = why_unlisted(self.state, columns.slot_of)
        if lacking:
            raise UserError(lacking)
        self._append(turn)
        for name, (price, stated_at, _) in self.state.tenant.spots.items():
            columns.state_spot(name, price, stated_at)
        for spread in self.opening.spreads:
            absent = [name for name, _, _ in spread.legs if name not in columns.slot_of]
            if absent:
                raise UserError(f"方案的价差 {spread.name} 用到 {absent[0]}，这份行情里没有它，请改方案或换行情。")
            columns.add_spread(spread.name, spread.legs)
        engine = Engine(self.state, columns, self._calendar, self.opening.alarms)
        engine.look.terms = self._listing.instrument
        engine.floor, engine.fold = turn.at, self.fold
        engine.prepare()
        return engine

    # --- running ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Take inputs until the market ends."""
        while await self.step():
            pass

    async def step(self) -> bool:
        """Take one input; return whether there may be more."""
        item = await self.gateway.next()
        if item is None:
            await self._give(self._held)
            return False
        await self.take(item)
        if isinstance(item, LinkDown):
            await self._reconnect()
        return True

    async def _reconnect(self) -> None:
        # Wall time of the host decides here: sockets are not the market's business (SAFETY I30).
        pause = FIRST_PAUSE
        waited = 0.0
        while True:
            try:
                await self.gateway.connect(from_batch=self._running.columns.batch + 1)
            except OtherExchangeError as problem:
                raise UserError(f"{problem}。") from problem
            except ConnectionError as problem:
                if waited >= GIVE_UP_AFTER:
                    raise UserError(
                        f"{GIVE_UP_AFTER:.0f} 秒内连不上交易所（{problem}）。已记录的都在日志里；"
                        "请确认交易所进程在运行，再用同一目录继续。"
                    ) from problem
                await self._wait(pause)
                waited += pause
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return

    async def take(self, item: Input) -> None:
        """Decide on one input, make the turn durable, and carry it out."""
        engine = self._running
        if isinstance(item, Batch):
            await self._give(self._held)
            self.batches += 1
            self.updates += len(item.slots)
            self._say_day(item.at)
            if item.index < self.gateway.history_until:
                engine.warm(item)
                return
            if self._listed_on != self._day:
                await self.commit(self._list_again(item.at))
        await self.commit(engine.receive(item))
        if isinstance(item, Batch):
            self._held = self._script.due(item.at, self.state)
        if self._held:
            await self._give(list(ready(self._held, self.state)))

    async def _give(self, commands: Sequence[Command]) -> None:
        # What is still held when the next batch comes has waited in vain, and hears so as of its own moment.
        self._held = [command for command in self._held if command not in commands]
        for command in commands:
            await self.command(command)
            if self._running.result is not None:
                self._script.heard(self._running.result)

    async def command(self, command: Command) -> None:
        """Carry out one command; one that took effect before the state forgot it gets its first answer (SAFETY I17)."""
        engine = self._running
        first = self.journal.command_result(command.command)
        if first is not None and not self.state.has_answered(command.command):
            engine.result = answer_again(command, first)
            return
        await self.commit(engine.receive(command))

    def _list_again(self, at: int) -> Turn:
        # Margin, limits and fees of a contract are those of the day: what differs is listed anew with the first quotes
        # of a trading day, before the day before is settled, as the exchanges raise margin with that settlement.
        self._listed_on = self._day
        turn = Turn(self.state, max(at, self._running.floor), "plan", PLANNER, self.fold)
        list_terms(turn, self._running.look, self._day)
        return turn

    def _say_day(self, at: int) -> None:
        # What the plan knows and the recording does not: previous settlements and limits of the new trading day.
        engine = self._running
        day = self._calendar.trading_day(at)
        if day == self._day:
            return
        self._day = day
        for name in engine.columns.universe:
            said = self._listing.day_facts(name, day)
            if said is not None:
                engine.columns.say(said)

    @property
    def _running(self) -> Engine:
        if self.engine is None:
            raise UserError("运行器还没有启动。")
        return self.engine

    async def commit(self, turn: Turn) -> None:
        """Append a turn, then carry out its effects, then tell whoever listens."""
        if turn.said:
            try:
                self._append(turn)
            except BaseException:
                # It has folded what was never recorded: no further input may reach it (SAFETY I1).
                self.engine = None
                raise
        for effect in turn.effects:
            match effect:
                case WireOrder():
                    await self.gateway.submit(effect)
                case WireCancel():
                    await self.gateway.cancel(effect)
                case WireExercise() | WireWithdrawal():
                    await self.gateway.exercise(effect)
                case _:
                    await self.gateway.query(effect.account, effect.query)
        if self._told is not None:
            self._told(turn, self._running)

    def _append(self, turn: Turn) -> None:
        if not turn.said:
            return
        journal = self.journal
        records = records_of(turn.said, journal.heads(), tenant=journal.tenant, epoch=journal.epoch, utc=turn.at)
        batch = self.engine.columns.batch if self.engine is not None else -1
        done = journal.cursor()
        # While the past is read again the cursor stays where it was: it never turns back.
        entries = journal.append(records, batch=batch if batch > (-1 if done is None else done) else None)
        if self._stored is not None:
            self._stored(entries)
