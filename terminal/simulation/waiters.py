"""Play people who let orders wait for a price, a spread, a time, an opening or break-even, and steer them (条件单)."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import AccountId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import Quote
from terminal.engine.books.conditional import ConditionalRow
from terminal.simulation import hands
from terminal.simulation.cast import ACCOUNTS, MAKERS, RISK, VISITOR
from terminal.simulation.desk import Room
from terminal.simulation.luck import Luck

_ACTS = 0.02  # of the moments
_NEAR = 6  # ticks: so that most are reached
_WAYS = (d.Way.AT_OR_ABOVE, d.Way.AT_OR_BELOW)


class Waiters:
    """Do by chance what people do with orders that wait; a luck of its own leaves the others' draws alone."""

    def __init__(self, seed: int) -> None:
        self._luck = Luck(seed)

    def act(self, room: Room) -> None:
        """Do one thing, now and then."""
        luck = self._luck
        if not luck.chance(_ACTS):
            return
        account = luck.one_of(ACCOUNTS)
        rows = room.account(account).conditionals.standing()
        if rows and luck.chance(0.3):
            self._steer(room, account, luck.one_of(rows))
            return
        there = hands.traded(room.look, room.state)
        if not there:
            return
        wanted = self._wanted(room, account, *luck.one_of(there))
        if rows and luck.chance(0.2):
            row = luck.one_of(rows)
            version = row.version - luck.chance(0.1)
            body = c.EditConditional(account=account, conditional=row.conditional, base_version=version, wanted=wanted)
            room.ask(luck.one_of(MAKERS), body)
            return
        person = VISITOR if luck.chance(0.02) else luck.one_of(MAKERS)
        room.ask(person, c.PlaceConditional(account=account, wanted=wanted))

    def _steer(self, room: Room, account: AccountId, row: ConditionalRow) -> None:
        luck, name = self._luck, row.conditional
        body: c.CommandBody = c.PauseConditional(account=account, conditional=name)
        if luck.chance(0.3):
            body = c.WithdrawConditional(account=account, conditional=name)
        elif row.state is d.ConditionalState.PAUSED:
            body = c.ResumeConditional(account=account, conditional=name)
        room.ask(luck.one_of((*MAKERS, RISK), (4, 4, 1)), body)

    def _wanted(self, room: Room, account: AccountId, instrument: Instrument, quote: Quote) -> d.Conditional:
        luck = self._luck
        part = self._part(room, account, instrument, quote)
        condition: d.Condition = part
        if luck.chance(0.2):
            parts = (part, self._part(room, account, instrument, quote))
            condition = d.AllOf(parts=parts) if luck.chance(0.5) else d.AnyOf(parts=parts)
        validity = luck.one_of((d.Validity.GFD, d.Validity.SESSION, d.Validity.GTC), (6, 2, 2))
        wanted = d.Conditional(
            condition=condition, release=self._release(room, account, instrument, quote), validity=validity
        )
        if luck.chance(0.03):
            return replace(wanted, last_day=19990101)
        return wanted

    def _part(self, room: Room, account: AccountId, instrument: Instrument, quote: Quote) -> d.Part:
        luck, name = self._luck, instrument.id
        mark = instrument.price(max((quote.bid or 1) + luck.randrange(-_NEAR, _NEAR + 1), 1))
        quoted = luck.one_of((d.Quoted.BID, d.Quoted.ASK, d.Quoted.LAST))
        match luck.randrange(10):
            case 0:
                return d.MarketOpens(instrument=name)
            case 1:
                return d.TimeReached(instrument=name, clock=luck.randrange(24 * 60) * 60)
            case 2:
                flag = hands.flag_of(luck, account)
                return d.BreaksEven(
                    instrument=name, side=luck.one_of((Side.BUY, Side.SELL)), hedge_flag=flag, way=luck.one_of(_WAYS)
                )
            case 3:
                above = mark + 3 * instrument.tick
                return d.PriceWithin(instrument=name, quoted=quoted, lowest=mark, highest=above)
            case 4:
                return self._spread(room, instrument, mark)
            case _:
                return d.PriceReaches(instrument=name, quoted=quoted, way=luck.one_of(_WAYS), price=mark)

    def _spread(self, room: Room, instrument: Instrument, mark: Decimal) -> d.SpreadReaches:
        luck = self._luck
        other, quote = luck.one_of(hands.traded(room.look, room.state))
        beside = other.price(max((quote.ask or 1) + luck.randrange(-_NEAR, _NEAR + 1), 1))
        return d.SpreadReaches(  # of one contract with itself now and then: that is refused
            instrument=instrument.id,
            less=other.id,
            quoted=luck.one_of((d.Quoted.BID, d.Quoted.ASK)),
            way=luck.one_of(_WAYS),
            value=mark - beside,
        )

    def _release(self, room: Room, account: AccountId, instrument: Instrument, quote: Quote) -> d.Release:
        luck = self._luck
        side, lots = luck.one_of((Side.BUY, Side.SELL)), luck.randrange(1, 6)
        price: d.ReleasePrice = d.AtOpposite(ticks=luck.randrange(-2, 4))
        if luck.chance(0.5):
            price = d.AtPrice(price=instrument.price(max((quote.ask or 1) + luck.randrange(-3, 4), 1)))
        flag = hands.flag_of(luck, account)
        if luck.chance(0.5):
            held = room.account(account).book.position(instrument.id, flag)
            side = Side.SELL if held.long >= held.short else Side.BUY
            when = luck.one_of((d.WhenShort.CANCEL_FIRST, d.WhenShort.FAIL))
            return d.CloseLots(
                instrument=instrument.id, side=side, lots=lots, price=price, hedge_flag=flag, when_short=when
            )
        if luck.chance(0.05):
            large = int(Decimal(5_200_000) / instrument.value(instrument.price(quote.ask or 1), 1)) + 1
            lots = min(large, instrument.max_lots or large)
        return d.SendOrder(
            instrument=instrument.id, side=side, offset=Offset.OPEN, lots=lots, price=price, hedge_flag=flag
        )
