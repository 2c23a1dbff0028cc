"""Prove on a recording that passing over batches changes nothing, or name the first thing that it changed.

A run that looks at every batch and one that sleeps through those that were declared to change nothing must write the
same journal. Where they do not, a declaration is wrong: most likely a rule of one's own whose `wakes` denied a price
at which the rule wanted something. A rule without `wakes` declares nothing; it may still remember how often it was
asked.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

import msgspec

from terminal.backtest.run import Names, play
from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import OwnAimed
from terminal.domain.ids import StrategyId
from terminal.domain.parameters.own import OwnSettings
from terminal.engine.records.journal import Record
from terminal.engine.sentences.strategy import signed_lots
from terminal.engine.wording import order_title
from terminal.strategies.table import OWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from terminal.backtest.run import Ran
    from terminal.domain.market import Recording
    from terminal.domain.products.instrument import Reference
    from terminal.engine.records.journal import UnknownRecord
    from terminal.shell.plans.plan import Plan


# What of a code may be wrong: what it says of when to ask, or what it may remember between two askings.
Doubt = Literal["wakes", "memory", ""]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Hold where two journals part: the record's number from 1, the earlier instant, and both in words.

    Instants are market clock (UTC ns), `None` where a journal has come to its end. `strategy` is whose record it is
    where it is one's. `doubt` is what of its code may be wrong; "" where nothing of a code is in doubt.
    """

    number: int
    at: int
    strategy: StrategyId | None
    doubt: Doubt
    awake: str
    awake_at: int | None
    asleep: str
    asleep_at: int | None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a check found: records compared, batches passed over of all, and the first difference if any."""

    records: int
    batches: int
    passed: int
    difference: Difference | None


def check_wakes(
    recording: Recording,
    *,
    plan: Callable[[], Plan],
    reference: Reference,
    playing: Callable[[float, int], None] | None = None,
) -> Checked:
    """Play a recording twice, asleep and awake, and compare the journals; `plan` reads the plan anew for each run."""
    names = Names.of(recording)
    asleep, awake = (
        play(recording, plan=plan(), reference=reference, names=names, sleeping=sleeping, playing=playing)
        for sleeping in (True, False)
    )
    number = 0
    for one, other in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        number += 1
        there, here = (None if entry is None else entry.record for entry in (one, other))
        if there != here:
            found = _difference(number, there, here, _doubts(awake))
            return Checked(records=number, batches=len(recording), passed=asleep.passed, difference=found)
    return Checked(records=number, batches=len(recording), passed=asleep.passed, difference=None)


def _doubts(ran: Ran) -> dict[StrategyId, Doubt]:
    # Of each strategy that a code decides for and that is not above doubt.
    found: dict[StrategyId, Doubt] = {}
    for entry in ran.journal.replay():
        fact = entry.record.fact if isinstance(entry.record, Record) else None
        if isinstance(fact, f.StrategyStarted) and isinstance(fact.settings, OwnSettings):
            if OWN.declares(fact.settings):
                found[fact.strategy] = "wakes"
            elif not OWN.is_memoryless(fact.settings):
                found[fact.strategy] = "memory"
    return found


def _difference(
    number: int,
    awake: Record | UnknownRecord | None,
    asleep: Record | UnknownRecord | None,
    doubts: Mapping[StrategyId, Doubt],
) -> Difference:
    records = [one for one in (awake, asleep) if isinstance(one, Record)]
    first = min(records, key=lambda one: one.utc)
    owner = _owner(first)
    return Difference(
        number=number,
        at=first.utc,
        strategy=owner,
        doubt="" if owner is None else doubts.get(owner, ""),
        awake=_in_words(awake),
        awake_at=awake.utc if isinstance(awake, Record) else None,
        asleep=_in_words(asleep),
        asleep_at=asleep.utc if isinstance(asleep, Record) else None,
    )


def _owner(record: Record) -> StrategyId | None:
    match record.fact:
        case f.StrategyMarked() as fact:
            return fact.strategy
        case f.OrderRecorded() as fact:
            return fact.cause.strategy
        case _:
            return None


def _in_words(record: Record | UnknownRecord | None) -> str:
    if not isinstance(record, Record):
        return "没有记录了"
    match record.fact:
        case f.StrategyMarked(mark=OwnAimed() as mark):
            aims = f"目标由 {signed_lots(mark.before)} 改为 {signed_lots(mark.lots)}（{mark.reason}）"
            return f"{mark.contract} {aims}" if mark.contract else aims
        case f.StrategyMarked() as fact:
            return f"策略 {fact.strategy} 记下 {type(fact.mark).__name__}"
        case f.OrderRecorded() as fact:
            return f"{order_title(fact.terms)}（{fact.cause.reason}）"
        case _:
            return f"什么也没有做（下一条记录是 {record.kind}）"
