"""Play people who reverse what is held (反手), and finish or give up what came to a stop."""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.ids import AccountId
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.orders.reversal import ReversalState, Taking
from terminal.engine.books.reversal import ReversalRow
from terminal.simulation import hands
from terminal.simulation.cast import ACCOUNTS, MAKERS, RISK, VISITOR
from terminal.simulation.desk import Room
from terminal.simulation.luck import Luck

_ACTS = 0.015  # of the moments
_TAKES: tuple[Taking, ...] = ("YESTERDAY_FIRST", "TODAY_FIRST", "CHEAPEST")


class Reversers:
    """Do it by chance; a luck of its own leaves the others' draws alone."""

    def __init__(self, seed: int) -> None:
        self._luck = Luck(seed)

    def act(self, room: Room) -> None:
        """Do one thing, now and then."""
        luck = self._luck
        if not luck.chance(_ACTS):
            return
        account = luck.one_of(ACCOUNTS)
        standing = [row for row in room.account(account).reversals.rows.values() if row.stands]
        if standing and luck.chance(0.5):
            self._decide(room, account, luck.one_of(standing))
            return
        body = self._reverse(room, account)
        if body is not None:
            room.ask(VISITOR if luck.chance(0.02) else luck.one_of(MAKERS), body)

    def _decide(self, room: Room, account: AccountId, row: ReversalRow) -> None:
        luck, terms = self._luck, row.wanted.terms
        body: c.CommandBody = c.GiveUpReversal(account=account, reversal=row.reversal)
        quote = room.look.quote(terms.instrument)
        if row.state is ReversalState.UNFINISHED and luck.chance(0.8) and quote is not None:
            ticks = quote.ask if terms.side is Side.BUY else quote.bid
            price = room.look.instrument(terms.instrument).price(ticks or 1)
            body = c.FinishReversal(account=account, reversal=row.reversal, price=price)
        room.ask(luck.one_of((*MAKERS, RISK), (4, 4, 1)), body)

    def _reverse(self, room: Room, account: AccountId) -> c.ReversePosition | None:
        luck, book = self._luck, room.account(account).book
        flag = hands.flag_of(luck, account)
        held = [
            (instrument, quote, book.position(instrument.id, flag))
            for instrument, quote in hands.traded(room.look, room.state)
        ]
        held = [one for one in held if one[2].net]
        if not held:
            return None
        instrument, quote, position = luck.one_of(held)
        side = Side.SELL if position.net > 0 else Side.BUY
        ticks = (quote.ask if side is Side.BUY else quote.bid) or 1
        ticks = max(ticks + luck.one_of((0, -side.sign * luck.randrange(1, 6)), (1, 1)), 1)
        terms = OrderTerms(
            account=account,
            instrument=instrument.id,
            side=side,
            offset=Offset.CLOSE,
            lots=luck.randrange(1, abs(position.net) + 1 + luck.chance(0.1)),
            price=instrument.price(ticks),
            hedge_flag=flag,
        )
        return c.ReversePosition(account=account, terms=terms, take=luck.one_of(_TAKES))
