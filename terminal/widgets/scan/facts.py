"""Say how each number of a spread came about: samples, the way back to the mean, and the fees leg by leg."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.fees import fees_of
from terminal.domain.words.fee_text import fee_text
from terminal.widgets.parts import figures
from terminal.widgets.scan.columns import exact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.widgets.scan.columns import ScanRow
    from terminal.widgets.scan.found import Leg, Ranked

WAYS = {Side.BUY: "买入", Side.SELL: "卖出"}


def facts(row: ScanRow, instruments: Mapping[InstrumentId, Instrument]) -> str:
    """Return the lines for a spread; for one that is not ranked, why."""
    one = row.one
    if one is None:
        return f"{row.name}：{row.sentence}。"
    whole = [row.name] if len(one.legs) > 2 else []  # longer than its cell
    return "\n".join((*whole, _samples(row, one), _edge(row, one), _fees(one, instruments)))


def _samples(row: ScanRow, one: Ranked) -> str:
    tested = (
        "每个样本都由前一个推出"
        if one.t_value is None
        else f"t {figures.number(exact(one.t_value), 2)}，须低于 {figures.number(exact(one.critical), 2)}"
    )
    mean, deviation = figures.number(one.mean, 4), figures.number(exact(one.deviation), 4)
    since, until = figures.day_and_clock(one.since), figures.day_and_clock(one.until)
    return (
        f"{one.observations:,} 个样本（{since} 至 {until}，每分钟一个，窗口 {row.window:,}）：均值 {mean}，"
        f"标准差 {deviation}，半衰期 {figures.number(exact(one.half_life), 1)} 个样本（{tested}）"
    )


def _edge(row: ScanRow, one: Ranked) -> str:
    now = row.now
    if now is None:
        return "此刻有一腿不是两边都有报价，说不出价差与净利"
    away, worth = figures.number(abs(now.middle - one.mean), 4), figures.number(one.per_point, 2)
    gross, slippage, fees, net = (figures.number(yuan, 2) for yuan in (now.gross, now.slippage, one.fees, now.net))
    buy, sell = (figures.number(price, row.places) for price in (now.buy, now.sell))
    when, way = "按最后的报价" if row.old else "此刻", WAYS[now.side(one.mean)]
    return (
        f"{when}买价差 {buy}，卖价差 {sell}；{way}一套：离均值 {away} × 每点 {worth} = "
        f"毛利 {gross} − 滑点 {slippage} − 手续费 {fees} = 净利 {net} 元"
    )


def _fees(one: Ranked, instruments: Mapping[InstrumentId, Instrument]) -> str:
    legs = "；".join(_leg(leg, instruments.get(leg.instrument), today=one.closes_today) for leg in one.legs)
    dearer = "，平今与平仓取高的" if one.closes_today else ""
    return f"手续费 {legs}。按扫描时的价格与运行器合约资料里投机的费率{dearer}"


def _leg(leg: Leg, instrument: Instrument | None, *, today: bool) -> str:
    name = leg.instrument.partition(".")[2]
    paid = f"{name} {abs(leg.lots)} 手 开 {figures.number(leg.opening, 2)} 平 {figures.number(leg.closing, 2)}"
    if instrument is None:
        return paid
    fees = fees_of(instrument, HedgeFlag.SPECULATION)
    rates = [("开", fees.open), ("平", fees.close), *([("平今", fees.close_today)] if today else [])]
    told: dict[str, list[str]] = {}
    for what, fee in rates:
        told.setdefault(fee_text(fee), []).append(what)
    rates_told = ["、".join(of) + f" {words}" for words, of in told.items()]
    return f"{paid}（{'，'.join(rates_told)}）"
