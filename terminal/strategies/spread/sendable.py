"""Say which orders of a repair, the hedge or the way back (反平), could not be sent now, and why, before it is tried.

Asked is what the gate would refuse or `Draft` hold back: an opening where none is allowed, a close of lots that other
closes hold (冻结), an own order in the way (C14), and by the gate itself whatever else it says of that very order, a
limit, the day's loss, the margin. What the exchange rejected last is known from its answer alone (`refusals`). An order
of the leg's own scope bars nothing: it is withdrawn before. Another own one does, a person's or another strategy's,
whatever of the leg's own is still out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.sessions import Phase
from terminal.domain.orders.intents import Intent
from terminal.domain.orders.order import Side
from terminal.strategies.legs import NOT_OPENED
from terminal.strategies.sight import EDGE, look
from terminal.strategies.spread.balance import closing_lots
from terminal.strategies.spread.closable import closable_lots
from terminal.strategies.spread.memory import scope_of
from terminal.strategies.spread.own_way import whose_way
from terminal.strategies.spread.told_plans import refused_by

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.view import View
    from terminal.domain.words.risk import Finding
    from terminal.strategies.spread.moment import Moment

FROZEN = "可平手数被别的平仓委托占用，请撤去那些委托"
MEETS_OWN = "会与自己的未了委托自成交，请撤去那笔委托"


class Held(NamedTuple):
    """Hold how many lots of a leg cannot be traded back now, and why in words, "" where its market shows no price."""

    lots: int
    why: str
    whose: str = ""  # the own order in the way, in words


def why_lead_stays(moment: Moment, signed: int) -> str:
    """Return in words why no lot of so many (signed) of the active leg could be sent; "" where one could.

    What is closed goes before what is opened. Its market, own orders and the gate are not asked.
    """
    if closing_lots(moment.settings.legs[moment.lead], moment.net, signed):
        return why_frozen(moment, moment.lead, signed)
    return "" if _may_open(moment, moment.lead) else NOT_OPENED


def why_refused(moment: Moment, place: int, signed: int) -> str:
    """Return in words why the gate would not let an order of so many lots (signed) of a leg out, "" where it would.

    Where nothing is displayed for it there is no such order. Nor is one asked about while the leg has another under
    way: with that one counted twice the gate would see what nobody wants.
    """
    if any(moment.memory.ledger.in_scope(scope_of(place))):
        return ""
    wish = wish_of(moment, place, signed)
    found = None if wish is None else moment.view.would_refuse(moment.settings.account, moment.draft.strategy, wish)
    return "" if found is None else gate_words(found)


def gate_words(found: Finding) -> str:
    """Return in words, for a plan, that the gate would not let an order out, and why."""
    return refused_by(f"风控 {found.control} ", found.sentence)


def wish_of(moment: Moment, place: int, signed: int) -> Intent | None:
    """Return the order that so many lots (signed) of a leg come to now; `None` where nothing is displayed for it."""
    leg, side = moment.settings.legs[place], Side.BUY if signed > 0 else Side.SELL
    sight = look(moment.view, leg.instrument)
    ticks = None if sight is None else sight.through(side, moment.memory.misses if place == moment.lead else 0)
    if sight is None or ticks is None:
        return None
    known, closes = sight.instrument, closing_lots(leg, moment.memory.legs[place].net, signed)
    lots = min(closes, closable_lots(moment, place, side)) if closes else abs(signed)
    lots = lots if known.max_lots is None else min(lots, known.max_lots)
    if lots < 1:
        return None
    return Intent(
        instrument=known.id,
        side=side,
        closing=closes > 0,
        lots=lots,
        price=known.price(ticks),
        tag=moment.tag(place),
        reason="",
    )


def why_rejected(moment: Moment, place: int) -> str:
    """Return in words how the exchange rejected a leg's latest order, "" where it did not, or another is under way."""
    return (
        "" if any(moment.memory.ledger.in_scope(scope_of(place))) else moment.memory.rejected.get(scope_of(place), "")
    )


def hedge_bar(moment: Moment, place: int, lack: int) -> str:
    """Return in words why a leg itself cannot be brought up now, by so many lots (signed); "" where it can.

    Its own orders and the message rate are not asked about.
    """
    leg, sight = moment.settings.legs[place], look(moment.view, moment.settings.legs[place].instrument)
    if sight is None or sight.opposite(Side.BUY if lack > 0 else Side.SELL) is None:
        return unreached(moment.view, leg.instrument)
    closes = closing_lots(leg, moment.memory.legs[place].net, lack)
    frozen = why_frozen(moment, place, lack) if closes else ""  # what is opened goes after it
    if frozen:
        return frozen
    if abs(lack) > closes and not _may_open(moment, place):
        return NOT_OPENED
    return why_refused(moment, place, lack) or why_rejected(moment, place)


def unreached(view: View, name: InstrumentId) -> str:
    """Return in words why a contract cannot be traded now, where it cannot."""
    sight, session = look(view, name), view.session(name)
    if sight is not None and sight.fresh:
        return "没有对手价"
    closed = session.phase is not Phase.CONTINUOUS or session.remaining(view.now) <= EDGE
    return "不在连续交易时段或即将休市" if closed else "没有新行情"


def held_back(moment: Moment, place: int, signed: int) -> Held:
    """Return how many of so many lots (signed) of a leg cannot be traded back now."""
    leg, side = moment.settings.legs[place], Side.BUY if signed > 0 else Side.SELL
    sight, whole = look(moment.view, leg.instrument), abs(signed)
    if sight is None or sight.opposite(side) is None:
        return Held(whole, "")
    whose = whose_way(moment, place, sight, signed)
    if whose:
        return Held(whole, MEETS_OWN, whose)
    closes = closing_lots(leg, moment.memory.legs[place].net, signed)
    frozen = max(closes - closable_lots(moment, place, side), 0)
    barred = 0 if closes == whole or _may_open(moment, place) else whole - closes
    why = why_frozen(moment, place, signed, needed=closes) if frozen else ""
    return Held(frozen + barred, why or (NOT_OPENED if barred else ""))


def why_frozen(moment: Moment, place: int, signed: int, needed: int = 1) -> str:
    """Return in words why fewer lots than needed of a leg can be closed on the side of so many signed ones, else "".

    Lots that were closed by somebody else pause the strategy: what it records is there.
    """
    return FROZEN if closable_lots(moment, place, Side.BUY if signed > 0 else Side.SELL) < needed else ""


def _may_open(moment: Moment, place: int) -> bool:
    settings, strategy = moment.settings, moment.draft.strategy
    return moment.view.opening_allowed(settings.account, strategy, settings.legs[place].instrument)
