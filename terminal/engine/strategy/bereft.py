"""Pause a strategy whose lots have left the account without it: a person closed them (J2), or their contract ended.

What it records then stands for nothing, and it would close, as its own, the next lots that a person opens; of a spread
the other legs stand alone. It goes on only when a person says so and the lots are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.fact.facts import AlertRaised, OrderFilled, PositionEnded, StrategyPaused
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.words.risk import Level
from terminal.engine.book.claims import holders, shortages
from terminal.engine.wording import HOWS, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.domain.orders.order import HedgeFlag
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

TAKEN, ENDED = "LOTS_TAKEN", "LOTS_ENDED"


class _Side(NamedTuple):
    account: AccountId
    instrument: InstrumentId
    flag: HedgeFlag
    side: Side
    ended: str = ""  # how its lots ended, in a word; "" where they were closed


def pause_bereft(turn: Turn) -> bool:
    """Pause every strategy whose lots left from under it in this turn; return whether there was one."""
    paused = False
    for one in sorted(set(_touched(turn))):
        account = turn.state.accounts[one.account]
        for row in [*holders(account, one.instrument, one.flag, one.side), *_left_without(account, one)]:
            lacking = shortages(account, row)
            if not lacking or row.lots_taken:
                continue
            how = f"{short(one.instrument)} 已{one.ended}" if one.ended else "它的持仓已被平掉"
            what = f"账户实有 {'、'.join(one.words for one in lacking)}，{how}"
            turn.say(StrategyPaused(account=one.account, strategy=row.strategy, reason=what, lots_taken=True))
            sentence = f"策略 {row.strategy} 已暂停：{what}{_alone(row, one)}。"
            turn.say(
                AlertRaised(
                    account=one.account,
                    level=Level.ORANGE,
                    code=ENDED if one.ended else TAKEN,
                    instrument=one.instrument,
                    sentence=sentence,
                )
            )
            paused = True
    return paused


def _left_without(account: AccountState, one: _Side) -> Iterator[StrategyRow]:
    # Of a contract that has ended whole nothing is recorded any more but that it was held.
    for row in account.strategies.values():
        if one.ended and row.ended.get(one.instrument, 0) * one.side.sign > 0:
            yield row


def _touched(turn: Turn) -> Iterator[_Side]:
    for said in turn.said:
        fact = said.fact
        if type(fact) is OrderFilled:
            terms = turn.state.accounts[fact.account].orders[fact.order].terms
            if terms.offset is not Offset.OPEN:
                yield _Side(terms.account, terms.instrument, terms.hedge_flag, terms.position_side)
        elif type(fact) is PositionEnded:
            ending = fact.ending
            yield _Side(fact.account, ending.instrument, ending.flag, ending.side, HOWS[ending.how])


def _alone(row: StrategyRow, one: _Side) -> str:
    # What a spread still holds of its other legs once the contract has ended that it stood against.
    if not one.ended or not isinstance(row.settings, SpreadSettings):
        return ""
    left = [
        f"{short(name)} {'多' if held.lots > 0 else '空'} {abs(held.lots)} 手"
        for name, held in row.lots.items()
        if held.lots and name != one.instrument
    ]
    return f"；{'、'.join(left)} 缺了它的对冲，请人工平仓，或停止策略、另建一个接着做" if left else ""
