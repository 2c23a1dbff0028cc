"""Word what is stated of the spot side of a spread against spot (期现价差), and how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain.days.calendar import show
from terminal.domain.fact.spot_marks import SpotConfirmed, SpotDue, SpotMark, SpotOverdue, SpotWaived
from terminal.domain.parameters.carry import YEAR
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.spot_terms import SpotTerm
from terminal.domain.words.typed_text import shown
from terminal.engine.wording import number, short, yuan

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.carry import Carry
    from terminal.domain.parameters.spot_side import SpotSide
    from terminal.domain.spot_commands import ConfirmSpot


def spot_mark(mark: SpotMark) -> str:
    """Return what was stated as a sentence, without a full stop."""
    match mark:
        case SpotDue():
            price = "，现货价已过期，参考价未知" if mark.price is None else f" @参考价 {amount_text(mark.price)}"
            rest = f"；共未落实{to_trade(mark.spot, mark.undone)}" if mark.undone != mark.tonnes else ""
            return f"待办：{to_trade(mark.spot, mark.tonnes)}{price}{rest if mark.undone else '；此前的已抵消'}"
        case SpotConfirmed():
            what = to_trade(mark.spot, mark.tonnes)
            by = f"{SpotTerm.SPOT_CONTRACT} {shown(mark.contract)}"
            return f"{mark.person} 落实：{what} @{amount_text(mark.price)}，{by}"
        case SpotWaived():
            return f"{mark.person}：{to_trade(mark.spot, mark.tonnes)}{SpotTerm.WAIVED}，原因：{shown(mark.reason)}"
        case SpotOverdue():
            return f"{undone_words(mark.spot, mark.undone, mark.lots, mark.value_yuan)}，自 {show(mark.since)[5:16]} 起"
        case _:
            assert_never(mark)


def to_trade(spot: InstrumentId, tonnes: Decimal) -> str:
    """Return signed tonnes of spot as what people do.

    >>> from decimal import Decimal
    >>> from terminal.domain.ids import InstrumentId
    >>> to_trade(InstrumentId("SPOT.i.日照港"), Decimal(-500))
    '卖出现货 i.日照港 500 吨'
    """
    return f"{'买入' if tonnes > 0 else '卖出'}现货 {short(spot)} {amount_text(abs(tonnes))} 吨"


def carry_sum(side: SpotSide, found: Carry) -> str:
    """Return what holding a tonne of spot costs, and the sum that gives it.

    >>> from decimal import Decimal
    >>> from terminal.domain.parameters.carry import carry
    >>> from terminal.domain.parameters.spot_side import SpotSide
    >>> side = SpotSide(tonnes=Decimal(100), financing_percent=Decimal(5), storage_yuan=Decimal("0.5"))
    >>> carry_sum(side, carry(side, Decimal(730), 20260101, 20260311))
    '持有成本 41.40 元/吨 = 现货价 730 × 5% × 69 ÷ 365 + 仓储 0.5 × 69'
    """
    rate, days = amount_text(side.financing_percent), found.days
    money = f"现货价 {amount_text(found.price)} × {rate}% × {days} ÷ {YEAR}"
    return f"{SpotTerm.CARRY} {number(found.total, 2)} 元/吨 = {money} + 仓储 {amount_text(side.storage_yuan)} × {days}"


def waiver_title(body: ConfirmSpot) -> str:
    """Return a waiver as a title: what will not be traded, and of which strategy."""
    verb = "买入" if body.side.sign > 0 else "卖出"
    return f"策略 {body.strategy}：{verb}现货 {amount_text(body.tonnes)} 吨{SpotTerm.WAIVED}"


def undone_words(spot: InstrumentId, undone: Decimal, lots: Decimal, value: Decimal | None) -> str:
    """Return what of the spot side is not done: the lots of the active leg without it, tonnes and yuan."""
    worth = "价值未知" if value is None else f"约 {yuan(value)}"
    return f"{SpotTerm.UNDONE} {amount_text(round(lots, 2))} 手 · {to_trade(spot, undone)} · {worth}"
