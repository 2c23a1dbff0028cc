"""Say what a person's own strategy may cost before it starts: nobody knows its rule's future, so its size alone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.orders.order import Offset
from terminal.domain.products.fees import ZERO, fee, fees_known
from terminal.engine.wording import number, short, yuan

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.order import HedgeFlag
    from terminal.domain.parameters.own import OwnSettings
    from terminal.engine.look import Look

UNPRICED = "还没有价格，最坏的亏损算不出"
UNBOUNDED = "今日涨跌停价未知，最坏的亏损算不出"
BOTH = 2  # limits of a day
NO_STOP = "没有止损，超过账户的当日亏损限额由风控停下"


def own_foreseen(look: Look, settings: OwnSettings) -> tuple[str, ...]:
    """Return the loss of all it may hold from the latest price to either daily limit, and that it has no stop.

    Of a rule of several contracts each is told, with what its lots cost there and back, and then all of them at once.
    """
    if not settings.rest:
        worst = _worst(look, settings.instrument, settings.max_lots)
        if worst is None:
            return (f"{short(settings.instrument)} {UNPRICED}",)
        return (f"最坏：{'；'.join(worst) or UNBOUNDED}（不含手续费）；{NO_STOP}",)
    said, whole = list[str](), list[Decimal | None]()
    for one in settings.contracts:
        if not one.max_lots:
            continue
        worst = _worst(look, one.instrument, one.max_lots)
        how = UNPRICED if worst is None else "；".join(worst) or UNBOUNDED
        cost = _fees(look, one.instrument, one.max_lots, settings.hedge_flag)
        said.append(f"{short(one.instrument)} 最坏：{how}；{cost}")
        whole.append(max(worst.values()) if worst and len(worst) == BOTH else None)
    known = [loss for loss in whole if loss is not None]
    together = yuan(sum(known, ZERO)) if len(known) == len(whole) else "算不出"
    return (*said, f"最坏：各合约都持满、都到坏的一边的停板，共亏 {together}（不含手续费）；{NO_STOP}")


def _worst(look: Look, instrument: InstrumentId, lots: int) -> dict[str, Decimal] | None:
    # The sentences, and the loss of each; nothing where the daily limits are not known, `None` without a price.
    known, quote = look.instrument(instrument), look.quote(instrument)
    last = look.columns.last_price(instrument)
    if quote is None or last is None:
        return None
    worst = {}
    for word, ticks in (("跌停", quote.lower_limit), ("涨停", quote.upper_limit)):
        if ticks is not None:
            loss = abs(known.value(known.price(ticks) - last, lots))
            worst[f"{'多' if word == '跌停' else '空'} {lots} 手遇{word}亏 {yuan(loss)}"] = loss
    return worst


def _fees(look: Look, instrument: InstrumentId, lots: int, flag: HedgeFlag) -> str:
    # Of opening and closing all of it at the latest price, the dearer of 平今 and 平昨.
    known, price = look.instrument(instrument), look.columns.last_price(instrument)
    if price is None or not fees_known(known):
        return "手续费未知"
    closing = (
        fee(known, offset=Offset.CLOSE, lots=lots, price=price, close_today_lots=young, flag=flag)
        for young in (0, lots)
    )
    whole = fee(known, offset=Offset.OPEN, lots=lots, price=price, flag=flag) + max(closing)
    return f"{lots} 手一个来回的手续费 {number(whole, 2)} 元"
