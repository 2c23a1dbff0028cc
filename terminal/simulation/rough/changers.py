"""Play people who start grids, spreads and executions and change them while they trade; what they draw is legal or not.

Here, and not in the other plays, grids follow the price and executions close what somebody has opened for them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    OutOfRange,
    SpreadSettings,
    StrategySettings,
)
from terminal.engine.state import StrategyRow
from terminal.simulation import hands, tasks
from terminal.simulation.cast import ACCOUNTS, MAKERS, TRADER
from terminal.simulation.desk import SECOND, Room
from terminal.simulation.luck import Luck
from terminal.simulation.rough.routes import routed
from terminal.simulation.starting import ACTIVE, Starters

_MOST: Final = {"grid": 1, "spread": 1, "ladder": 1, "legs": 1, "execution": 1}  # running per account
_CHANGES: Final = 0.5  # how often one is changed instead of another thing being done
_CLOSES: Final = 0.15


class Changers:
    """Keep strategies of several kinds busy in each account, and change them."""

    def __init__(self) -> None:
        self._starters = Starters(_MOST, route=routed)
        self._closed = 0

    def act(self, room: Room) -> None:
        """Do one thing in one of the accounts."""
        luck = room.luck
        account = luck.one_of(ACCOUNTS)
        rows = [row for row in room.account(account).strategies.values() if row.status in ACTIVE]
        if rows and luck.chance(_CHANGES):
            _change(room, luck.one_of(rows))
        elif luck.chance(_CLOSES):
            self._close(room, account)
        else:
            self._starters.act(room)

    def _close(self, room: Room, account: AccountId) -> None:
        # An execution that closes what a person opens for it first.
        luck, there = room.luck, hands.traded(room.look, room.state)
        if not there:
            return
        instrument, quote = luck.one_of(there)
        last = ((quote.bid or 0) + (quote.ask or 0)) // 2
        drawn = tasks.execution(luck, account, instrument, last, room.at)
        flag, opens = hands.flag_of(luck, account), Side.SELL if drawn.side is Side.BUY else Side.BUY
        terms = hands.opening(account, instrument, quote, opens, luck.randrange(1, drawn.total_lots + 1), flag)
        if terms is None:
            return
        room.ask(TRADER, c.SubmitOrder(terms=terms, reason="建立待平的持仓"))
        self._closed += 1
        settings, name = replace(drawn, offset=Offset.CLOSE, hedge_flag=flag), StrategyId(f"closing-{self._closed}")
        start = c.StartStrategy(account=account, strategy=name, settings=settings)
        room.later(1.5, lambda then: _ask(then, start))


def _ask(room: Room, start: c.StartStrategy) -> None:
    room.ask(TRADER, start)


def _change(room: Room, row: StrategyRow) -> None:
    changed = _other(room, row.settings)
    body = c.ChangeStrategy(account=row.account, strategy=row.strategy, base_version=row.version, settings=changed)
    room.ask(room.luck.one_of(MAKERS), body)


def _other(room: Room, old: StrategySettings) -> StrategySettings:
    listed = room.state.tenant.instruments
    match old:
        case GridSettings():
            return _grid(room.luck, listed[old.instrument].tick, old)
        case SpreadSettings():
            return _spread(room.luck, listed[old.legs[0].instrument].tick, old)
        case ExecutionSettings():
            return _execution(room.luck, listed[old.instrument].tick, old)
        case _:
            return old


def _grid(luck: Luck, tick: Decimal, old: GridSettings) -> GridSettings:
    match luck.randrange(6):
        case 0:
            return replace(old, lots_per_line=max(1, old.lots_per_line + luck.randrange(-2, 3)))
        case 1:
            return replace(old, lines=max(1, old.lines + luck.randrange(-2, 3)))
        case 2:
            return replace(old, stop=old.stop + tick * luck.randrange(-4, 5))
        case 3:
            return replace(
                old, lower=old.lower + tick * luck.randrange(-2, 3), upper=old.upper + tick * luck.randrange(3)
            )
        case 4:
            return replace(old, trail_to=old.anchor + old.side.sign * tick * luck.randrange(-1, 20))
        case _:
            return replace(old, out_of_range=luck.one_of(tuple(OutOfRange)), trail_to=None)


def _spread(luck: Luck, tick: Decimal, old: SpreadSettings) -> SpreadSettings:
    match luck.randrange(6):
        case 0:
            moved = tick * luck.randrange(-2, 3)
            return replace(old, buy_at=old.buy_at + moved, sell_at=old.sell_at + moved)
        case 1 if old.grid is not None:
            sets = luck.randrange(1, 4)
            return replace(old, sets=sets, max_sets=sets * old.grid.lines)
        case 2 if old.grid is not None:
            return replace(old, grid=replace(old.grid, stop=old.grid.stop + tick * luck.randrange(-4, 5)))
        case 1 | 2:
            return replace(old, sets=luck.randrange(1, 4), max_sets=max(1, old.max_sets + luck.randrange(-3, 3)))
        case 3:
            return replace(old, naked_lots=max(1, old.naked_lots + luck.randrange(-4, 5)))
        case 4:
            return replace(old, hedge_seconds=luck.randrange(1, 4), max_chases=luck.randrange(1, 4))
        case _:
            return replace(old, max_loss_yuan=luck.one_of((None, Decimal(500), Decimal(5_000))))


def _execution(luck: Luck, tick: Decimal, old: ExecutionSettings) -> ExecutionSettings:
    match luck.randrange(6):
        case 0:
            return replace(old, total_lots=max(1, old.total_lots + luck.randrange(-6, 7)))
        case 1:
            return replace(old, limit=old.limit + tick * luck.randrange(-3, 4))
        case 2:
            return replace(old, ends_at=old.ends_at + luck.one_of((-30, -5, 10, 7200)) * SECOND)
        case 3:
            return replace(old, chase_seconds=luck.randrange(1, 5), max_chases=luck.randrange(21))
        case 4:
            return replace(old, shown_lots=luck.randrange(1, 5), slice_seconds=luck.randrange(1, 60))
        case _:
            return replace(old, participation_percent=luck.one_of((None, 1, 50)))
