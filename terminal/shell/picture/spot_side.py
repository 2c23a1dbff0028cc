"""Say on its card how the spot side of a spread (期现价差) stands, and that a spot price has expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.calendar import show
from terminal.domain.parameters.carry import carries
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.products.instrument import Kind
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.spot_terms import SpotTerm
from terminal.engine.records.forgetting import OVER
from terminal.engine.sentences.spot import to_trade, undone_words
from terminal.engine.strategy.spot_line import SpotLine
from terminal.engine.wording import short, signed_yuan
from terminal.shell.picture.spread_price import carry_shown, spot_expired
from terminal.strategies.spread.balance import active_leg
from terminal.strategies.spread.memory import SpreadMemory, undone_spot
from terminal.strategies.spread.spot_side import lots_without, spot_leg, spot_profit, undone_tonnes

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.engine.state import StrategyRow
    from terminal.shell.picture.present import Present


def spot_line(present: Present, row: StrategyRow) -> SpotLine | None:
    """Return what people may confirm of a strategy's spot side; `None` where there is nothing."""
    settings, memory = row.settings, row.memory
    if not isinstance(settings, SpreadSettings) or settings.spot_side is None or not isinstance(memory, SpreadMemory):
        return None
    name, undone = spot_leg(settings).instrument, undone_spot(settings, memory)
    if not undone and not memory.spot.done and not memory.spot.waived:
        return None
    return SpotLine(
        spot=name,
        undone=undone,
        done=memory.spot.done,
        waived=memory.spot.waived,
        price=_price(present, name),
        may_waive=row.status in OVER,
    )


def spot_parts(present: Present, settings: SpreadSettings, memory: SpreadMemory) -> list[str]:
    """Return what people have done of the spot side, and what not since when."""
    if settings.spot_side is None:
        return []
    spot, name = memory.spot, spot_leg(settings).instrument
    undone = undone_tonnes(settings, memory.legs[active_leg(settings)].net, spot)
    parts = []
    if spot.done:
        what, each = "买入" if spot.done > 0 else "卖出", amount_text(round(spot.paid / spot.done, 2))
        parts.append(f"现货 {short(name)} 已落实净{what} {amount_text(abs(spot.done))} 吨（均价 {each}）")
        gained = spot_profit(spot, _price(present, name))
        parts.append("现货盈亏未知" if gained is None else f"现货盈亏 {signed_yuan(gained)}")
    elif spot.spent:
        parts.append(f"现货盈亏 {signed_yuan(-spot.spent)}")
    found = carry_shown(present, settings)
    if found is not None:
        parts.append(f"{SpotTerm.CARRY} {amount_text(round(found.total, 2))} 元/吨（{found.days} 天），已计入价差")
    if spot.waived:
        parts.append(f"{to_trade(name, spot.waived)}{SpotTerm.WAIVED}")
    if undone:
        price = _price(present, name)
        value = None if price is None else abs(undone) * price
        since = "" if spot.since is None else f" · 自 {show(spot.since)[5:16]} 起"
        parts.append(f"{undone_words(name, undone, lots_without(settings, undone), value)}{since}")
    return parts


def waits_for_spot(present: Present, settings: SpreadSettings) -> list[str]:
    """Return what a spread waits for: a spot price that is missing or has expired, a last trading day."""
    known = present.state.tenant.instruments
    spots = (leg.instrument for leg in settings.legs if not leg.lots)
    stale = [short(one) for one in spots if known[one].kind is Kind.SPOT and spot_expired(present, one)]
    waits = [f"{'、'.join(stale)} 没有有效的现货价，等待报价"] if stale else []
    lead = settings.legs[active_leg(settings)].instrument
    if carries(settings.spot_side) and known[lead].expiry is None:
        waits.append(f"{short(lead)} 的最后交易日未知，算不出{SpotTerm.CARRY}，价差不判，也不平")
    return waits


def _price(present: Present, name: InstrumentId) -> Decimal | None:
    quote = None if spot_expired(present, name) else present.quotes.get(name)
    return None if quote is None or quote.last is None else present.state.tenant.instruments[name].price(quote.last)
