"""Say what a person's own strategy may cost before it starts: nobody knows its rule's future, so its size alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.engine.wording import short, yuan

if TYPE_CHECKING:
    from terminal.domain.parameters.own import OwnSettings
    from terminal.engine.look import Look


def own_foreseen(look: Look, settings: OwnSettings) -> tuple[str, ...]:
    """Return the loss of all it may hold from the latest price to either daily limit, and that it has no stop."""
    known, quote = look.instrument(settings.instrument), look.quote(settings.instrument)
    last = look.columns.last_price(settings.instrument)
    if quote is None or last is None:
        return (f"{short(settings.instrument)} 还没有价格，最坏的亏损算不出",)
    worst = []
    for word, ticks in (("跌停", quote.lower_limit), ("涨停", quote.upper_limit)):
        if ticks is not None:
            loss = abs(known.value(known.price(ticks) - last, settings.max_lots))
            worst.append(f"{'多' if word == '跌停' else '空'} {settings.max_lots} 手遇{word}亏 {yuan(loss)}")
    said = "；".join(worst) if worst else "今日涨跌停价未知，最坏的亏损算不出"
    return (f"最坏：{said}（不含手续费）；没有止损，超过账户的当日亏损限额由风控停下",)
