"""Say what a scan found as a plain table for a person, and what it left out and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import show
from terminal.domain.orders.order import Side
from terminal.domain.parameters.pair import PAIR_KINDS
from terminal.domain.words.amount_text import MINUS, amount_text
from terminal.domain.words.columns_text import columns
from terminal.reports.scan.scan import Rank, Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from terminal.reports.scan.scan import Opportunity, Scan

HEAD: Final = (
    ("名次", "价差", "种类", "方向"),
    ("买价差", "卖价差", "均值", "标准差", "z", "半衰期", "交易日", "剩余", "t", "样本"),
    ("毛利", "滑点", "手续费", "净利", "盘口套数"),
)
STEPS: Final = {Step.MINUTE: "每分钟", Step.DAY: "每交易日"}
RANKS: Final = {Rank.NET: "每套净利", Rank.Z: "|z|"}
SIDES: Final = {Side.BUY: "买入", Side.SELL: "卖出"}
NONE: Final = "—"


def lines(found: Scan) -> Iterator[str]:
    """Yield the lines; the whole is true of one instant, which it names."""
    settings = found.settings
    yield (
        f"{found.market}　截至 {show(found.at)[:19]}（交易日 {found.trading_day}）　{STEPS[settings.step]}一个样本，"
        f"窗口 {settings.window} 个，至少 {settings.at_least} 个　按{RANKS[settings.rank]}排名"
    )
    if found.ranked:
        yield from columns([sum(HEAD, ()), *(_row(one) for one in found.ranked)], text=len(HEAD[0]))
        yield from _notes(found)
    elif found.left_out:
        yield "没有可排名的价差，原因见下。"
    else:
        yield "没有可比的价差：行情里没有同一品种的两个月份，也没有比价表里各腿同月的合约；请用 --pairs 写明合约。"
    if found.left_out:
        yield f"没有排名的 {len(found.left_out)} 个："
        yield from columns([[one.name, PAIR_KINDS[one.kind], one.sentence] for one in found.left_out], text=3)


def _notes(found: Scan) -> Iterator[str]:
    yield "金额为每套元：净利 = 回到均值的毛利 − 滑点（各腿买卖价差一次）− 手续费（开与平）；不扣保证金的资金成本。"
    yield "剩余 = 最早到期的一腿还有几个交易日；今天到期的、不到一个半衰期的不排名。"
    if any(one.closes_today for one in found.ranked):
        yield "半衰期不到一个交易日的，平仓按平今与平仓中高的计。"
    if any(leg.reckoned for one in found.ranked for leg in one.legs):
        yield "行情是 K 线：买卖价由收盘价各让一跳推算，没有人报过。"
    yield "这里只算不报：要做，用 --draft 写成草案，再由人启动。"


def _row(one: Opportunity) -> tuple[str, ...]:
    return (
        str(one.rank),
        one.name if one.ratio.replace("1", "").strip(":") == "" else f"{one.name}（{one.ratio}）",
        PAIR_KINDS[one.kind],
        SIDES[one.side],
        amount_text(one.buy),
        amount_text(one.sell),
        _rounded(float(one.mean), 2),
        _rounded(one.deviation, 2),
        _rounded(one.z, 2),
        _rounded(one.half_life, 1),
        _rounded(one.half_life_days, 2),
        NONE if one.days_left is None else str(one.days_left),
        NONE if one.t_value is None else _rounded(one.t_value, 2),
        str(one.observations),
        *(_yuan(amount) for amount in (one.gross, one.slippage, one.fees, one.net)),
        str(one.shown_sets),
    )


def _rounded(number: float, places: int) -> str:
    return f"{number:,.{places}f}".replace("-", MINUS)


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace("-", MINUS)
