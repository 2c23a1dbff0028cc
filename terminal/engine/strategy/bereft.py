"""Pause a strategy whose lots have left the account without it: a person closed them (J2), or their contract ended.

What it records then stands for nothing, and it would close, as its own, the next lots that a person opens; of a spread
the other legs stand alone. It goes on only when a person says so and the lots are there. Who is paused for lots that
were taken is told of what ends besides.

Contracts of the same last day end the same night, one by one: the first end of a spread names the others too, for which
nothing more can be done, and theirs are not told again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.fact.facts import AlertRaised, OrderFilled, PositionEnded, StrategyPaused
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.words.risk import Level
from terminal.engine.book.carriers import is_carried_from
from terminal.engine.book.claims import holders, shortages
from terminal.engine.book.lacking import lacking_of, shares
from terminal.engine.folds.book import days_ended
from terminal.engine.wording import HOWS, short
from terminal.strategies.last_days import last_day_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.domain.orders.order import HedgeFlag
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

LEAVING: Final = frozenset({OrderFilled, PositionEnded})  # by what lots leave an account
TAKEN, ENDED = "LOTS_TAKEN", "LOTS_ENDED"


class _Side(NamedTuple):
    account: AccountId
    instrument: InstrumentId
    flag: HedgeFlag
    side: Side
    ended: str = ""  # how its lots ended, in a word; "" where they were closed


def pause_bereft(turn: Turn, look: Look) -> bool:
    """Pause every strategy whose lots left from under it in this turn; return whether there was one."""
    paused, told = False, set()
    touched = sorted(set(_touched(turn)))
    for one in touched:
        account = turn.state.accounts[one.account]
        for row in [*holders(account, one.instrument, one.flag, one.side), *_left_without(account, one)]:
            lacking, key = shortages(account, row), (one.account, row.strategy, one.instrument)
            if not lacking or key in told or (row.lots_taken and not one.ended):
                continue
            if _is_named(look, account, row, one, touched):
                continue
            told.add(key)
            ends = f"{short(one.instrument)} 已{one.ended}{_end_too(look, account, row, one)}"
            how = ends if one.ended else "它的持仓已被平掉"
            what = f"账户实有 {'、'.join(each.words for each in lacking)}，{how}"
            if not row.lots_taken:
                turn.say(StrategyPaused(account=one.account, strategy=row.strategy, reason=what, lots_taken=True))
                paused = True
            left = f"{_shared(account, one)}{_alone(look, account, row, one)}"
            turn.say(
                AlertRaised(
                    account=one.account,
                    level=Level.ORANGE,
                    code=ENDED if one.ended else TAKEN,
                    instrument=one.instrument,
                    sentence=f"策略 {row.strategy} 已暂停：{what}{left}。",
                )
            )
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


def _is_named(look: Look, account: AccountState, row: StrategyRow, one: _Side, touched: list[_Side]) -> bool:
    # Whether the end of another leg, told before, has named this one: it was over then as well.
    day = look.instrument(one.instrument).expiry
    if not one.ended or day is None or not isinstance(row.settings, SpreadSettings):
        return False
    later = {each.instrument for each in touched if each.ended and each >= one}
    ends = (on for name in row.ended if name not in later for on in days_ended(account, name))
    return any(day <= on for on in ends) and not is_carried_from(account, row, one.instrument)


def _end_too(look: Look, account: AccountState, row: StrategyRow, one: _Side) -> str:
    # The other legs of a spread that are over as well, and end next.
    legs = _left(account, row, one) if isinstance(row.settings, SpreadSettings) else {}
    over = [words for name, words in legs.items() if last_day_of(look, (name,))]
    return f"，{'、'.join(over)}也已到期，随后交割或了结" if over else ""


def _left(account: AccountState, row: StrategyRow, one: _Side) -> dict[InstrumentId, str]:
    # What there is of a strategy's other contracts, in words. What a roll moves is the roll's.
    there = {each.instrument: each.there for each in shortages(account, row)}
    return {
        name: f"{short(name)} {'多' if held.lots > 0 else '空'} {lots} 手"
        for name, held in row.lots.items()
        if (lots := min(abs(held.lots), there.get(name, abs(held.lots))))
        and name != one.instrument
        and not is_carried_from(account, row, name)
    }


def _shared(account: AccountState, one: _Side) -> str:
    # Whose the lots are that are left, where several record them: each is told of by one strategy.
    found = [] if one.ended else shares(account, one.instrument, one.flag, one.side)
    each = "、".join(f"{row.strategy} {lots} 手" for row, lots in found)
    return f"；实有的先算给各腿平衡的，再按启动先后：{each}" if len(found) > 1 else ""


def _alone(look: Look, account: AccountState, row: StrategyRow, one: _Side) -> str:
    # What a spread still holds of its other legs once lots are gone that it stood against.
    if not isinstance(row.settings, SpreadSettings):
        return ""
    if not one.ended and not lacking_of(account, row):
        return ""  # what is there of its lots is in balance
    legs = _left(account, row, one)
    left = [words for name, words in legs.items() if not (one.ended and last_day_of(look, (name,)))]
    if not left:
        return ""
    return f"；还持 {'、'.join(left)}，其中缺了对冲的，请人工平仓，或停止策略、另建一个接着做"
