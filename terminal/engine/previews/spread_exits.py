"""Say before a spread starts what it loses at its stop and wins at its take-profit, and what no stop can promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.exits import exits_of, guarded
from terminal.domain.words.amount_text import amount_text
from terminal.engine.previews.spread_cost import set_cost, yuan_per_point
from terminal.engine.wording import number
from terminal.strategies.spread.exits import stopped_already
from terminal.strategies.spread.priced import priced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.engine.look import Look


def exits_foreseen(look: Look, settings: SpreadSettings) -> Iterator[str]:
    """Yield each exit with what it comes to in yuan, fees in, for all the sets there may be; what cannot be said."""
    if not guarded(settings):
        return
    worth, even = yuan_per_point(look, settings)
    quote = priced(settings, look)
    for direction, asked, what in ((1, settings.buy_at, "多头"), (-1, settings.sell_at, "空头")):
        exits = exits_of(settings, direction)
        for price, word in ((exits.stop, "止损"), (exits.take_profit, "止盈")):
            if price is not None:
                yield _at(look, settings, f"{what}到{word}价 {amount_text(price)}", (price - asked) * direction * worth)
        if stopped_already(settings, direction, quote):
            yield f"现在{what}一开仓就到止损价，等平仓价离开止损价才开仓"
        if exits.stop is None:
            yield f"{what}没有止损价：持有后亏多少不限"
    yield (
        f"止损止盈按能平仓的买卖价判，不看最新价；休市中、封板、缺一边报价、报价过旧时不判，跳空越过多少说不出，"
        f"每越过 1 元多亏 {number(worth * settings.max_sets, 2)} 元；暂停时也不判"
    )
    if not even:
        yield "各腿手数与价格系数不成比例，止损止盈的金额按主动腿折算，不是价差一项决定的"


def _at(look: Look, settings: SpreadSettings, where: str, gained: Decimal) -> str:
    # One set gains so much, before its fees.
    cost, sets = set_cost(look, settings), settings.max_sets
    whole = gained * sets
    if cost.opening is None or cost.closing is None:
        return f"{where}：{sets} 套{_gained(whole)}（手续费未知，未计；不含滑点）"
    fees = (cost.opening + cost.closing) * sets
    parts = f"（价差{_gained(whole)}，手续费 {number(fees, 2)}；不含滑点）"
    return f"{where}：{sets} 套{_gained(whole - fees)}{parts}"


def _gained(yuan: Decimal) -> str:
    return f"{'亏' if yuan < 0 else '赚'} {number(abs(yuan), 2)} 元"
