"""Refuse what a runner says and a desk could not show or keep, at the edge where every frame comes in.

The form of a frame says what types it holds; here stands what no type says: which figures a clock, a calendar, a chart
and a field can show, and where a record belongs. Only who reads asks: a runner must not stumble over its own words.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import to_date
from terminal.domain.words.typed_text import shown
from terminal.engine.records.journal import Record, UnknownRecord, kind_of, stream_of
from terminal.sync import messages as m
from terminal.sync.wire import WireError

if TYPE_CHECKING:
    from terminal.domain.ids import TenantId

LARGEST_PRICE: Final = Decimal(10) ** 21  # of a basis, which a chart draws; beyond every price of whole ticks


def refuse_unshowable(frame: m.FromRunner, welcome: m.Welcome | None) -> None:
    """Raise `WireError` where a frame holds what no screen can show; quotes are of instruments that WELCOME named."""
    if isinstance(frame, m.Quotes):
        _refuse_quotes(frame, len(welcome.universe) if welcome is not None else 0)
    elif isinstance(frame, m.Previewed):
        asked = frame.preview
        figures = (asked.value, asked.margin, asked.fee, *(child.terms.price for child in asked.children))
        if not all(one is None or one.is_finite() for one in figures):
            raise WireError("预览里有不是数字的金额或价格")


def refuse_misplaced(record: Record | UnknownRecord, tenant: TenantId) -> None:
    """Raise `WireError` where a record does not belong to the stream it says: read again it would be damage."""
    if record.tenant != tenant:
        raise WireError(f"{_place(record)}属于 {shown(record.tenant)}")
    if isinstance(record, Record) and (
        record.kind != kind_of(record.fact) or record.stream != stream_of(record.fact, tenant)
    ):
        raise WireError(f"{_place(record)}与内容不符")


def _place(record: Record | UnknownRecord) -> str:
    return shown(f"{record.stream} 第 {record.seq} 条记录（{record.kind}）")


def _refuse_quotes(quotes: m.Quotes, named: int) -> None:
    for row in quotes.quotes:
        if row.slot >= named:
            raise WireError(f"行情属于第 {row.slot} 个合约，约定的只有 {named} 个")
    days = [one.trading_day for one in quotes.basis]
    for day in (quotes.trading_day, *days) if quotes.trading_day else days:
        try:
            to_date(day)
        except (ValueError, OverflowError):
            raise WireError(f"行情的交易日 {day} 不是日期") from None
    for one in quotes.basis:
        if not all(
            price.is_finite() and price.copy_abs() < LARGEST_PRICE for price in (one.spot_price, one.future_price)
        ):
            raise WireError("基差的价格不是数字")
        if not all(0 <= at <= m.LATEST for at in (one.at, one.spot_at, one.future_at)):
            raise WireError("基差的时刻不对")
