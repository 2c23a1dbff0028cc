"""Disturb a gateway on purpose, as links and exchanges do: seeded, so that the seed is the bug report.

The wrapper stands where the front end stands. It may lose, hold, repeat and reorder what passes, but it never invents
anything, and it never loses a trade or the end of an order for good: those come again after a cut, or in a query.
What each fault does is said at its probability in `FaultPlan`.

Waiting is counted in market time. A held report is told before the first batch past its time; over a cut it is told
in the next session. A held order survives a cut too: bytes somewhere on the way may arrive in another session (the
late zombie of SAFETY 2). When the market jumps, from the close to the next opening, they have got lost meanwhile.

`reports_before` of a query answer is rewritten to what this front end has told or still holds in the session, so that
the asker can see whether a report is still on its way.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId
from terminal.domain.market import Batch
from terminal.domain.reports import Accepted, LinkDown, LinkUp, QueryAnswer, Rejected, Report
from terminal.engine.ports import Gateway, WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.gateways.passing import PassingGateway

_GETS_LOST_NS = 60_000_000_000


class Chance(Protocol):
    """Draw numbers; `random.Random` is one."""

    def random(self) -> float:
        """Return a number from 0 up to, not including, 1."""

    def randrange(self, stop: int, /) -> int:
        """Return a whole number from 0 up to, not including, `stop`."""


class FaultPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give each fault its probability, 0 to 1, each time it could happen; times in market nanoseconds."""

    cut: float = 0.0  # per batch: the link is lost
    connect_fails: float = 0.0  # per login: nobody answers
    cut_before_send: float = 0.0  # per order or cancel: it never arrives, the link is lost
    cut_after_send: float = 0.0  # per order or cancel: it arrives, the link is lost before any answer
    late_order: float = 0.0  # per order: it arrives up to `late_order_ns` later, perhaps in another session
    late_order_ns: int = 5_000_000_000
    late_cancel: float = 0.0  # per cancel: it arrives after the next batch, so fill and cancel race
    lost_ack: float = 0.0  # per Accepted: never told
    lost_reject: float = 0.0  # per Rejected: never told
    duplicate: float = 0.0  # per report: told twice
    reorder: float = 0.0  # per report: told after the report behind it, as a fill before its order
    delay: float = 0.0  # per report: told up to `delay_ns` later
    delay_ns: int = 3_000_000_000
    stream_lost: float = 0.0  # per login within a trading day: the private stream is not told again, only queries
    repeated_page: float = 0.0  # per query: the last rows come twice
    answered_twice: float = 0.0  # per query: the whole answer comes twice

    def __post_init__(self) -> None:
        """Refuse what is no probability or no time."""
        for name, value in msgspec.structs.asdict(self).items():
            if value < 0 or (isinstance(value, float) and value > 1):
                raise UserError(f"故障计划的 {name} = {value} 不合法：概率应在 0 到 1 之间，时间不能为负。")


