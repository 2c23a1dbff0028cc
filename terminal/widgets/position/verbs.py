"""Name what can be done with a chosen position, and make the wish of it. Nothing here knows Qt."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId, ConditionalId, InstrumentId, ReversalId
from terminal.domain.orders.conditional import (
    AtOpposite,
    CloseLots,
    Conditional,
    PriceReaches,
    Validity,
    Way,
    WhenShort,
)
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.words.terms import Term
from terminal.widgets.strategy.fields import short_code
from terminal.widgets.ticket.block import barred
from terminal.widgets.ticket.fields import Ticket

if TYPE_CHECKING:
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.book.lines import PositionLine, ReversalLine
    from terminal.engine.screen import AccountLine, LinkLine


class Verb(Enum):
    """Say what is done with a position; the value is its key."""

    CLOSE = "Ctrl+E"
    LOCK = "Ctrl+K"
    UNLOCK = "Ctrl+U"
    REVERSE = "Ctrl+R"
    GUARD = "Ctrl+G"
    FINISH = ""  # of a reversal that came to a stop


WORDS: Final = {
    Verb.CLOSE: Term.CLOSE_POSITION,
    Verb.LOCK: Term.LOCKED,
    Verb.UNLOCK: Term.UNLOCK,
    Verb.REVERSE: Term.REVERSE,
    Verb.GUARD: Term.GUARD,
    Verb.FINISH: Term.FINISH_REVERSAL,
}
TIPS: Final = {
    Verb.CLOSE: "今昨自动拆分，先给出每一笔和手续费",
    Verb.LOCK: "开出相反的一边，原有的持仓留着",
    Verb.UNLOCK: "平掉锁着的一边，选多或空；先给出手续费和保证金前后",
    Verb.REVERSE: "先平仓，成交多少再反向开多少；两边不保证同时成交",
    Verb.GUARD: "附在持仓上，随持仓减少，平完即止；止损与止盈二择一",
    Verb.FINISH: "平掉还没平的，开出平掉而没开的",
}
OF_POSITION: Final = (Verb.CLOSE, Verb.LOCK, Verb.UNLOCK, Verb.REVERSE, Verb.GUARD)
THROUGH: Final = 2  # ticks through the opposite price that a stop goes out at, unless another number is typed


class Exits(msgspec.Struct, frozen=True, kw_only=True):
    """Hold at what last prices a position is left, and how; `when_short` is nobody's choice yet while `None`."""

    stop: Decimal | None = None
    take: Decimal | None = None
    ticks: int = THROUGH
    when_short: WhenShort | None = None

    def missing(self, side: Side, known: Instrument) -> str:
        """Return what is wrong or not filled in yet; `side` is that of the closing orders."""
        prices = [price for price in (self.stop, self.take) if price is not None]
        if not prices:
            return f"{Term.STOP_LOSS}价、{Term.TAKE_PROFIT}价都空着，至少填一个。"
        wrong = next((price for price in prices if price <= 0 or not known.on_grid(price)), None)
        if wrong is not None:
            return f"{wrong:f} 不是最小变动价位 {known.tick.normalize():f} 的正整数倍，请改价。"
        if self.stop is not None and self.take is not None and (self.take - self.stop) * side.sign >= 0:
            below = "低于" if side is Side.SELL else "高于"
            return f"止损 {self.stop:f} 要{below}止盈 {self.take:f}，请改价。"
        if self.when_short is None:
            what = f"「{Term.CANCEL_CLOSES_FIRST}」或「{Term.DO_NOT_SEND}」"
            return f"触发时若可平不足（别的平仓委托占着），怎么办？请选{what}。"
        return ""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a verb is about: one side of a position, or a reversal."""

    verb: Verb
    account: AccountId
    instrument: InstrumentId
    ticket: Ticket  # side and flag of the orders; lots and price as a person has them
    reversal: ReversalId | None = None
    exits: Exits = Exits()  # of GUARD
    beside: ConditionalId | None = None  # of GUARD: what guards all of it alone already

    @property
    def title(self) -> str:
        """Return what is done to what, like `反手 rb2505 多 → 空`."""
        name, side = short_code(self.instrument), self.ticket.side
        before, after = (Term.LONG, Term.SHORT) if side is Side.SELL else (Term.SHORT, Term.LONG)
        what = f"{before} → {after}" if self.verb in (Verb.REVERSE, Verb.FINISH) else str(before)
        return f"{WORDS[self.verb]} {name} {what}"

    def guard(self) -> c.GuardPosition:
        """Return the wish that attaches the exits, each at the last price that was named for it."""
        falls = self.ticket.side is Side.SELL
        ways = (Way.AT_OR_BELOW, Way.AT_OR_ABOVE) if falls else (Way.AT_OR_ABOVE, Way.AT_OR_BELOW)
        release = CloseLots(
            instrument=self.instrument,
            side=self.ticket.side,
            lots=self.ticket.lots,
            price=AtOpposite(ticks=self.exits.ticks),
            hedge_flag=self.ticket.hedge_flag,
            when_short=self.exits.when_short or WhenShort.FAIL,
        )
        return c.GuardPosition(
            account=self.account,
            beside=self.beside,
            exits=tuple(
                Conditional(
                    condition=PriceReaches(instrument=self.instrument, way=way, price=price),
                    release=release,
                    validity=Validity.GTC,
                )
                for price, way in zip((self.exits.stop, self.exits.take), ways, strict=True)
                if price is not None
            ),
        )

    def body(self, price: Decimal) -> c.CommandBody:
        """Return the wish at a price."""
        if self.reversal is not None:
            return c.FinishReversal(account=self.account, reversal=self.reversal, price=price)
        terms = self.ticket.terms(self.account, self.instrument, price)
        match self.verb:
            case Verb.LOCK:
                return c.LockPosition(account=self.account, terms=terms)
            case Verb.UNLOCK:
                return c.UnlockPosition(account=self.account, terms=terms)
            case Verb.REVERSE:
                return c.ReversePosition(account=self.account, terms=terms)
            case _:
                return c.ClosePosition(account=self.account, terms=terms)


def of_position(verb: Verb, account: AccountId, line: PositionLine, against: int = 0) -> Chosen:
    """Return a verb about one side of a position: all that can be closed, or what that verb can take of it.

    `against` are the lots of the other side; where there is nothing to take, the runner's answer to all says why.
    """
    lots = line.closable
    match verb:
        case Verb.LOCK:
            lots = line.lockable or line.lots
        case Verb.UNLOCK:
            lots = min(line.closable, line.lots, against) or line.lots
        case Verb.GUARD:
            lots = line.unguarded or line.lots
        case _:
            pass
    ticket = _ticket(line.instrument, line.side.opposite, lots, line.flag)
    beside = line.beside if verb is Verb.GUARD else None
    return Chosen(verb=verb, account=account, instrument=line.instrument, ticket=ticket, beside=beside)


def of_reversal(account: AccountId, line: ReversalLine) -> Chosen:
    """Return that a reversal is gone on with."""
    ticket = _ticket(line.instrument, line.side, line.lots, line.flag)
    return Chosen(verb=Verb.FINISH, account=account, instrument=line.instrument, ticket=ticket, reversal=line.reversal)


def _ticket(instrument: InstrumentId, side: Side, lots: int, flag: HedgeFlag) -> Ticket:
    return Ticket(instrument=instrument, side=side, offset=Offset.CLOSE, lots=lots, hedge_flag=flag)


def why_not(account: AccountId | None, link: LinkLine | None, line: AccountLine | None) -> str:
    """Return in a sentence why nothing can be ordered about a position here; empty where it can."""
    block = barred(link, account, line)
    if block is not None or link is None or account is None:
        return "" if block is None else block.sentence
    may = Role.TRADER in link.roles.get(account, ())
    return "" if may else f"您在账户 {account} 没有交易员权限，请由交易员操作。"


def may_give_up(account: AccountId | None, link: LinkLine | None) -> bool:
    """Return whether a reversal can be given up here: it lowers risk, so no holder is asked for."""
    if account is None or link is None or not link.lowers_risk:
        return False
    return bool({Role.TRADER, Role.RISK} & set(link.roles.get(account, ())))
