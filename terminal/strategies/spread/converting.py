"""Say how far a conversion (期权期货互转) has come, what is not held any more for it, and that its option has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import Finished, PositionMissing, Repair
from terminal.domain.orders.order import Side
from terminal.strategies.spread.balance import active_leg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import View
    from terminal.strategies.spread.memory import SpreadMemory
    from terminal.strategies.spread.moment import Moment


def done_words(settings: SpreadSettings, nets: Sequence[int]) -> str:
    """Return what the fills have exchanged so far, leg by leg; "" before the first."""
    words = []
    for leg, net in zip(settings.legs, nets, strict=True):
        what = ("平" if leg.closes else "开") if net * leg.lots >= 0 else ("重开" if leg.closes else "平回")
        if net:
            words.append(f"{'买' if net > 0 else '卖'}{what} {_short(leg.instrument)} {abs(net)} 手")
    return "、".join(words)


def missing(view: View, settings: SpreadSettings, memory: SpreadMemory) -> Iterator[PositionMissing]:
    """Say once a trading day that the account can close fewer lots of a leg than are still to be given up."""
    for leg, own in zip(settings.legs, memory.legs, strict=True):
        wanted = abs(settings.max_sets * leg.lots - own.net)
        if not leg.closes or not wanted or memory.missing_day == view.trading_day:
            continue
        position = view.position(settings.account, leg.instrument, settings.hedge_flag)
        side = Side.BUY if leg.lots > 0 else Side.SELL
        closable = position.short_closable if side is Side.BUY else position.long_closable
        if closable < wanted:
            yield PositionMissing(
                instrument=leg.instrument, wanted=wanted, closable=closable, trading_day=view.trading_day
            )


def left_lots(settings: SpreadSettings, nets: Sequence[int]) -> int:
    """Return how many lots of its first option a conversion has still to exchange."""
    lead = active_leg(settings)
    return abs(settings.max_sets * settings.legs[lead].lots - nets[lead])


def ended_options(view: View, settings: SpreadSettings) -> tuple[InstrumentId, ...]:
    """Return the options of a conversion whose last trading day has passed; none for any other spread."""
    if settings.conversion is None:
        return ()
    known = [view.instrument(leg.instrument) for leg in settings.legs]
    return tuple(
        one.id for one in known if one.option is not None and one.expiry is not None and one.expiry < view.trading_day
    )


def end_with_option(moment: Moment, lack: Sequence[int]) -> bool:
    """End a conversion of which an option has ended, once nothing of it can follow any more; return whether it is over.

    A future that still lacks lots follows first. What an ended option lacks nobody can trade.
    """
    settings, memory = moment.settings, moment.memory
    gone = ended_options(moment.view, settings)
    if not gone or memory.ledger.busy:
        return False
    follows = [
        lots and leg.instrument not in gone and own.broken is not Repair.UNWIND
        for leg, own, lots in zip(settings.legs, memory.legs, lack, strict=True)
    ]
    if any(follows):
        return False
    done = done_words(settings, memory.nets)
    names = "、".join(_short(name) for name in gone)
    lacking = "、".join(
        f"{_short(leg.instrument)} {abs(lots)} 手" for leg, lots in zip(settings.legs, lack, strict=True) if lots
    )
    summary = f"{names} 已到期，互转结束：{f'已换 {done}' if done else '没有成交'}"
    left = left_lots(settings, memory.nets)
    summary += f"，{_short(settings.legs[active_leg(settings)].instrument)} 还有 {left} 手没有换" if left else ""
    moment.draft.mark(Finished(summary=summary + (f"，还缺 {lacking}，请人工补" if lacking else "")))
    return True


def _short(instrument: InstrumentId) -> str:
    return instrument.partition(".")[2]
