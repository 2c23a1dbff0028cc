"""Tell that a rule which holds lots is shown no prices: it cannot leave, and nobody would know.

A row of prices needs both sides of every contract, so one that is locked at its limit, one-sided or not quoted blinds
the rule to all of them. Counted is trading time alone: from when the next row was due, or from the last of the
contracts having begun its session. It is told once it has lasted, and taken back with the first row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.own_marks import OwnShortened, OwnUnseen
from terminal.strategies.sight import FRESH, SECOND, Sight

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.view import View
    from terminal.strategies.own.memory import OwnMemory
    from terminal.strategies.own.windows import Parts

UNSEEN_AFTER: Final = 180 * SECOND


def holds(memory: OwnMemory) -> bool:
    """Return whether a rule holds lots of any contract."""
    return bool(memory.net) or any(held.net for held in memory.others.values())


def told_now(parts: Parts, memory: OwnMemory, view: View) -> OwnUnseen | OwnShortened | None:
    """Return what is to be said now of what a rule sees, `None` where nothing is new."""
    return unseen_mark(parts, memory, view) or shortened_mark(parts, memory, view)


def unseen_mark(parts: Parts, memory: OwnMemory, view: View) -> OwnUnseen | None:
    """Return that a rule which holds lots sees nothing, or that it sees again; `None` where nothing is new."""
    said, held = memory.unseen, holds(memory)
    if said is None and not held:
        return None
    due = view.sample_due(parts.watches[0])
    if said is not None:
        return OwnUnseen(instrument=said.instrument) if due > view.now or not held else None
    if due + UNSEEN_AFTER > view.now:
        return None
    sessions = [view.session(one.instrument) for one in parts.contracts]
    since = max(due, *(session.begins_at for session in sessions))
    if any(session.phase is not Phase.CONTINUOUS for session in sessions) or since + UNSEEN_AFTER > view.now:
        return None
    lacks = ((one.instrument, _lack(view, one.instrument)) for one in parts.contracts)
    name, why = next((one for one in lacks if one[1]), (parts.contracts[0].instrument, "与别的合约没有同时的双边报价"))
    return OwnUnseen(instrument=name, why=why, since=since)


def shortened_mark(parts: Parts, memory: OwnMemory, view: View) -> OwnShortened | None:
    """Return that a restart has shortened what the rule sees, or that it has enough; `None` where nothing is new."""
    watch = parts.watches[0]
    since = view.samples_since(watch)
    if since and len(view.samples(watch)) >= watch.window:
        since = 0
    return None if since == memory.since else OwnShortened(since=since)


def _lack(view: View, instrument: InstrumentId) -> str:
    # What keeps a contract that trades from being seen; "" where nothing does.
    quote, session = view.quote(instrument), view.session(instrument)
    if quote is None or quote.received_at < session.begins_at:
        return "没有报价"
    if view.now - quote.received_at > FRESH:
        return "报价过旧"
    if quote.bid is not None and quote.ask is not None:
        return ""
    return Sight(view.instrument(instrument), quote, session.remaining(view.now), fresh=True).stuck or "只有一边报价"
