"""Play people who attach stops and take-profits to what is held (止损止盈), who lock it and unlock one side of it."""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.ids import AccountId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import PositionView, Quote
from terminal.simulation import hands
from terminal.simulation.cast import ACCOUNTS, MAKERS, VISITOR
from terminal.simulation.desk import Room
from terminal.simulation.luck import Luck

_ACTS = 0.02  # of the moments
_NEAR = 8  # ticks: so that most are reached
Held = tuple[Instrument, Quote, HedgeFlag, PositionView]


class Guarders:
    """Do it by chance; a luck of its own leaves the others' draws alone."""

    def __init__(self, seed: int) -> None:
        self._luck = Luck(seed)

    def act(self, room: Room) -> None:
        """Do one thing, now and then."""
        luck = self._luck
        if not luck.chance(_ACTS):
            return
        account = luck.one_of(ACCOUNTS)
        flag = hands.flag_of(luck, account)
        book = room.account(account).book
        held = [
            (instrument, quote, flag, position)
            for instrument, quote in hands.traded(room.look, room.state)
            if (position := book.position(instrument.id, flag)).long or position.short
        ]
        if held:
            body = self._wish(account, luck.one_of(held))
            room.ask(VISITOR if luck.chance(0.02) else luck.one_of(MAKERS), body)

    def _wish(self, account: AccountId, held: Held) -> c.CommandBody:
        luck, position = self._luck, held[3]
        if position.long and position.short and luck.chance(0.5):
            return c.UnlockPosition(
                account=account, terms=self._terms(account, held, min(position.long, position.short))
            )
        if luck.chance(0.25):
            return c.LockPosition(account=account, terms=self._terms(account, held, abs(position.net) or 1))
        return self._guard(account, held)

    def _terms(self, account: AccountId, held: Held, most: int) -> OrderTerms:
        luck, (instrument, quote, flag, position) = self._luck, held
        side = luck.one_of((Side.BUY, Side.SELL)) if position.long and position.short else _closing(position)
        ticks = ((quote.ask if side is Side.BUY else quote.bid) or 1) + side.sign * luck.randrange(-2, 3)
        return OrderTerms(
            account=account,
            instrument=instrument.id,
            side=side,
            offset=Offset.CLOSE,
            lots=luck.randrange(1, most + 1 + luck.chance(0.1)),
            price=instrument.price(max(ticks, 1)),
            hedge_flag=flag,
        )

    def _guard(self, account: AccountId, held: Held) -> c.GuardPosition:
        luck, (instrument, quote, flag, position) = self._luck, held
        side = _closing(position)
        lots = position.long if side is Side.SELL else position.short
        release = d.CloseLots(
            instrument=instrument.id,
            side=side,
            lots=luck.randrange(1, lots + 1 + luck.chance(0.1)),
            price=d.AtOpposite(ticks=luck.randrange(-2, 4)),
            hedge_flag=flag,
            when_short=luck.one_of((d.WhenShort.CANCEL_FIRST, d.WhenShort.FAIL)),
        )
        stop, take = (
            (d.Way.AT_OR_BELOW, d.Way.AT_OR_ABOVE) if side is Side.SELL else (d.Way.AT_OR_ABOVE, d.Way.AT_OR_BELOW)
        )
        exits = []
        for way in (stop, take):
            off = luck.randrange(1, _NEAR) * (-1 if way is d.Way.AT_OR_BELOW else 1)
            price = instrument.price(max((quote.bid or 1) + off, 1))
            condition = d.PriceReaches(instrument=instrument.id, quoted=d.Quoted.BID, way=way, price=price)
            exits.append(d.Conditional(condition=condition, release=release, validity=d.Validity.GTC))
        return c.GuardPosition(account=account, exits=tuple(exits[: luck.one_of((2, 1), (3, 1))]))


def _closing(position: PositionView) -> Side:
    return Side.SELL if position.long >= position.short else Side.BUY
