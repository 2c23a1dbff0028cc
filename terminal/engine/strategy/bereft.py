"""Pause a strategy from under which a person has closed its lots (J2).

What it records then stands for nothing, and it would close, as its own, the next lots that a person opens. It goes on
only when a person says so and the lots are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import AlertRaised, OrderFilled, StrategyPaused
from terminal.domain.orders.order import Offset
from terminal.domain.words.risk import Level
from terminal.engine.book.claims import holders, shortages

if TYPE_CHECKING:
    from terminal.engine.turn import Turn

CODE = "LOTS_TAKEN"


def pause_bereft(turn: Turn) -> bool:
    """Pause every strategy whose lots were closed from under it in this turn; return whether there was one."""
    filled = [
        turn.state.accounts[said.fact.account].orders[said.fact.order].terms
        for said in turn.said
        if type(said.fact) is OrderFilled
    ]
    if not filled:
        return False
    touched = {
        (terms.account, terms.instrument, terms.hedge_flag, terms.position_side)
        for terms in filled
        if terms.offset is not Offset.OPEN
    }
    paused = False
    for name, instrument, flag, side in sorted(touched):
        account = turn.state.accounts[name]
        for row in list(holders(account, instrument, flag, side)):
            lacking = shortages(account, row)
            if not lacking or row.lots_taken:
                continue
            what = f"账户实有 {'、'.join(one.words for one in lacking)}，它的持仓已被平掉"
            turn.say(StrategyPaused(account=name, strategy=row.strategy, reason=what, lots_taken=True))
            sentence = f"策略 {row.strategy} 已暂停：{what}。"
            turn.say(AlertRaised(account=name, level=Level.ORANGE, code=CODE, instrument=instrument, sentence=sentence))
            paused = True
    return paused
