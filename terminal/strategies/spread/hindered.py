"""Say why a spread that closes at its stop or take-profit closes nothing, and what can be done about it.

What is told elsewhere is not told here: a leg that lacks lots breaks, a refused hedge holds the active leg back, and
where a spread has exits of its own, what cannot be seen or closed of it is told beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import FlattenHeld
from terminal.domain.orders.order import Side
from terminal.strategies.children import ChildState
from terminal.strategies.grid.hindered import (
    BY_HAND,
    PATIENCE,
    STALE,
    Hindrance,
    barred,
    is_said,
    missed,
    refused,
    stuck,
)
from terminal.strategies.grid.stage import Stage
from terminal.strategies.sight import FRESH, look
from terminal.strategies.spread.balance import lacks
from terminal.strategies.spread.closable import closable_lots
from terminal.strategies.spread.memory import may_lead, pauses_until, scope_of
from terminal.strategies.spread.priced import priced
from terminal.strategies.spread.unseen import NO_SPOT

if TYPE_CHECKING:
    from terminal.strategies.spread.moment import Moment

THIN = Hindrance("THIN", "各腿盘口不够平一手并对冲", f"盘口够了接着平；{BY_HAND}")


class Held(NamedTuple):
    """Hold what is in the way, and of which leg."""

    place: int
    what: Hindrance


def tell_held(moment: Moment) -> None:
    """State what keeps a spread from closing once that lasts, each cause once a trading day; after its orders."""
    memory, view, legs = moment.memory, moment.view, moment.settings.legs
    if memory.stage is not Stage.FLATTENING or moment.draft.moves or not any(memory.nets):
        return
    begun = (view.session(leg.instrument).begins_at for leg in legs if leg.lots)
    if view.now - max(memory.closed_at, *begun) < PATIENCE:
        return
    found = _held(moment)
    if found is None:
        return
    name, held, what = legs[found.place].instrument, abs(memory.legs[found.place].net), found.what
    cause = f"{what.on(view.trading_day).cause} {name}"
    if cause not in memory.told and not is_said(memory.told, memory.told_at, view.now):
        moment.draft.mark(FlattenHeld(instrument=name, lots=held, cause=cause, why=what.why, plan=what.plan))


def _held(moment: Moment) -> Held | None:
    settings, memory, view = moment.settings, moment.memory, moment.view
    if any(lacks(settings, memory.nets)) or not may_lead(memory, view.trading_day):
        return None
    if memory.ledger.busy:
        return _unknown(moment) or _missed(moment)
    traded = [place for place, leg in enumerate(settings.legs) if leg.lots]
    phases = {place: view.session(settings.legs[place].instrument).phase for place in traded}
    closed = [place for place, phase in phases.items() if phase is not Phase.CONTINUOUS]
    if len(closed) == len(traded):
        return None
    if closed:
        return Held(closed[0], Hindrance("CLOSED", "不在连续交易时段", f"开市后接着平；{BY_HAND}"))
    if any(view.session(settings.legs[place].instrument).remaining(view.now) <= moment.edge for place in traded):
        return None  # too late for a hedge before the break
    for place in traded:
        market = _of_market(moment, place)
        found = market or _of_lots(moment, place)
        if found is not None:
            return None if _is_said_beside(moment, place, market) else Held(place, found)
    return _of_price(moment)


def _is_said_beside(moment: Moment, place: int, market: Hindrance | None) -> bool:
    # What cannot be closed is said beside the exits once a day, what cannot be seen when that begins: not day by day.
    if moment.settings.grid is not None:
        return False
    begun = moment.view.session(moment.settings.legs[place].instrument).begins_at
    return market is None or not moment.memory.blind or moment.memory.blind_at >= begun


def _unknown(moment: Moment) -> Held | None:
    for order, child in moment.memory.ledger.children.items():
        if child.state is ChildState.UNKNOWN:
            why, plan = f"委托 {order} 状态未知", "交易所证明它的结果之后接着平；请联系交易所或期货公司查询"
            names = [leg.instrument for leg in moment.settings.legs]
            return Held(names.index(child.instrument), Hindrance("UNKNOWN", why, plan))
    return None


def _of_market(moment: Moment, place: int) -> Hindrance | None:
    name, view = moment.settings.legs[place].instrument, moment.view
    sight = look(view, name)
    if sight is None:
        return STALE if view.now - view.session(name).begins_at > FRESH else None
    if not sight.fresh:
        return STALE
    return None if sight.flows else stuck(sight)


def _of_lots(moment: Moment, place: int) -> Hindrance | None:
    net = moment.memory.legs[place].net
    there = closable_lots(moment, place, Side.SELL if net > 0 else Side.BUY)
    if there >= abs(net):
        return None
    why = f"可平手数只有 {there} 手，其余被别的平仓委托占用，或已不在"
    return Hindrance("FROZEN", why, f"可平之后接着平；请核对持仓、撤去那些委托，{BY_HAND}")


def _of_price(moment: Moment) -> Held | None:
    settings, memory = moment.settings, moment.memory
    for place in sorted(range(len(settings.legs)), key=lambda one: one != moment.lead):
        barring = _barred(moment, place)
        if barring is not None:
            return Held(place, barring)
    found = refused(memory.refusal)
    if found is None and priced(settings, moment.view) is None:
        spots = "、".join(leg.instrument.partition(".")[2] for leg in settings.legs if not leg.lots)
        spot = Hindrance("SPOT", f"{spots} {NO_SPOT}", "有人报了现货价接着平；请报价，或人工平仓")
        return Held(moment.lead, spot) if spots else None
    if found is not None:
        return Held(moment.lead, found)
    now, lead = moment.view.now, scope_of(moment.lead)
    waits = now < pauses_until(settings, memory) or not memory.ledger.ready(lead, now, closing=True)
    return _missed(moment) or (None if waits else Held(moment.lead, THIN))


def _barred(moment: Moment, place: int) -> Hindrance | None:
    net, sight = moment.memory.legs[place].net, look(moment.view, moment.settings.legs[place].instrument)
    return barred(moment.draft, sight, Side.SELL if net > 0 else Side.BUY) if net and sight is not None else None


def _missed(moment: Moment) -> Held | None:
    found = missed(moment.memory.misses)
    return None if found is None else Held(moment.lead, found)
