"""Hold a plan against a market: which of the contracts it trades are there.

A plan that trades none of them would play to the end and do nothing, which looks like a rule that never traded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain import commands as c
from terminal.domain.errors import UserError
from terminal.domain.parameters.strategy import RollSettings
from terminal.domain.products.combination import contracts_of
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from terminal.domain.ids import InstrumentId
    from terminal.shell.plans.plan import Plan
    from terminal.shell.plans.wishes import Wish

LATER: Final = "最早下一个交易日才开远月，要好几日才移完，其间只有一腿"  # what a roll on bars of whole days would be
SHOWN: Final = 6  # contracts of a market; a whole market has hundreds


def check_market(plan: Plan, universe: Collection[InstrumentId], by_day: Collection[InstrumentId]) -> None:
    """Refuse with a `UserError` a market that has none of the contracts a plan's strategies and orders trade.

    So is a roll between contracts of which there are bars of whole days (`by_day`): one leg trades on one day, the
    other on a later one, and what is between them is no roll.
    """
    asked = dict.fromkeys(name for entry in plan.script.entries for name in _traded(entry.wish))
    futures = [name for name in asked if name not in plan.spots]
    if futures and not any(name in universe for name in futures):
        raise UserError(
            f"方案的合约都不在这份行情里，没有开始：方案用到 {_listed(futures)}；行情里有 {_listed(universe)}。"
            "请换行情，或改方案。"
        )
    for entry in plan.script.entries:
        if isinstance(entry.wish, c.StartStrategy) and isinstance(entry.wish.settings, RollSettings):
            daily = next((name for name in _traded(entry.wish) if name in by_day), None)
            if daily is not None:
                raise UserError(
                    f"移仓 {entry.wish.strategy} 的 {daily} 是日线，没有开始：日线上一天只有开盘能报单，平了近月，"
                    f"{LATER}；请换分钟线或逐笔。"
                )


def absent_contracts(plan: Plan, universe: Collection[InstrumentId]) -> list[str]:
    """Return a sentence for each strategy of a plan that names a contract this market does not have."""
    found = []
    for entry in plan.script.entries:
        if isinstance(entry.wish, c.StartStrategy):
            missing = [name for name in _traded(entry.wish) if name not in universe and name not in plan.spots]
            if missing:
                what = "、".join(missing)
                found.append(
                    f"策略 {entry.wish.strategy} 用到 {what}，这份行情里没有它，策略不会开始；请改方案或换行情。"
                )
    return found


def _traded(wish: Wish) -> Iterable[InstrumentId]:
    match wish:
        case c.StartStrategy():
            return strategy_of(wish.settings).instruments(wish.settings)
        case c.SubmitOrder() | c.ClosePosition() | c.LockPosition() | c.UnlockPosition() | c.ReversePosition():
            return contracts_of(wish.terms.instrument)
        case _:
            return ()


def _listed(names: Collection[InstrumentId]) -> str:
    some = "、".join(sorted(names)[:SHOWN])
    return some if len(names) <= SHOWN else f"{some} 等 {len(names)} 个"
