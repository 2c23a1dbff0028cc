"""Hold the terms that only the spot side of a spread (期现价差) has, each beside its English twin, once."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from terminal.domain.orders.order import Side
from terminal.domain.parameters.carry import carries
from terminal.domain.parameters.spot_side import SpotTax
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.twin import Twin

if TYPE_CHECKING:
    from terminal.domain.parameters.spot_side import SpotSide


@unique
class SpotTerm(Twin):
    """Name a term that only the spot side of a spread has; `english` is its twin."""

    SPOT_SIDE = "现货一侧", "spot side"
    TONNES_PER_SET = "每套现货", "spot tonnes a set"
    SPOT_TAX = "现货价口径", "spot price tax basis"
    ALERT_MINUTES = "未落实提醒", "unconfirmed spot reminder"
    FINANCING = "资金年利率", "financing rate, a year"
    STORAGE = "仓储费（每吨每天）", "storage, a tonne a day"
    CARRY = "持有成本", "cost of carry"
    SPOT_SPREAD = "期现价差", "cash-and-carry spread"
    UNDONE = "现货未落实", "spot not confirmed"
    CONFIRM_SPOT = "落实现货", "confirm spot"
    SPOT_CONTRACT = "合同号", "spot contract number"
    SPOT_ANSWER = "现货怎样了", "what became of the spot"
    TRADED = "已买卖", "traded"
    WAIVED = "不做了", "waived"
    WAIVE_REASON = "不做的原因", "reason for waiving"


class SpotWay(StrEnum):
    """Say whether a spread stands against spot, and which sets of it are held."""

    NONE = "NONE"
    LONG = "LONG"
    SHORT = "SHORT"


SPOT_WAYS: Final = {SpotWay.NONE: "没有现货腿", SpotWay.LONG: "期现做多", SpotWay.SHORT: "期现做空"}
SPOT_SIDES: Final = {Side.BUY: "做多", Side.SELL: "做空"}
SPOT_TAXES: Final = {SpotTax.TAXED: "含税", SpotTax.UNTAXED: "不含税"}


def spot_side_text(side: SpotSide | None) -> str:
    """Return in a line what people do for a set of a spread against spot.

    >>> from decimal import Decimal
    >>> from terminal.domain.parameters.spot_side import SpotSide
    >>> spot_side_text(SpotSide(tonnes=Decimal(100)))
    '只做多，每套现货 100 吨，现货价含税，120 分钟未落实提醒'
    """
    if side is None:
        return "无"
    what = f"只{SPOT_SIDES[side.side]}，每套现货 {amount_text(side.tonnes)} 吨"
    return f"{what}，现货价{SPOT_TAXES[side.tax]}，{side.alert_minutes} 分钟未落实提醒{_carry_rates(side)}"


def _carry_rates(side: SpotSide) -> str:
    if not carries(side):
        return ""
    rates = f"资金 {amount_text(side.financing_percent)}%/年、仓储 {amount_text(side.storage_yuan)} 元/吨·天"
    return f"，{SpotTerm.CARRY}按{rates}"
