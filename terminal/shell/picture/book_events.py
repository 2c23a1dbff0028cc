"""Say in the event list what changed an account's books without a trade."""

from __future__ import annotations

from typing import assert_never

from terminal.domain.books.holding import decimal_text
from terminal.domain.fact import facts as f
from terminal.domain.ids import InstrumentId
from terminal.domain.products.ending import How
from terminal.domain.words.risk import Level
from terminal.domain.words.settings import POSITION_SIDES
from terminal.engine.wording import HOWS, day_text, short, signed_yuan

Untraded = f.SettlementCorrected | f.PositionEnded | f.CombinationMoved | f.ReportQuarantined


def untraded(fact: Untraded) -> tuple[str, InstrumentId | None, Level]:
    """Return the sentence, the instrument it is about, and its level."""
    match fact:
        case f.SettlementCorrected():
            prices = "；".join(
                f"{short(name)} {'无' if one.was is None else decimal_text(one.was)} 改为 {decimal_text(one.price)}，"
                f"这一日盈亏 {signed_yuan(one.difference, 2)}"
                for name, one in fact.prices.items()
            )
            came = "没有任何价格，随前一交易日的结算价改记" if fact.unheard else "的结算价已到"
            return f"交易日 {day_text(fact.trading_day)} {came}：{prices}", None, Level.NORMAL
        case f.PositionEnded():
            one = fact.ending
            into = f"，按 {decimal_text(one.price)} 转为 {short(fact.into)} 持仓" if fact.into is not None else ""
            price = f"，交割结算价 {decimal_text(one.price)}" if one.how is How.DELIVERED else into
            return (
                f"{short(one.instrument)} {POSITION_SIDES[one.side]} {one.lots} 手{HOWS[one.how]}{price}",
                one.instrument,
                Level.NORMAL,
            )
        case f.CombinationMoved():
            held = fact.combined
            legs = "、".join(f"{short(name)} {POSITION_SIDES[side]}" for name, side in held.pair.legs)
            text = f"各 {held.lots} 手，保证金收较大的一腿" if held.lots else "已拆开，两腿分别收保证金"
            return f"组合持仓 {legs}：{text}", held.first, Level.NORMAL
        case f.ReportQuarantined():
            return f"交易所回报已隔离，没有入账：{fact.reason}", None, Level.ORANGE
        case _:
            assert_never(fact)
