"""Tell what a plan asked for and did not get: what was refused, what nobody approved, and what never came to be due.

A strategy that never started earns nothing and loses nothing, and looks in every figure like one that stood still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain import commands as c
from terminal.domain.days.calendar import show
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, BatchId, CommandId, ConfirmationId, PersonId, StrategyId
from terminal.domain.orders.batch import PartState
from terminal.domain.orders.confirmation import ConfirmationEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.shell.plans.script import PlanScript

ANSWERS: Final = frozenset(
    {f.CommandDone, f.ConfirmationRequested, f.ConfirmationDecided, f.BatchOrdered, f.BatchMoved}
)
PARKED: Final = "CONFIRM2"
NEVER_DUE: Final = "行情在这之前就结束了，没有轮到。"
UNBIDDEN: Final = (
    '方案里写着 at = "manual"，又没有 start 命令，回测里没有人启动它；要回测它，请写 at 或加一条 start 命令。'
)
NOT_APPROVED: Final = "到行情结束没有获批准；要批准的，在方案里写复核。"

# Carried out, or replaced by another wish of the plan: that one is told of by itself.
DONE: Final = frozenset({ConfirmationEvent.CONSUME, ConfirmationEvent.SUPERSEDE})
ENDS: Final = {
    ConfirmationEvent.REJECT: "复核没有同意。",
    ConfirmationEvent.WITHDRAW: "后来撤回了。",
    ConfirmationEvent.EXPIRE: "到期没有获批准；要批准的，在方案里写复核。",
    ConfirmationEvent.STALE: "批准时条件已变，没有报。",
    ConfirmationEvent.REVOKE: "批准失效了，没有报。",
}

_Part = tuple[str, ConfirmationId | None]  # of a batch: why nothing was sent, if so, and what it waits for


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one wish of a plan that came to nothing: when it was due (UTC ns), whose it was, and why, a sentence.

    `strategy` is set where it would have started one; what nobody was to start by the plan is nobody's.
    """

    at: int
    person: PersonId | None
    account: AccountId | None
    strategy: StrategyId | None
    sentence: str

    @property
    def words(self) -> str:
        """Return it on one line."""
        whose = "" if self.person is None else f" {self.person}"
        return f"{show(self.at)[:19]}{whose}　{self.why}"

    @property
    def why(self) -> str:
        """Return what came to nothing and why, without when and whose."""
        own = f"策略 {self.strategy}："
        return self.sentence if self.strategy is None else f"{own[:-1]} 没有启动：{self.sentence.removeprefix(own)}"


def unbidden(script: PlanScript) -> Iterator[Undone]:
    """Yield the strategies that nothing in a plan starts: no person stands by in a backtest."""
    for account, strategy in script.unbidden:
        yield Undone(at=script.began_at, person=None, account=account, strategy=strategy, sentence=UNBIDDEN)


class Answers:
    """Keep what each command was answered, and what became of those that waited for a second person."""

    def __init__(self) -> None:
        self._done: dict[CommandId, f.CommandDone] = {}
        self._waits: dict[CommandId, ConfirmationId] = {}
        self._asked: ConfirmationId | None = None  # by the command whose answer comes next
        self._became: dict[ConfirmationId, ConfirmationEvent] = {}
        self._parts: dict[BatchId, dict[AccountId, _Part]] = {}

    def take(self, fact: f.Fact) -> None:
        """Take one fact, in the order they were said."""
        match fact:
            case f.ConfirmationRequested():
                self._asked = fact.confirmation.confirmation
            case f.ConfirmationDecided():
                self._became[fact.confirmation] = fact.decision
            case f.BatchOrdered():
                parts = (one for one in fact.parts if one.lots)
                self._parts[fact.batch] = {one.account: (one.sentence or NEVER_DUE, None) for one in parts}
            case f.BatchMoved():
                why = "" if fact.state is PartState.SENT else fact.sentence
                self._parts.setdefault(fact.batch, {})[fact.account] = why, fact.confirmation
            case f.CommandDone():
                self._done[fact.command] = fact
                if fact.code == PARKED and self._asked is not None:
                    self._waits[fact.command] = self._asked
                self._asked = None
            case _:
                pass

    def undone(self, script: PlanScript) -> tuple[Undone, ...]:
        """Return what of a plan came to nothing, by its time."""
        found = list(unbidden(script))
        for entry, at, command in script.asked():
            wish, why = entry.wish, self._why(command)
            account: AccountId | None = getattr(wish, "account", None)
            strategy = wish.strategy if isinstance(wish, c.StartStrategy) else None
            whys = [(account, why)] if why else self._whys_of_parts(command)
            found += (
                Undone(at=at, person=entry.person, account=name, strategy=strategy, sentence=one) for name, one in whys
            )
        return tuple(sorted(found, key=lambda one: one.at))

    def _why(self, command: CommandId | None) -> str:
        done = None if command is None else self._done.get(command)
        if command is None or done is None:
            return NEVER_DUE
        if done.code == PARKED:
            return self._why_parked(done.sentence, self._waits.get(done.command))
        return "" if done.ok else done.sentence

    def _whys_of_parts(self, command: CommandId | None) -> Iterator[tuple[AccountId, str]]:
        # A batch was taken, whatever then came of it in each account.
        for account, (sentence, asked) in self._parts.get(BatchId(command or ""), {}).items():
            why = sentence if asked is None else self._why_parked(sentence, asked)
            if why:
                yield account, f"账户 {account}：{why}"

    def _why_parked(self, sentence: str, confirmation: ConfirmationId | None) -> str:
        became = None if confirmation is None else self._became.get(confirmation)
        if became in DONE:
            return ""
        return f"{sentence.rstrip('。')}；{ENDS.get(became, NOT_APPROVED) if became else NOT_APPROVED}"
