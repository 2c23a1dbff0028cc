"""Append first, then act, then tell; and what a runner does when it cannot."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.errors import UserError
from terminal.domain.fact.facts import (
    AccountOpened,
    CommandDone,
    InstrumentListed,
    LinkLost,
    PersonEnrolled,
    RunnerStarted,
)
from terminal.domain.ids import AccountId, CommandId, InstrumentId, StreamId
from terminal.domain.market import Batch, DayFacts
from terminal.domain.orders.order import Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.reports import LinkDown, LinkUp, QueryAnswer, Report
from terminal.domain.words.risk import Scope
from terminal.engine.ports import OtherExchangeError, WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.engine.receive import Engine
from terminal.engine.records.chain import genesis, link
from terminal.engine.records.journal import Entry, JournalError, Record, UnknownRecord
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.state import State
from terminal.engine.turn import Turn
from terminal.shell.runner import FIRST_PAUSE, GIVE_UP_AFTER, LONGEST_PAUSE, Runner, fold_journal
from tests.engine_market import OTHER
from tests.engine_people import make_opening
from tests.engine_world import (
    DAY,
    LIMITS,
    MORNING,
    NEXT_NIGHT,
    ONE,
    RB,
    TENANT,
    TRADER,
    UNIVERSE,
    device,
    instruments,
    make_batch,
    reference,
    run,
    terms,
)

SECOND = 1_000_000_000
LINK_UP = LinkUp(session="1", trading_day=DAY)


def batch(index: int, at: int | None = None) -> Batch:
    return make_batch(index, MORNING + index * SECOND if at is None else at, {RB: (3700, 3701)})


def answer(query: int) -> QueryAnswer:
    return QueryAnswer(account=ONE, query=query, trading_day=DAY, orders=(), trades=(), positions=(), reports_before=0)


class ScriptedGateway:
    """Hand out given inputs and note everything that is asked of it, in the one list everybody here writes into."""

    market = "scripted"
    universe = UNIVERSE
    standing = None

    def __init__(self, log: list[str], items: Sequence[Batch | Report], *, history_until: int = 0) -> None:
        self.log, self.identity = log, "scripted"
        self.items = deque(items)
        self.history_until = history_until
        self.unreachable = 0  # logins that fail
        self.other: OtherExchangeError | None = None  # who answers in the exchange's place

    async def connect(self, *, from_batch: int) -> None:
        self.log.append(f"connect {from_batch}")
        if self.other is not None:
            raise self.other
        if self.unreachable:
            self.unreachable -= 1
            raise ConnectionError("连不上交易所")

    async def next(self) -> Batch | Report | None:
        return self.items.popleft() if self.items else None

    async def submit(self, order: WireOrder) -> None:
        self.log.append(f"submit {order.wire_key.rpartition('/')[2]}")

    async def cancel(self, cancel: WireCancel) -> None:
        self.log.append("cancel")

    async def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        self.log.append("exercise")

    async def query(self, account: AccountId, query: int) -> None:
        self.log.append(f"query {account}")
        if account == ONE:
            self.items.appendleft(answer(query))

    async def close(self) -> None:
        self.log.append("close")


class NotedJournal(MemoryJournal):
    """Note each append, after it returned."""

    log: list[str]

    def append(self, records: Sequence[Record], *, batch: int | None = None) -> Sequence[Entry]:
        entries = super().append(records, batch=batch)
        self.log.append(f"append {'+'.join(record.kind for record in records)}")
        return entries


class Plan:
    """Be listing and script of a plan: what it says about days, and commands at given batches."""

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.facts: dict[tuple[InstrumentId, int], DayFacts] = {}
        self.commands: dict[int, list[c.Command]] = {}
        self.answers: list[CommandDone] = []

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        self.log.append(f"list {instrument} {on}")
        return instruments()[instrument]

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        self.log.append(f"say {instrument} {on}")
        return self.facts.get((instrument, on))

    def start(self, at: int) -> None:
        self.log.append(f"start {at - MORNING}")

    def due(self, at: int, state: State) -> list[c.Command]:
        self.log.append(f"due {at - MORNING}")
        return self.commands.get(at, [])

    def heard(self, done: CommandDone) -> None:
        self.answers.append(done)


class House:
    def __init__(
        self, items: Sequence[Batch | Report], *, history_until: int = 0, journal: MemoryJournal | None = None
    ) -> None:
        self.log: list[str] = []
        self.paused: list[float] = []
        self.plan = Plan(self.log)
        self.gateway = ScriptedGateway(self.log, items, history_until=history_until)
        self.journal = NotedJournal(TENANT) if journal is None else journal
        if isinstance(self.journal, NotedJournal):
            self.journal.log = self.log
        self.runner = Runner(
            journal=self.journal,
            gateway=self.gateway,
            calendar=reference().calendar,
            opening=make_opening(limits=LIMITS, cash=Decimal(1_000_000), spreads=(), alarms=()),
            listing=self.plan,
            script=self.plan,
            version="test",
            told=self.tell,
            wait=self.wait,
        )

    def tell(self, turn: Turn, _: Engine) -> None:
        self.log.append(f"told {turn.cause}")

    async def wait(self, seconds: float) -> None:
        self.paused.append(seconds)

    def begin(self) -> House:
        run(self.runner.begin())
        return self

    def play(self) -> House:
        run(self.runner.run())
        return self

    def noted(self, *words: str) -> list[str]:
        return [line for line in self.log if line.startswith(words)]

    def records(self) -> list[Record]:
        return [entry.record for entry in self.journal.replay() if isinstance(entry.record, Record)]


def submit(name: str = "c1", lots: int = 1) -> c.Command:
    return c.Command(
        command=CommandId(name),
        person=TRADER,
        device=device(TRADER),
        at=MORNING,
        body=c.SubmitOrder(terms=terms(Side.BUY, lots, 3701)),
    )


def trading() -> House:
    """Return a runner whose barrier is passed."""
    return House([LINK_UP, batch(0), batch(1)]).begin().play()


# --- beginning -------------------------------------------------------------------------------------------------


def test_a_market_without_a_quote_is_a_sentence() -> None:
    with pytest.raises(UserError, match="scripted 里没有任何报价"):
        House([LINK_UP]).begin()


def test_an_exchange_that_is_not_there_at_the_start_is_a_sentence() -> None:
    house = House([LINK_UP, batch(0)])
    house.gateway.unreachable = 1
    with pytest.raises(UserError, match="连不上交易所"):
        house.begin()
    assert house.records() == []


def test_a_new_journal_begins_with_instruments_people_and_accounts() -> None:
    house = House([LINK_UP, batch(0)]).begin()
    facts = [record.fact for record in house.records()]
    listed = [fact.instrument.id for fact in facts if isinstance(fact, InstrumentListed)]
    assert listed == list(UNIVERSE)
    opened = [fact for fact in facts if isinstance(fact, AccountOpened)]
    assert [one.trading_day for one in opened] == [DAY, DAY], "the market's first clock decides the day"
    assert facts.index(opened[0]) > max(n for n, fact in enumerate(facts) if isinstance(fact, PersonEnrolled))
    started = next(fact for fact in facts if isinstance(fact, RunnerStarted))
    assert (started.start, started.market, started.plan_sha256, started.version) == (1, "scripted", "0" * 64, "test")


def test_a_night_opens_its_accounts_on_the_next_trading_day() -> None:
    house = House([LINK_UP, batch(0, NEXT_NIGHT)]).begin()
    assert {account.trading_day for account in house.runner.state.accounts.values()} == {20200824}


def test_the_next_runner_says_none_of_it_again() -> None:
    first = House([LINK_UP, batch(0)]).begin()
    before = len(first.records())
    again = House([LINK_UP, batch(0)], journal=first.journal.reopen()).begin()
    new = [record.kind for record in again.records()[before:]]
    assert new[0] == "runner_started"
    assert not {"instrument_listed", "person_enrolled", "account_opened", "limits_set"} & set(new)
    assert again.runner.state.tenant.starts == 2


def test_it_logs_in_from_the_first_batch_and_hears_reports_before_batches() -> None:
    house = House([LINK_UP, batch(0), batch(1)]).begin()
    assert house.log[0] == "connect 0"
    causes = house.noted("told")
    assert causes[:2] == ["told start", "told report"]
    assert house.runner.batches == 1


def test_before_it_began_nothing_can_be_asked_of_it() -> None:
    house = House([LINK_UP, batch(0)])
    with pytest.raises(UserError, match="没有启动"):
        run(house.runner.command(submit()))


# --- append, act, tell -----------------------------------------------------------------------------------------


def test_the_intent_is_durable_before_the_order_leaves_and_told_after_it() -> None:
    house = trading()
    house.log.clear()
    run(house.runner.command(submit()))
    assert house.log == ["append order_recorded+command_done", "submit 00000001", "told cmd:c1"]


def test_sent_rides_the_next_commit() -> None:
    house = trading()
    run(house.runner.command(submit()))
    house.gateway.items.append(batch(2))
    house.log.clear()
    house.play()
    assert house.noted("append") == ["append order_sent"]


def test_a_turn_in_which_nothing_happened_writes_nothing() -> None:
    house = trading()
    before = len(house.records())
    house.gateway.items.append(batch(2))
    house.log.clear()
    house.play()
    assert house.noted("append") == []
    assert house.noted("told") == ["told batch:2"]
    assert len(house.records()) == before


def test_what_cannot_be_appended_is_not_done_not_told_and_ends_the_runner() -> None:
    house = trading()
    house.journal._room = len(house.records()) + 1  # intent and answer are two
    house.log.clear()
    with pytest.raises(JournalError):
        run(house.runner.command(submit()))
    assert house.log == []
    house.gateway.items.append(batch(2))
    with pytest.raises(UserError, match="没有启动"):
        house.play()
    with pytest.raises(UserError, match="没有启动"):
        run(house.runner.command(submit("c2")))
    assert house.noted("submit", "told") == []


def test_an_opening_order_of_the_very_moment_a_barrier_begins_waits_for_its_answer() -> None:
    house = House([LINK_UP, batch(0)])
    house.plan.commands[MORNING] = [submit()]
    house.begin()
    assert house.plan.answers == []
    house.play()
    assert [(done.command, done.ok) for done in house.plan.answers] == [("c1", True)]
    assert house.noted("submit") == ["submit 00000001"]


def test_it_waits_no_longer_than_until_the_next_batch_and_hears_why_it_was_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def silent(account: AccountId, query: int) -> None:
        """Answer nothing."""

    for more in ([batch(1)], []):
        house = House([LINK_UP, batch(0), *more])
        monkeypatch.setattr(house.gateway, "query", silent)
        house.plan.commands[MORNING] = [submit()]
        house.begin().play()
        (done,) = house.plan.answers
        assert not done.ok
        assert "对账尚未完成" in done.sentence
        (record,) = (record for record in house.records() if isinstance(record.fact, CommandDone))
        assert record.utc == MORNING


def test_only_what_follows_a_waiting_order_in_its_account_waits_with_it_and_a_kill_does_not() -> None:
    house = House([LINK_UP, batch(0)])
    bodies = [c.CancelAll(account=ONE), c.CancelAll(account=OTHER), c.Kill(account=ONE, scope=Scope(), reason="停")]
    before, *after = (
        msgspec.structs.replace(submit(f"c{number}"), body=body)
        for number, body in enumerate([c.CancelAll(account=ONE), *bodies])
    )
    house.plan.commands[MORNING] = [before, submit("order"), *after]
    house.begin()
    assert [done.command for done in house.plan.answers] == ["c0", "c2", "c3"]
    house.play()
    assert [done.command for done in house.plan.answers[3:]] == ["order", "c1"]


def test_the_records_carry_the_market_clock_and_their_cause() -> None:
    house = trading()
    run(house.runner.command(submit()))
    last = house.records()[-1]
    assert (last.utc, last.cause, last.actor.person) == (MORNING + SECOND, "cmd:c1", TRADER)
    assert {record.cause for record in house.records()} >= {"plan", "start", "report", "cmd:c1"}


def test_the_cursor_follows_the_batches_that_left_a_record() -> None:
    house = trading()
    assert house.journal.cursor() == 0, "batch 1 left no record"
    run(house.runner.command(submit()))
    assert house.journal.cursor() == 1


# --- the past --------------------------------------------------------------------------------------------------


def test_the_past_is_read_and_not_decided_on() -> None:
    # Batches 0 to 2 were passed before this login; 3 is live.
    house = House([LINK_UP, *(batch(index) for index in range(4))], history_until=3)
    house.plan.commands = {MORNING + index * SECOND: [submit(f"c{index}")] for index in range(4)}
    house.begin().play()
    assert house.noted("due") == [f"due {3 * SECOND}"]
    assert house.noted("submit") == ["submit 00000001"]
    assert [line for line in house.noted("told") if "batch" in line] == ["told batch:3"]
    assert house.runner.batches == 4


def test_the_cursor_never_turns_back_while_the_past_is_read_again() -> None:
    first = House([LINK_UP, *(batch(index) for index in range(6))]).begin().play()
    run(first.runner.command(submit()))
    assert first.journal.cursor() == 5
    again = House([LINK_UP, *(batch(index) for index in range(6))], history_until=6, journal=first.journal.reopen())
    again.begin().play()
    assert again.journal.cursor() == 5
    stamps = [record.utc for record in again.records()]
    assert stamps == sorted(stamps), "no record is older than the one before"


@pytest.mark.parametrize(
    ("version", "said"),
    [(3, "第 1 条是更新版本写入的 moon_phase"), (1, "日志由旧版程序写成（记录第 1 版，本程序第 2 版）")],
)
def test_a_journal_of_another_program_is_not_traded_on(version: int, said: str) -> None:
    journal = MemoryJournal(TENANT)
    stream = StreamId(f"tenant:{TENANT}")
    data = (
        b'{"v":%d,"tenant":"house","stream":"tenant:house","epoch":1,"seq":1,"utc":1,"kind":"moon_phase",'
        b'"cause":"x","actor":{"person":"p","device":"d"},"body":{"type":"moon_phase"}}' % version
    )
    digest = link(genesis(TENANT, stream, 1), data)
    journal._stored.entries.append((stream, 1, data, digest))
    (entry,) = journal.replay()
    assert isinstance(entry, Entry)
    assert isinstance(entry.record, UnknownRecord)
    with pytest.raises(UserError, match=said):
        fold_journal(journal)


# --- script and days -------------------------------------------------------------------------------------------


def test_the_script_is_started_once_with_the_first_clock_and_asked_after_every_live_batch() -> None:
    house = House([LINK_UP, batch(0), batch(1), batch(2)])
    house.plan.commands = {MORNING + 2 * SECOND: [submit("a"), submit("b", 2)]}
    house.begin().play()
    assert house.noted("start") == ["start 0"]
    assert house.noted("due") == [f"due {index * SECOND}" for index in range(3)]
    assert house.noted("submit") == ["submit 00000001", "submit 00000002"]
    order = [line for line in house.log if line in {"told batch:2", f"due {2 * SECOND}", "told cmd:a", "told cmd:b"}]
    assert order == ["told batch:2", f"due {2 * SECOND}", "told cmd:a", "told cmd:b"]


def test_what_the_plan_says_about_a_day_is_asked_once_a_day_and_known_to_the_gate() -> None:
    house = House([LINK_UP, batch(0), batch(1), batch(2, NEXT_NIGHT), batch(3, NEXT_NIGHT + SECOND)])
    house.plan.facts[RB, DAY] = DayFacts(instrument=RB, trading_day=DAY, upper_limit=3710)
    house.begin()
    assert house.runner.engine is not None
    quote = house.runner.engine.columns.quote(RB)
    assert quote is not None
    assert quote.upper_limit == 3710
    house.play()
    assert house.noted("say") == [f"say {name} {day}" for day in (DAY, 20200824) for name in UNIVERSE]


# --- the link --------------------------------------------------------------------------------------------------


def test_after_a_lost_link_it_logs_in_from_the_next_batch() -> None:
    house = House([LINK_UP, batch(0), batch(1), LinkDown(why="断线")]).begin().play()
    assert house.noted("connect") == ["connect 0", "connect 2"]
    lost = [record.fact for record in house.records() if isinstance(record.fact, LinkLost)]
    assert [one.why for one in lost[-2:]] == ["断线", "断线"]
    assert not house.runner.state.accounts[ONE].barrier.passed
    assert house.paused == [], "the first try is at once"


def test_a_journal_of_another_exchange_is_not_gone_on_with() -> None:
    first = House([LINK_UP, batch(0), batch(1)]).begin().play()
    again = House([LINK_UP, batch(2)], journal=first.journal.reopen())
    again.gateway.identity = "another"
    before = len(again.records())
    with pytest.raises(UserError, match="原为 scripted，现为 another；请照原来的行情和目录启动交易所"):
        again.begin()
    assert len(again.records()) == before


def test_another_exchange_in_the_place_of_ours_ends_a_replay() -> None:
    house = House([LINK_UP, batch(0)]).begin()
    house.gateway.items.append(LinkDown(why="断线"))
    house.gateway.other = OtherExchangeError("scripted", "another")
    with pytest.raises(UserError, match="现为 another"):
        house.play()
    assert house.paused == []


def test_it_tries_again_with_growing_pauses() -> None:
    house = House([LINK_UP, batch(0)]).begin()
    house.gateway.items.append(LinkDown(why="断线"))
    house.gateway.unreachable = 5
    house.play()
    assert house.paused == [0.5, 1, 2, 4, 8]
    assert house.noted("connect")[-6:] == ["connect 1"] * 6


def test_it_gives_up_after_a_minute_with_a_sentence_that_says_what_to_do() -> None:
    house = House([LINK_UP, batch(0)]).begin()
    house.gateway.items.append(LinkDown(why="断线"))
    house.gateway.unreachable = 1_000
    with pytest.raises(UserError, match="已记录的都在日志里"):
        house.play()
    assert sum(house.paused) >= GIVE_UP_AFTER
    assert house.paused[0] == FIRST_PAUSE
    assert max(house.paused) <= LONGEST_PAUSE
