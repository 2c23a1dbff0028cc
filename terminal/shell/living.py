"""Keep one engine alive at the pace of its market, with people's commands in between.

One loop, one turn at a time: a lock stands around every turn, so that a command never lands inside another one's
append. A market that brings its own clock is asked for the next input and waits until that is due; the past, up to
`live_from`, is taken as fast as it comes. Breaks and nights of such a market pass in a second, unless something waits
for a second person and the market clock would take his time away: then they pass as they are, until he has decided or
his time is over. When the market has ended, that is said once; the loop stays, and stays when its exchange is gone:
people can still look, cancel and kill, and a lost exchange is called again and again, not given up (`hengduo replay`
gives up).

A journal that cannot be written, or a turn that broke off, ends everything: `run` raises at once, no command is
carried out any more, and nobody is shown the state, which has folded what was never recorded.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import show
from terminal.domain.errors import UserError
from terminal.domain.fact.facts import AlertRaised, LinkLost
from terminal.domain.market import Batch
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.reports import LinkDown
from terminal.domain.words.risk import Level
from terminal.engine.ports import OtherExchangeError
from terminal.engine.records.journal import Actor
from terminal.engine.turn import RUNNER, Turn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from terminal.domain.commands import Command
    from terminal.domain.fact.facts import CommandDone, Fact
    from terminal.domain.fact.sandbox import SandboxResult
    from terminal.domain.fact.statement import Handed
    from terminal.domain.ids import AccountId
    from terminal.engine.receive import Engine
    from terminal.shell.runner import Runner

LONGEST_WAIT: Final = 1.0  # seconds of wall time: breaks and nights of a market with its own clock pass quickly
BREATH: Final = 25  # batches of the past between two looks at the desks
NANOSECONDS: Final = 1_000_000_000
MARKET_ENDED: Final = "MARKET_ENDED"
OTHER_EXCHANGE: Final = "OTHER_EXCHANGE"
LINK_TAKEN: Final = "LINK_TAKEN"
TAKEN: Final = (
    "与交易所的登录一再刚连上就被断开：可能另有一个运行器用着同一个交易所；"
    "请找到并停掉它，在此之前本运行器每几秒再试一次。"
)
LOOK_SECONDS: Final = 0.02
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 5.0
LASTS: Final = 10.0  # seconds: a login that is lost sooner did not last
SUSPECT: Final = 3  # such logins in a row


class Living:
    """Run a runner for as long as somebody wants it.

    `monotonic` is the host's clock in seconds; `why_ended` is what people read when the market has nothing more.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        live_from: int,
        speed: float,
        seen: Callable[[list[int]], None],
        monotonic: Callable[[], float],
        why_ended: str = "这份行情到此放完",
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.runner = runner
        self._live_from = live_from
        self._speed = speed
        self._seen = seen
        self.monotonic = monotonic
        self._why_ended = why_ended
        self._wait = wait
        self._lock = asyncio.Lock()
        self._broken: Exception | None = None
        self._broke = asyncio.Event()
        self._alerted = ""  # the last sentence about the link that was raised as an alert
        self._linked_at = -LASTS  # host clock
        self._short_logins = 0  # in a row
        self.ended = False  # the market has nothing more to say

    @property
    def engine(self) -> Engine:
        """Return the engine; before `begin`, or after the journal failed, there is none."""
        if self.runner.engine is None:
            raise UserError("运行器没有在运行，什么也没有执行；请查看它的日志，重新启动后再试。")
        return self.runner.engine

    async def run(self) -> None:
        """Take inputs for ever; what breaks the journal is raised at once, however long the market would rest."""
        works = asyncio.ensure_future(self._take_inputs()), asyncio.ensure_future(self._broke.wait())
        try:
            await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            self.check()
            works[0].result()
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def _take_inputs(self) -> None:
        due = self.monotonic()
        while True:
            try:
                item = await self.runner.gateway.next()
            except ConnectionError as problem:
                item = LinkDown(why=str(problem))
            if item is None:
                await self._rest()
                continue
            is_past = isinstance(item, Batch) and self._is_past(item)
            if isinstance(item, Batch) and not is_past:
                due = await self._wait_until(due, item.at)
            async with self._turn():
                await self.runner.take(item)
            if isinstance(item, LinkDown):
                await self._reconnect()
            elif isinstance(item, Batch):
                self._seen([*item.slots.tolist(), *self.engine.stated()])  # the market's own script states prices too
                if is_past:
                    due = self.monotonic()
                    if not item.index % BREATH:
                        await asyncio.sleep(0)

    @property
    def is_live(self) -> bool:
        """Return whether the market has come to where it is played for people, or ends before that."""
        return self.ended or max(self.engine.columns.at, self.engine.floor) >= self._live_from

    async def go_live(self, still: Callable[[], bool]) -> bool:
        """Wait while the market's past is taken, for as long as `still` says so; return whether it is live."""
        while not self.is_live and still():
            await self._wait(LOOK_SECONDS)
        return self.is_live

    async def command(self, command: Command, still: Callable[[], bool]) -> CommandDone | None:
        """Carry out one command and return its result; `None` if `still` says that its turn came too late."""
        async with self._turn():
            if not still():
                return None
            await self.runner.command(command)
            result = self.engine.result
            stated = self.engine.stated()
        if stated:
            self._seen(stated)  # the next batch may be a break away, and none may ever name the place
        if result is None:
            raise UserError("指令没有结果。")
        return result

    async def kill(self, actor: Actor, reason: str, *, account: AccountId | None = None) -> None:
        """Pull the kill switch from outside the wire, for one account or all."""
        async with self._turn():
            await self.runner.commit(self.engine.kill(actor, reason, account=account))

    async def hand_in(self, actor: Actor, account: AccountId, handed: Handed | SandboxResult) -> tuple[bool, str]:
        """Take what `Engine.hand_in` takes from outside the wire; return whether it was taken, and a sentence."""
        async with self._turn():
            turn, ok, sentence = self.engine.hand_in(actor, account, handed)
            await self.runner.commit(turn)
        return ok, sentence

    async def say(
        self, facts: Sequence[Fact], actor: Actor, cause: str, still: Callable[[], bool] | None = None
    ) -> bool:
        """State facts that are nobody's decision, such as a device that was let in; `False` if `still` says no."""
        async with self._turn():
            if still is not None and not still():
                return False
            turn = Turn(self.runner.state, max(self.engine.columns.at, self.engine.floor), cause, actor)
            for fact in facts:
                turn.say(fact)
            await self.runner.commit(turn)
            return True

    def _turn(self) -> _OneTurn:
        return _OneTurn(self, self._lock)

    def broke(self, problem: Exception) -> None:
        """Remember what broke the journal: nothing is carried out after it."""
        self._broken = problem
        self._broke.set()

    def check(self) -> None:
        """Refuse to go on after the journal broke."""
        if self._broken is not None:
            raise UserError(f"运行器已停止：{self._broken}") from self._broken

    def _is_past(self, batch: Batch) -> bool:
        # What the exchange has passed already, while this link was down, is made good at once.
        return batch.at < self._live_from or batch.index < self.runner.gateway.history_until

    async def _wait_until(self, due: float, at: int) -> float:
        # A runner that fell behind does not race to catch up: the past second is the most it makes good.
        before = max(self.engine.columns.at, self._live_from)
        now = self.monotonic()
        whole = (at - before) / NANOSECONDS / self._speed
        due = max(due + min(whole, LONGEST_WAIT), now - LONGEST_WAIT)
        await self._wait(max(0.0, due - now))
        while whole > LONGEST_WAIT and (until := min(self._given_until(), at)) > before:
            left = now + (until - before) / NANOSECONDS / self._speed - self.monotonic()
            if left <= 0:
                break
            await self._wait(min(left, LONGEST_WAIT))
            due = self.monotonic()
        return due

    def _given_until(self) -> int:
        # The latest moment of the market clock up to which a second person may still decide on something.
        rows = (row for account in self.runner.state.accounts.values() for row in account.confirmations.values())
        return max((row.confirmation.expires_at for row in rows if row.state is ConfirmationState.PENDING), default=0)

    async def _rest(self) -> None:
        if not self.ended:
            self.ended = True
            await self._say_ended()
        await asyncio.sleep(LONGEST_WAIT)  # whoever cancels now still gets the exchange's answer

    async def _say_ended(self) -> None:
        sentence = (
            f"{self.runner.gateway.market}放到 {show(self.engine.columns.at)[:16]} 为止：{self._why_ended}；"
            "不再有报价，策略不再动作，挂单仍可撤销"
        )
        said = [
            AlertRaised(
                account=account.account, level=Level.YELLOW, code=MARKET_ENDED, instrument=None, sentence=sentence
            )
            for account in self.runner.state.accounts.values()
            if all(row.code != MARKET_ENDED for row in account.open_alerts.values())
        ]
        await self.say(said, RUNNER, "market")

    async def _alert(self, level: Level, code: str, sentence: str) -> None:
        # Of one cause once: it is tried again every few seconds.
        if self._alerted == sentence:
            return
        self._alerted = sentence
        said = [
            AlertRaised(account=account, level=level, code=code, instrument=None, sentence=sentence)
            for account in self.runner.state.accounts
        ]
        await self.say(said, RUNNER, "market")

    async def _say_why(self, why: str) -> None:
        # People see why it is down now: the exchange may be back, and refuse.
        accounts = self.runner.state.accounts.values()
        said = [
            LinkLost(account=one.account, why=why)
            for one in accounts
            if one.link_loss is not None and one.link_loss.why != why
        ]
        if said:
            await self.say(said, RUNNER, "market")

    async def _reconnect(self) -> None:
        # A login that did not last is no success: two runners would throw each other out as fast as they can.
        self._short_logins = self._short_logins + 1 if self.monotonic() - self._linked_at < LASTS else 0
        if self._short_logins >= SUSPECT:
            await self._alert(Level.ORANGE, LINK_TAKEN, TAKEN)
        pause = FIRST_PAUSE
        if self._short_logins:
            await self._wait(min(pause * 2**self._short_logins, LONGEST_PAUSE))
        while True:
            try:
                await self.runner.gateway.connect(from_batch=self.engine.columns.batch + 1)
            except OtherExchangeError as problem:
                await self._alert(Level.RED, OTHER_EXCHANGE, f"{problem}。")
                await self._wait(LONGEST_PAUSE)
            except ConnectionError as problem:
                await self._say_why(str(problem))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._linked_at = self.monotonic()
                return


class _OneTurn:
    """Stand around one turn: wait for the one before, and remember if it broke the journal."""

    def __init__(self, living: Living, lock: asyncio.Lock) -> None:
        self._living = living
        self._lock = lock

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        try:
            self._living.check()
        except BaseException:
            self._lock.release()
            raise

    async def __aexit__(self, kind: object, error: BaseException | None, where: object) -> None:
        runner = self._living.runner
        if isinstance(error, Exception) and (runner.engine is None or not isinstance(error, UserError)):
            runner.engine = None  # whatever it was, the state may have folded half a turn that no journal has
            self._living.broke(error)
        self._lock.release()
