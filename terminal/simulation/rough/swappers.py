"""Play people who exchange options and futures (期权期货互转): each buys what is to be given up, and then converts it.

They ask for exercise too, withdraw it now and then, and let options come to their end.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, InstrumentId, StrategyId
from terminal.domain.orders.exercise import Choice, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.parameters.strategy import Conversion, SpreadLeg, SpreadSettings, Swap
from terminal.domain.products.conversion import SwapWish, delta_lots, swap_legs
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.option import Right
from terminal.domain.products.option_figures import model_of
from terminal.simulation import hands
from terminal.simulation.cast import ACCOUNTS, MAKERS, TRADER
from terminal.simulation.desk import Room
from terminal.simulation.starting import ACTIVE, steer

_MOST = 2  # running per account
_RATE = Decimal("0.02")


class _Pair(NamedTuple):
    # A call and a put of one strike, and their future; all are quoted on both sides.
    call: Instrument
    put: Instrument
    future: Instrument


class Swappers:
    """Keep two conversions busy in each account."""

    def __init__(self) -> None:
        self._started = 0

    def act(self, room: Room) -> None:
        """Do one thing in one of the accounts."""
        account = room.luck.one_of(ACCOUNTS)
        rows = [row for row in room.account(account).strategies.values() if row.status in ACTIVE]
        way = room.luck.randrange(12)
        if len(rows) < _MOST and way < 9:
            self._begin(room, account)
        elif way < 10:
            _exercise(room, account)
        elif rows:
            steer(room, room.luck.one_of(rows), room.luck.randrange(8, 12))

    def _begin(self, room: Room, account: AccountId) -> None:
        pairs = _pairs(room)
        if not pairs:
            return
        luck, pair = room.luck, room.luck.one_of(pairs)
        verb, to_future, side = luck.one_of(tuple(Swap)), luck.chance(0.5), luck.one_of((Side.BUY, Side.SELL))
        option, other = (pair.call, pair.put) if verb is Swap.SYNTHETIC or luck.chance(0.5) else (pair.put, pair.call)
        if verb is Swap.PROTECTIVE:
            side = Side.BUY
        lots, flag = luck.randrange(1, 7), hands.flag_of(luck, account)
        wish = SwapWish(
            verb, option, other if verb is Swap.SYNTHETIC else None, pair.future, side, to_future, lots, lots
        )
        for leg in swap_legs(wish)[0]:
            if leg.closes:  # held on the other side of the order that gives it up
                _open(room, account, leg.instrument, Side.SELL if leg.lots > 0 else Side.BUY, lots, flag)
        room.later(luck.one_of((1, 1.5, 3)), lambda then: self._start(then, account, wish, flag))

    def _start(self, room: Room, account: AccountId, wish: SwapWish, flag: HedgeFlag) -> None:
        luck = room.luck
        settings = _settings(room, account, wish, flag)
        if settings is not None and wish.verb is Swap.DELTA:
            found = model_of(room.look, settings, wish.option)
            if found is None or found.greeks is None:
                return
            lots = delta_lots(found.greeks.delta, wish.lots, wish.option, wish.future)
            # What the account got of the future is as much as of the option; less of it may be given up.
            wish = wish._replace(future_lots=max(lots, 1))
            settings = _settings(room, account, wish, flag)
        if settings is None:
            return
        self._started += 1
        body = c.StartStrategy(account=account, strategy=StrategyId(f"swap-{self._started}"), settings=settings)
        room.ask(luck.one_of(MAKERS), body)


def _settings(room: Room, account: AccountId, wish: SwapWish, flag: HedgeFlag) -> SpreadSettings | None:
    luck = room.luck
    legs, sets = swap_legs(wish, pay_up_ticks=luck.randrange(1, 4))
    price = _price(room, legs)
    if price is None:
        return None
    limit = price + wish.future.tick * luck.one_of((0, 5, 40, -3), (1, 3, 3, 1))
    one_set = sum(abs(leg.lots) for leg in legs)
    return SpreadSettings(
        account=account,
        legs=legs,
        buy_at=limit,
        sell_at=limit,
        sets=luck.one_of((1, sets)),
        max_sets=sets,
        hedge_flag=flag,
        hedge_seconds=luck.one_of((1, 2)),
        max_chases=luck.one_of((1, 2, 3)),
        naked_lots=one_set + luck.randrange(6),
        pause_seconds=luck.one_of((0, 1)),
        max_loss_yuan=luck.one_of((None, Decimal(500))),
        conversion=Conversion(verb=wish.verb, rate=_RATE),
    )


def _price(room: Room, legs: tuple[SpreadLeg, ...]) -> Decimal | None:
    whole = Decimal(0)
    for leg in legs:
        quote = room.look.quote(leg.instrument)
        ticks = None if quote is None else quote.ask if leg.lots > 0 else quote.bid
        if ticks is None:
            return None
        whole += leg.coefficient * room.state.tenant.instruments[leg.instrument].price(ticks)
    return whole


def _pairs(room: Room) -> list[_Pair]:
    known, now = room.state.tenant.instruments, {}
    for name in room.look.columns.universe:
        quote = room.look.quote(name)
        if quote is not None and quote.bid is not None and quote.ask is not None and room.look.session(name).orders:
            now[name] = known[name]
    puts = {
        (one.option.underlying, one.option.strike): one
        for one in now.values()
        if one.option is not None and one.option.right is Right.PUT
    }
    found = []
    for one in now.values():
        terms = one.option
        if terms is None or terms.right is Right.PUT or terms.underlying not in now:
            continue
        put = puts.get((terms.underlying, terms.strike))
        if put is not None:
            found.append(_Pair(one, put, now[terms.underlying]))
    return found


def _open(room: Room, account: AccountId, name: InstrumentId, side: Side, lots: int, flag: HedgeFlag) -> None:
    quote = room.look.quote(name)
    instrument = room.state.tenant.instruments[name]
    terms = None if quote is None else hands.opening(account, instrument, quote, side, lots, flag)
    if terms is not None:
        room.ask(TRADER, c.SubmitOrder(terms=terms, reason="建立待互转的持仓"))


def _exercise(room: Room, account: AccountId) -> None:
    there, luck = room.account(account), room.luck
    standing = [row.request for row in there.exercises.standing()]
    if standing and luck.chance(0.4):
        room.ask(TRADER, c.WithdrawExercise(account=account, request=luck.one_of(standing)))
        return
    held = [
        (name, flag, position.long)
        for name, flag in there.book.positions()
        if room.state.tenant.instruments[name].option is not None and (position := there.book.position(name, flag)).long
    ]
    if held:
        name, flag, long = luck.one_of(held)
        wish = ExerciseWish(
            instrument=name,
            lots=luck.randrange(1, long + 2),
            flag=flag,
            choice=luck.one_of(tuple(Choice), (5, 1)),
            self_close=luck.chance(0.3),
        )
        room.ask(luck.one_of(MAKERS), c.RequestExercise(account=account, wish=wish))
