"""Play traders who start strategies and steer them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import AccountId, ProductId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import RollSettings, SpreadSettings, StrategySettings
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import Quote
from terminal.engine.state import StrategyRow
from terminal.simulation import hands, tasks
from terminal.simulation.cast import ACCOUNTS, MAKERS, RISK, TRADER
from terminal.simulation.desk import Room
from terminal.simulation.spots import against_spot, confirm_later

_MOST = {"grid": 2, "spread": 1, "roll": 1}  # running per account
FEWEST_LEGS, MOST_LEGS = 3, 8  # of a spread of many legs; those of two are the other spreads
BETWEEN = 3  # every third roll goes into the other account
ACTIVE = frozenset({StrategyStatus.RUNNING, StrategyStatus.WINDING, StrategyStatus.PAUSED})


Shape = Callable[[Room, RollSettings], RollSettings]
Route = Callable[[Room, SpreadSettings], SpreadSettings]
_Drawn = TypeVar("_Drawn", RollSettings, SpreadSettings)


def _as_drawn(_: Room, settings: _Drawn) -> _Drawn:
    return settings


class Starters:
    """Keep a few strategies of each kind busy in each account.

    `shape` may give a roll other timings, `route` a spread another way to trade.
    """

    def __init__(self, most: Mapping[str, int] = _MOST, *, shape: Shape = _as_drawn, route: Route = _as_drawn) -> None:
        self._most = most
        self._shape = shape
        self._route = route
        self._started = 0

    def act(self, room: Room) -> None:
        """Start what is missing, now and then pause, resume or stop one."""
        account = room.luck.one_of(ACCOUNTS)
        rows = [row for row in room.account(account).strategies.values() if row.status in ACTIVE]
        way = room.luck.randrange(12)
        if way < 8:
            self._start(room, account, rows)
        elif rows:
            steer(room, room.luck.one_of(rows), way)

    def _start(self, room: Room, account: AccountId, rows: list[StrategyRow]) -> None:
        kind = room.luck.one_of(tuple(self._most))
        running = sum(row.strategy.startswith(kind) for row in rows)
        there = hands.traded(room.look, room.state)
        if running >= self._most[kind] or not there:
            return
        match kind:
            case "grid":
                instrument, quote = room.luck.one_of(there)
                grid = tasks.grid(room.luck, account, instrument, _last(quote))
                self._ask(room, kind, replace(grid, hedge_flag=hands.flag_of(room.luck, account)))
            case "execution":
                instrument, quote = room.luck.one_of(there)
                wanted = tasks.execution(room.luck, account, instrument, _last(quote), room.at)
                self._ask(room, kind, replace(wanted, hedge_flag=hands.flag_of(room.luck, account)))
            case "spread" | "ladder":
                bought, sold = _pair(room, there)
                if bought is not None and sold is not None:
                    draw = tasks.spread if kind == "spread" else tasks.ladder
                    settings = draw(room.luck, account, bought[0], sold[0], _last(bought[1]), _last(sold[1]))
                    settings = against_spot(room, settings) if kind == "spread" else settings
                    settings = self._route(room, settings)
                    self._ask(room, kind, replace(settings, hedge_flag=hands.flag_of(room.luck, account)))
            case "legs":
                if len(there) >= FEWEST_LEGS:
                    count = room.luck.randrange(FEWEST_LEGS, min(len(there), MOST_LEGS) + 1)
                    chosen = room.luck.sample(there, count)
                    parts = [(instrument, _last(quote)) for instrument, quote in chosen]
                    settings = tasks.many_legged(room.luck, account, parts)
                    self._ask(room, kind, replace(settings, hedge_flag=hands.flag_of(room.luck, account)))
            case _:
                self._begin_roll(room, account, there)

    def _begin_roll(self, room: Room, account: AccountId, there: list[tuple[Instrument, Quote]]) -> None:
        instrument, quote = room.luck.one_of(there)
        following = [other for other, _ in there if other.product == instrument.product and other.id > instrument.id]
        if not following:
            return
        side = room.luck.one_of((Side.BUY, Side.SELL))
        lots = room.luck.randrange(2, 7)
        flag = hands.flag_of(room.luck, account)
        terms = hands.opening(account, instrument, quote, side, lots, flag)
        if terms is None:
            return
        room.ask(TRADER, c.SubmitOrder(terms=terms, reason="建立待移仓的持仓"))
        far = following[0].id
        settings = replace(tasks.roll(room.luck, account, instrument.id, far, side, lots), hedge_flag=flag)
        if self._started % BETWEEN == 1:  # nothing is drawn for it: a seed stays what it was
            settings = replace(settings, far_account=next(one for one in ACCOUNTS if one != account))
        settings = self._shape(room, settings)
        room.later(1.5, lambda then: self._ask(then, "roll", settings))

    def _ask(self, room: Room, kind: str, settings: StrategySettings) -> None:
        self._started += 1
        name = StrategyId(f"{kind}-{self._started}")
        room.ask(room.luck.one_of(MAKERS), c.StartStrategy(account=settings.account, strategy=name, settings=settings))
        if isinstance(settings, SpreadSettings) and settings.spot_side is not None:
            confirm_later(room, settings.account, name)


def steer(room: Room, row: StrategyRow, way: int) -> None:
    """Resume what is paused; pause by a `way` below 10, by others stop now and then."""
    account, name = row.account, row.strategy
    person = room.luck.one_of((*MAKERS, RISK))
    if row.status is StrategyStatus.PAUSED:
        room.ask(person, c.ResumeStrategy(account=account, strategy=name))
    elif way < 10:
        room.ask(person, c.PauseStrategy(account=account, strategy=name))
        room.later(3, lambda then: _resume(then, row))
    elif room.luck.chance(0.3):
        room.ask(person, c.StopStrategy(account=account, strategy=name))


def _resume(room: Room, row: StrategyRow) -> None:
    room.ask(TRADER, c.ResumeStrategy(account=row.account, strategy=row.strategy))


def _pair(
    room: Room, there: list[tuple[Instrument, Quote]]
) -> tuple[tuple[Instrument, Quote] | None, tuple[Instrument, Quote] | None]:
    first = room.luck.one_of(there)
    product: ProductId = first[0].product
    others = [one for one in there if one[0].id != first[0].id]
    near = [one for one in others if one[0].product == product]
    pool = near if near and room.luck.chance(0.7) else others
    return (first, room.luck.one_of(pool)) if pool else (None, None)


def _last(quote: Quote) -> int:
    bid, ask = quote.bid or 0, quote.ask or 0
    return (bid + ask) // 2
