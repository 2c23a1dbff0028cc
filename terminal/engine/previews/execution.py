"""Say before an execution starts when it sends how much, what it costs at its limit, and how many messages it needs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.fact.marks import Finished
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import ExecutionStyle
from terminal.domain.products.fees import fee, fees_known
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import WORDS, moment
from terminal.engine.wording import number, short
from terminal.risk.price_collar import market
from terminal.strategies.execution.memory import ExecutionMemory
from terminal.strategies.execution.schedule import largest_child, schedule_of, sliced, taken_back_at, undone
from terminal.strategies.execution.strategy import curve_passed
from terminal.strategies.sight import latest_price
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.parameters.limits import Limits
    from terminal.domain.parameters.strategy import ExecutionSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow
    from terminal.strategies.execution.schedule import Schedule

SHOWN = 8  # slices that are said one by one


def execution_foreseen(look: Look, settings: ExecutionSettings, memory: ExecutionMemory) -> tuple[str, ...]:
    """Return the sentences of an execution that follow from its window and from the market, as they are now.

    `memory` is what it remembers where it runs already, else what it would begin with.
    """
    plan = _schedule(look, settings, memory)
    return (
        *plan,
        *_taken_back(look, settings),
        _worst(look, settings),
        *_messages(look, settings, memory),
        *_closes(look, settings, memory),
    )


def undone_sentence(look: Look, settings: ExecutionSettings, memory: ExecutionMemory) -> str:
    """Return how many lots at least there is no time for with children as small as planned, "" where there is."""
    if not sliced(settings.style):
        return ""
    most = largest_child(settings, memory.planned, look)
    spans = look.trading(settings.instrument, max(settings.begins_at, look.now), settings.ends_at)
    left = undone(_plan(look, settings, memory), spans, now=look.now, had=memory.had, most=most)
    if not left:
        return ""
    pace = f"每笔至多 {most} 手、两笔至少隔 2 秒"
    return f"到结束时至少 {left} 手来不及报：{pace}；来不及的到时提醒、不追，要做完请改晚{WORDS['ends_at']}"


def waiting_sentence(look: Look, settings: ExecutionSettings, limits: Limits | None) -> str:
    """Return in words that the limit lies where nothing trades now, and how far off, "" where it is near the market.

    Beyond the day's band nothing can trade there today. Short of it what is far is what the account's limits call so,
    the share beyond which the gate lets no price go through the market (C3).
    """
    quote, known, sells = look.quote(settings.instrument), look.instrument(settings.instrument), settings.side.sign < 0
    if quote is None:
        return ""
    limit, way = f"{WORDS['limit']} {amount_text(settings.limit)} ", "高" if sells else "低"
    end = quote.upper_limit if sells else quote.lower_limit
    if end is not None and (known.price(end) - settings.limit) * settings.side.sign > 0:
        return f"{limit}{way}于今日{'涨' if sells else '跌'}停价 {amount_text(known.price(end))}，今日不会成交"
    ticks = market(quote, settings.side)
    if ticks is None or ticks <= 0 or limits is None:
        return ""
    now = known.price(ticks)
    share = (now - settings.limit) * settings.side.sign / now
    if share <= limits.collar_max_fraction:
        return ""
    return f"{limit}比现价 {amount_text(now)} {way} {number(share * 100, 1)} %，价到那里才成交，到时没有成交的不再追"


def resumed_sentence(look: Look, row: StrategyRow, settings: ExecutionSettings) -> str:
    """Return what an execution that goes on now would end with, or could not do any more, "" for neither."""
    memory = row.memory
    if not isinstance(memory, ExecutionMemory):
        return ""
    decision = strategy_of(settings).decide(row.strategy, settings, memory, look)
    ended = next((one.summary.rstrip("。") for one in decision.marks if isinstance(one, Finished)), "")
    if not ended:
        undone = undone_sentence(look, settings, memory)
        return undone and f"但{undone}"
    mend = f"；要接着做请先修改{WORDS['curve']}" if curve_passed(settings, memory, look) else ""
    return f"但恢复后即结束：{ended}{mend}"


def _plan(look: Look, settings: ExecutionSettings, memory: ExecutionMemory) -> Schedule:
    since = max(settings.begins_at, look.now) if memory.began_at is None else memory.began_at
    return schedule_of(settings, look, since)


def _sizes(look: Look, settings: ExecutionSettings, memory: ExecutionMemory) -> list[tuple[int, int]]:
    # When how many lots are due that are not had yet; what is late is due now.
    dues = {max(one.begins_at, look.now): one.due for one in _plan(look, settings, memory).slices}
    sizes, before = [], memory.had
    for begins_at, due in dues.items():
        if due > before:
            sizes.append((begins_at, due - before))
            before = due
    return sizes


def _closes(look: Look, settings: ExecutionSettings, memory: ExecutionMemory) -> tuple[str, ...]:
    wanted = settings.total_lots - memory.had
    if settings.offset is Offset.OPEN or wanted <= 0:
        return ()
    free = look.free_lots(settings.account, settings.instrument, settings.hedge_flag, settings.side)
    if free >= wanted:
        return ()
    what = f"{short(settings.instrument)} 没有策略记着的可平只有 {free} 手"
    return (f"{what}，不足 {wanted - free} 手；策略的持仓它不平，不足的等到有了再平，每个交易日提醒一次",)


def _schedule(look: Look, settings: ExecutionSettings, memory: ExecutionMemory) -> tuple[str, ...]:
    since = max(settings.begins_at, look.now)
    spans = look.trading(settings.instrument, since, settings.ends_at)
    minutes = sum(span.ends_at - span.begins_at for span in spans) // 60_000_000_000
    if not sliced(settings.style):
        return (f"窗口里连续交易 {minutes} 分钟",)
    sizes = _sizes(look, settings, memory)
    said = "，".join(f"{moment(begins_at)[5:]} {lots} 手" for begins_at, lots in sizes[:SHOWN])
    rest = f" …… 共 {len(sizes)} 片，每片最多 {max(lots for _, lots in sizes)} 手" if len(sizes) > SHOWN else ""
    most = largest_child(settings, memory.planned, look)
    capped = f"每笔至多 {most} 手：启动时整个窗口里最大的一片；落后了逐笔补齐，两笔至少隔 2 秒"
    return (f"窗口里连续交易 {minutes} 分钟；日程：{said}{rest}", capped)


def _taken_back(look: Look, settings: ExecutionSettings) -> tuple[str, ...]:
    at = taken_back_at(settings, look)
    if at >= settings.ends_at:
        return ()
    return (f"挂单 {moment(at)[5:]} 起撤回：窗口在休市时结束，休市中交易所不收撤单",)


def _worst(look: Look, settings: ExecutionSettings) -> str:
    known, quote = look.instrument(settings.instrument), look.quote(settings.instrument)
    fees = _fees(known, settings)
    fee_text = "手续费未知，未计" if fees is None else f"手续费 {number(fees, 2)}"
    now = latest_price(known, quote)
    if quote is not None and quote.bid is not None and quote.ask is not None:
        now = (quote.bid + quote.ask) * known.tick / 2
    if now is None:
        return f"最坏：全部成交在限价 {amount_text(settings.limit)}；现在没有价格，算不出比现价差多少（{fee_text}）"
    gap = known.value(settings.limit - now, settings.total_lots) * settings.side.sign
    how = "多付" if settings.side is Side.BUY else "少收"
    worse = f"比现价 {amount_text(now)} {how} {number(max(gap, Decimal(0)), 2)} 元"
    beyond = "；限价比现价更好，等价格过来才成交" if gap < 0 else ""
    return f"最坏：全部成交在限价 {amount_text(settings.limit)}，{worse}（{fee_text}）{beyond}"


def _fees(known: Instrument, settings: ExecutionSettings) -> Decimal | None:
    # A close pays the dearer of 平今 and 平仓.
    if not fees_known(known):
        return None
    lots, price, flag = settings.total_lots, settings.limit, settings.hedge_flag
    if settings.offset is Offset.OPEN:
        return fee(known, offset=Offset.OPEN, lots=lots, price=price, flag=flag)
    return max(
        fee(known, offset=Offset.CLOSE, lots=lots, price=price, close_today_lots=today, flag=flag)
        for today in (0, lots)
    )


def message_counts(look: Look, settings: ExecutionSettings, memory: ExecutionMemory) -> tuple[int, int]:
    """Return the orders and cancels an execution sends at most, if each order fills, or is chased, as a whole."""
    match settings.style:
        case ExecutionStyle.ICEBERG:
            orders = -(-settings.total_lots // settings.shown_lots)
        case ExecutionStyle.BEST:
            orders = 1
        case _:
            most = largest_child(settings, memory.planned, look)
            orders = sum(-(-lots // most) for _, lots in _sizes(look, settings, memory)) if most else 0
    return orders + settings.max_chases, settings.max_chases + 1


def _messages(look: Look, settings: ExecutionSettings, memory: ExecutionMemory) -> tuple[str, ...]:
    orders, cancels = message_counts(look, settings, memory)
    said = f"约报单 {orders} 笔、撤单 {cancels} 笔（含追价 {settings.max_chases} 次与到时撤单，部分成交时更多）"
    line = look.instrument(settings.instrument).cancel_line
    if line is None:
        return (said,)
    counted = look.cancels(settings.instrument)
    what = f"{short(settings.instrument)} 今日撤单 {counted} 次，认定线 {line.cancels} 次"
    return (f"{said}；{what}，执行的撤单计入，到线后只平不开",)
