"""Take series of stocks (库存) as people state them: who may, and what of a series is known on a trading day."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from terminal.domain.stock import StateStocks, StockReading, StocksStated, wrong_stocks
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.typed_text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.ids import StockId
    from terminal.domain.stock import StockNote
    from terminal.engine.state import State

MOST_SERIES: Final = 100
MOST_TOLD: Final = 3  # readings in one sentence


def refused_stocks(state: State, body: StateStocks, today: int) -> tuple[str, str] | None:
    """Return the code and the sentence that refuse readings; `None` if they may be stated.

    `today` is the natural day (yyyymmdd): a night session belongs to a trading day of which nothing is counted yet.
    """
    wrong = wrong_stocks(body, today)
    if wrong:
        return "BAD_STOCKS", wrong
    stocks = state.tenant.stocks
    if body.series not in stocks and len(stocks) >= MOST_SERIES:
        return "TOO_MANY", f"已有 {MOST_SERIES} 个库存序列，不能再加；请改用已有的名称。"
    now = stands(state, body)
    if body.was is not None and body.was != now:
        told = "、".join(f"{one.day} 为 {amount_text(one.tonnes)} 吨" for one in now[:MOST_TOLD]) or "已没有登记"
        return "CONFLICT", f"库存 {body.series} 在预览之后另有登记（现在 {told}）；没有记下，请看清后再登记。"
    return None


def stands(state: State, body: StateStocks) -> tuple[StockReading, ...]:
    """Return what stands for the days of readings that are to be stated."""
    days = {one.day for one in body.readings}
    notes = state.tenant.stocks.get(body.series, ())
    return tuple(StockReading(day=one.day, tonnes=one.tonnes) for one in notes if one.day in days)


def stated(body: StateStocks) -> StocksStated:
    """Return the fact of readings."""
    return StocksStated(series=body.series, readings=body.readings, source=body.source)


def stocks_text(body: StateStocks | StocksStated) -> str:
    """Return in a few words what was stated."""
    first, last = body.readings[0], body.readings[-1]
    if len(body.readings) == 1:
        return f"库存 {body.series} {first.day} 记为 {amount_text(first.tonnes)} 吨"
    return f"库存 {body.series} 记下 {len(body.readings)} 个数，{first.day} 至 {last.day}"


def replaced_text(state: State, body: StateStocks) -> str:
    """Return what a statement of readings replaces, or that its series is a new one, in a clause; "" where neither."""
    notes = state.tenant.stocks.get(body.series)
    if notes is None:
        return "；这是新的序列，名称要与策略里写的相同"
    kept = {one.day: one for one in notes}
    found = [kept[one.day] for one in body.readings if one.day in kept]
    if len(found) == 1:
        return f"；{found[0].day} 原记 {amount_text(found[0].tonnes)} 吨（来源：{shown(found[0].source)}），以新的为准"
    return f"；其中 {len(found)} 天原已登记，以新的为准" if found else ""


def known_before(state: State, series: StockId, trading_day: int) -> Sequence[StockNote]:
    """Return the readings of the days before a trading day, the latest last."""
    notes = state.tenant.stocks.get(series, ())
    return notes[: bisect_left(notes, trading_day, key=lambda one: one.day)]
