"""Say how far a conversion (期权期货互转) has come, and what the account does not hold any more for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import PositionMissing
from terminal.domain.orders.order import Side

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import View
    from terminal.strategies.spread.memory import SpreadMemory


def done_words(settings: SpreadSettings, nets: Sequence[int]) -> str:
    """Return what the fills have exchanged so far, leg by leg; "" before the first."""
    words = []
    for leg, net in zip(settings.legs, nets, strict=True):
        what = ("平" if leg.closes else "开") if net * leg.lots >= 0 else ("重开" if leg.closes else "平回")
        if net:
            words.append(f"{'买' if net > 0 else '卖'}{what} {leg.instrument.partition('.')[2]} {abs(net)} 手")
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
