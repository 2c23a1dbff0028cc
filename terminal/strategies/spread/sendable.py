"""Say which orders of a way back (反平) could not be sent now, and why: what bars each is known before it is tried.

Asked is what the gate would refuse or `Draft` hold back: an opening where none is allowed, a close of lots that other
closes hold (冻结), an own order in the way (C14). An order of the leg's own scope bars nothing: it is
withdrawn before. Another own one does, a person's or another strategy's, whatever of the leg's own is still out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.order import Side
from terminal.strategies.legs import NOT_OPENED
from terminal.strategies.sight import look
from terminal.strategies.spread.balance import closing_lots
from terminal.strategies.spread.hedgeable import closable_lots
from terminal.strategies.spread.own_way import whose_way

if TYPE_CHECKING:
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

    What is closed goes before what is opened. Its market and own orders are not asked about.
    """
    if closing_lots(moment.settings.legs[moment.lead], moment.net, signed):
        return why_frozen(moment, moment.lead, signed)
    return "" if _may_open(moment, moment.lead) else NOT_OPENED


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
