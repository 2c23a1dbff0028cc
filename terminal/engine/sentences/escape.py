"""Say before a spread starts how it stands at the edge of a session, and the way out when a leg does not follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.products.fees import ZERO
from terminal.domain.words.amount_text import amount_text
from terminal.engine.wording import BUY_SELL, short, yuan
from terminal.strategies.children import SECOND
from terminal.strategies.sight import EDGE
from terminal.strategies.spread.escape_plan import Escape, Rung, escape_plan
from terminal.strategies.spread.hedge_ladder import ENOUGH, chase_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.strategies.spread.escape_plan import Shown


def escape_sentences(shown: Shown, settings: SpreadSettings) -> Iterator[str]:
    """Yield what a person must know of a spread's worst minutes, a sentence each: what may be lost comes first."""
    if settings.max_loss_yuan is not None:  # short, and the bound of all that the plans may cost
        yield f"单腿时反平将亏到 {yuan(settings.max_loss_yuan)}，不再等待，立即反平"
    for escape in escape_plan(shown, settings):
        yield _escape(settings, escape)
    last = EDGE // SECOND
    yield (
        f"任一腿离休市不足 {chase_seconds(settings) + last} 秒不报主动腿"
        f"（满 {ENOUGH} 次对冲后，改为本策略对冲用时的 95 分位再加 {last} 秒）"
    )


def _escape(settings: SpreadSettings, escape: Escape) -> str:
    way = "" if settings.conversion is not None else "买入，" if escape.direction > 0 else "卖出，"
    head = f"断腿预案（{way}{short(settings.legs[escape.leg].instrument)} 缺 {escape.lots} 手时）"
    steps = f"追价 {_paid(escape.chase)} → 加价 {_paid(escape.pay_up)}"
    if not escape.unwind:
        return f"{head}：{steps} → 反平：有腿没有价格，估不出"
    back = [
        f"{BUY_SELL[one.side]} {short(one.instrument)} {one.lots} 手 @{amount_text(one.price)}" for one in escape.unwind
    ]
    return f"{head}：{steps} → 反平 {'、'.join(back)}（约亏 {yuan(sum((one.cost for one in escape.unwind), ZERO))}）"


def _paid(rung: Rung) -> str:
    return f"{rung.until} 秒内{BUY_SELL[rung.side]}到 {amount_text(rung.price)}（最多多付 {yuan(rung.cost)}）"
