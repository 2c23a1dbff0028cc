"""Say before a grid starts what it loses at worst, what a round earns, and how many cancels its contract has had."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.parameters.strategy import OutOfRange
from terminal.domain.words.amount_text import amount_text
from terminal.engine.previews.keeping import KEEPS, after, keeping_edge
from terminal.engine.wording import number, short
from terminal.strategies.grid.worst import Loss, gap_price, loss_at, round_profit

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import GridSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look


def grid_foreseen(look: Look, settings: GridSettings) -> tuple[str, ...]:
    """Return the sentences of a grid that follow from its contract's terms and from the day, as they are now."""
    known = look.instrument(settings.instrument)
    rounds = [round_profit(settings, known, line) for line in range(1, settings.lines + 1)]
    earned = [one for one in rounds if one is not None]
    return (
        *(_kept(settings, known) if settings.out_of_range is OutOfRange.STOP else _closed(look, settings, known)),
        *([f"每格一个来回净得 {_between(number(min(earned), 2), number(max(earned), 2))} 元"] if earned else ()),
        *_cancels(look, settings),
    )


def _closed(look: Look, settings: GridSettings, known: Instrument) -> tuple[str, str]:
    gap = gap_price(settings, known, look.quote(settings.instrument))
    worst = _worst("到止损", loss_at(settings, known, settings.stop))
    if gap is None:
        return f"最坏：全部成交后{worst}", "跳空越过止损：涨跌停价未知，算不出"
    return f"最坏：全部成交后{worst}", _worst("跳空越过止损到", loss_at(settings, known, gap))


def _kept(settings: GridSettings, known: Instrument) -> tuple[str]:
    # One that stops and keeps its lots has no worst case: what it loses after that nobody stops.
    edge, where = keeping_edge(settings)
    loss = loss_at(settings, known, edge)
    lost = number(loss.price_loss + (loss.open_fees or 0), 2)
    parts = (
        "手续费未知，未计"
        if loss.open_fees is None
        else f"价差 {number(loss.price_loss, 2)}，开仓费 {number(loss.open_fees, 2)}"
    )
    each = number(known.value(Decimal(1), settings.lines * settings.lots_per_line), 2)
    return (f"全部成交后{where} {amount_text(edge)}：{KEEPS}，浮亏 {lost} 元（{parts}），{after(each)}",)


def _worst(where: str, loss: Loss) -> str:
    lost = f"{where} {amount_text(loss.price)} 亏 {number(loss.whole, 2)} 元"
    if loss.open_fees is None or loss.close_fee is None:
        return f"{lost}（手续费未知，未计；不含滑点）"
    fees = f"开仓费 {number(loss.open_fees, 2)}，平仓费 {number(loss.close_fee, 2)}"
    return f"{lost}（价差 {number(loss.price_loss, 2)}，{fees}）"


def _between(least: str, most: str) -> str:
    return least if least == most else f"{least} 至 {most}"


def _cancels(look: Look, settings: GridSettings) -> tuple[str, ...]:
    line = look.instrument(settings.instrument).cancel_line
    if line is None:
        return ()
    counted = look.cancels(settings.instrument)
    what = f"{short(settings.instrument)} 今日撤单 {counted} 次，认定线 {line.cancels} 次"
    return (f"{what}；网格的撤单计入，到线后只平不开",)