class FaultyGateway(PassingGateway):
    """Be a `Gateway` that passes everything through another one, disturbed by plan and chance."""

    def __init__(self, inner: Gateway, plan: FaultPlan, chance: Chance) -> None:
        super().__init__(inner)
        self._plan = plan
        self._chance = chance
        self._at = 0
        self._cut_why: str | None = None
        self._linked = False
        self._trading_day = 0
        self._live = False  # the login's own history is over
        self._mute = False  # the login's private stream is kept back
        self._told = 0  # private reports of this session that were told or are held
        self._ready: deque[Batch | Report] = deque()
        self._behind: list[Report] = []  # told after the next report
        self._held: list[tuple[int, Report]] = []
        self._late_orders: list[tuple[int, WireOrder]] = []
        self._late_cancels: list[WireCancel] = []
        self.counts: dict[str, int] = {}  # how often each fault happened

    async def connect(self, *, from_batch: int) -> None:
        """Log in; may fail as a dead front end does."""
        self._forget()
        self._linked = False
        self._cut_why = None
        if self._happens("connect_fails"):
            raise ConnectionError("连不上交易所（模拟故障），请稍后再试")
        await self._inner.connect(from_batch=from_batch)
        self._linked, self._live, self._mute = True, False, False
        self._told = len(self._held)

    async def next(self) -> Batch | Report | None:
        """Return the next input that gets through."""
        while True:
            if self._cut_why is not None:
                why, self._cut_why = self._cut_why, None
                return LinkDown(why=why)
            if not self._linked:
                raise ConnectionError("交易所链路未连接")
            if self._ready:
                return self._ready.popleft()
            item = await self._inner.next()
            if item is None:
                if not await self._release_last():
                    return None
            elif isinstance(item, Batch):
                await self._pass_batch(item)
            else:
                self._pass_report(item)

    async def submit(self, order: WireOrder) -> None:
        """Send an order, which may be lost, held, or cut off."""
        if not self._linked:
            return
        if self._happens("cut_before_send"):
            self._cut("报单发出前链路中断（模拟故障）")
        elif self._happens("late_order"):
            self._late_orders.append((self._at + self._some(self._plan.late_order_ns), order))
        else:
            await self._inner.submit(order)
            if self._happens("cut_after_send"):
                self._cut("报单发出后链路中断（模拟故障）")

    async def cancel(self, cancel: WireCancel) -> None:
        """Send a cancel, which may be lost, held, or cut off."""
        if not self._linked:
            return
        if self._happens("cut_before_send"):
            self._cut("撤单发出前链路中断（模拟故障）")
        elif self._happens("late_cancel"):
            self._late_cancels.append(cancel)
        else:
            await self._inner.cancel(cancel)
            if self._happens("cut_after_send"):
                self._cut("撤单发出后链路中断（模拟故障）")

    async def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        """Send a request about an option, or its withdrawal, which may be lost or cut off."""
        if not self._linked:
            return
        if self._happens("cut_before_send"):
            self._cut("申请发出前链路中断（模拟故障）")
            return
        await self._inner.exercise(request)
        if self._happens("cut_after_send"):
            self._cut("申请发出后链路中断（模拟故障）")

    async def query(self, account: AccountId, query: int) -> None:
        """Ask for everything about an account."""
        if self._linked:
            await self._inner.query(account, query)

    async def close(self) -> None:
        """Log out."""
        self._linked = False
        await self._inner.close()

    # --- what happens to what passes ----------------------------------------------------------------------------------

    async def _pass_batch(self, batch: Batch) -> None:
        live = batch.index >= self._inner.history_until
        if live and self._happens("cut"):
            self._cut("链路中断（模拟故障）")
            return
        self._ready.extend(self._behind)
        self._behind.clear()
        self._ready.extend(report for due, report in self._held if due <= batch.at)
        self._held = [(due, report) for due, report in self._held if due > batch.at]
        self._ready.append(batch)
        self._at = batch.at
        self._live = self._live or live
        if live:
            await self._send_late(batch.at)

    def _pass_report(self, report: Report) -> None:
        match report:
            case LinkUp():
                self._mute = report.trading_day == self._trading_day and self._happens("stream_lost")
                self._trading_day = report.trading_day
                self._ready.append(report)
            case LinkDown():
                self._cut(report.why)
            case QueryAnswer():
                self._live = True
                self._pass_answer(report)
            case _ if not self._live:
                if not self._mute:
                    self._tell(report)
            case Accepted() if self._happens("lost_ack"):
                pass
            case Rejected() if self._happens("lost_reject"):
                pass
            case _ if self._happens("delay"):
                self._told += 1
                self._held.append((self._at + self._some(self._plan.delay_ns), report))
            case _ if self._happens("reorder"):
                self._told += 1
                self._behind.append(report)
            case _:
                self._tell(report)

    def _tell(self, report: Report) -> None:
        times = 2 if self._happens("duplicate") else 1
        self._told += times
        self._ready.extend([report] * times)
        self._ready.extend(self._behind)
        self._behind.clear()

    def _pass_answer(self, answer: QueryAnswer) -> None:
        answer = msgspec.structs.replace(answer, reports_before=self._told)
        if self._happens("repeated_page"):
            rows = 1 + self._some(3)
            answer = msgspec.structs.replace(
                answer,
                orders=answer.orders + answer.orders[-rows:],
                trades=answer.trades + answer.trades[-rows:],
                positions=answer.positions + answer.positions[-rows:],
            )
        self._ready.extend([answer] * (2 if self._happens("answered_twice") else 1))

    async def _send_late(self, at: int) -> None:
        due = [order for when, order in self._late_orders if when <= at < when + _GETS_LOST_NS]
        self._late_orders = [(when, order) for when, order in self._late_orders if when > at]
        cancels, self._late_cancels = self._late_cancels, []
        for order in due:
            await self._inner.submit(order)
        for cancel in cancels:
            await self._inner.cancel(cancel)

    async def _release_last(self) -> bool:
        # The market has ended: whatever is still on its way arrives now.
        waiting = bool(self._held or self._behind or self._late_orders or self._late_cancels)
        self._ready.extend(self._behind)
        self._ready.extend(report for _, report in self._held)
        self._behind.clear()
        self._held.clear()
        orders, self._late_orders = self._late_orders, []
        for _, order in orders:
            await self._inner.submit(order)
        cancels, self._late_cancels = self._late_cancels, []
        for cancel in cancels:
            await self._inner.cancel(cancel)
        return waiting

    def _cut(self, why: str) -> None:
        self._forget()
        self._linked = False
        self._cut_why = why

    def _forget(self) -> None:
        self._ready.clear()
        self._behind.clear()
        self._late_cancels.clear()

    def _happens(self, fault: str) -> bool:
        probability: float = getattr(self._plan, fault)
        happens = probability > 0 and self._chance.random() < probability
        if happens:
            self.counts[fault] = self.counts.get(fault, 0) + 1
        return happens

    def _some(self, most: int) -> int:
        return 1 + self._chance.randrange(most) if most else 0
