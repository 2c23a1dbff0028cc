"""Hold the tables of a report's page."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from terminal.backtest import words as w
from terminal.domain.days.calendar import to_date
from terminal.domain.words.amount_text import MINUS, amount_text
from terminal.domain.words.settings import FLAGS
from terminal.domain.words.spot_terms import SpotTerm
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terminal.backtest.report import Activity, Day, Held, StrategyReport


def strategies_table(strategies: Sequence[StrategyReport]) -> str:
    """Return what each strategy, and each account's people by hand, did."""
    headings = (
        *("账户", "策略", "类型", "状态", "盈亏（元）", "手续费", "滑点（元）", "跳/手", "委托", "成交手"),
        *("自动化率", "差错率", "回合", "胜率", "单腿（秒）", "单腿（元·秒）", "未平手数"),
    )
    return w.table(headings, [_strategy(one) for one in strategies], words=4)


def _strategy(one: StrategyReport) -> tuple[str, ...]:
    activity, rounds, naked = one.activity, one.activity.rounds, one.naked
    status = escape(w.STATUSES.get(one.status, one.status))
    if one.reason:
        status = f'<span title="{escape(one.reason)}">{status}</span>'
    held = "<br/>".join(f"{escape(name)} {lots:+}".replace("-", "−") for name, lots in one.open_lots.items())
    return (
        escape(one.account),
        escape(one.strategy or w.KINDS["manual"]),
        w.KINDS.get(one.kind, escape(one.kind)),
        status,
        w.signed(one.profit),
        w.yuan(activity.fees),
        w.yuan(activity.slippage.yuan),
        w.figure(activity.slippage.ticks),
        str(activity.orders),
        str(activity.lots),
        w.percent(activity.auto_rate),
        w.percent(activity.error_rate),
        str(rounds.closed) if rounds.closed else w.NONE,
        w.percent(rounds.win_rate),
        w.NONE if naked is None else w.figure(naked.seconds, 1),
        w.NONE if naked is None else w.figure(naked.yuan_seconds, 0),
        held or w.NONE,
    )


def spots_table(strategies: Sequence[StrategyReport]) -> str:
    """Return what people did of each spot side and what it earned; nothing where no strategy has one."""
    rows = [
        (
            escape(f"{one.account} {one.strategy}"),
            escape(one.spot.spot),
            amount_text(one.spot.done),
            amount_text(one.spot.undone),
            amount_text(one.spot.waived),
            w.NONE if one.spot.profit is None else w.signed(one.spot.profit),
            w.signed(one.profit),
            w.NONE if one.spot.profit is None else w.signed(one.spot.profit + one.profit),
            w.NONE if one.spot.carry is None else f"{w.figure(one.spot.carry)}（{one.spot.carry_days} 天）",
        )
        for one in strategies
        if one.spot is not None
    ]
    if not rows:
        return ""
    headings = (
        "策略",
        "现货",
        "已落实（吨，+ 买入）",
        str(SpotTerm.UNDONE),
        str(SpotTerm.WAIVED),
        "现货盈亏",
        "期货盈亏",
        "合计",
        f"期末{SpotTerm.CARRY}（元/吨）",
    )
    return f"<h3>{SpotTerm.SPOT_SIDE}</h3>{w.table(headings, rows, words=2)}"


def rolls_table(strategies: Sequence[StrategyReport]) -> str:
    """Return what each finished roll cost; nothing where none ran to balance."""
    rows = [
        (
            escape(f"{one.account} {one.strategy}"),
            escape(f"{one.roll.near} → {one.roll.far}"),
            str(one.roll.lots),
            w.figure(one.roll.per_tonne),
            w.figure(one.roll.per_unit),
            w.figure(one.roll.slippage),
            w.yuan(one.roll.fees),
            w.yuan(one.roll.all_in),
        )
        for one in strategies
        if one.roll is not None
    ]
    if not rows:
        return ""
    headings = (
        "策略",
        "移仓",
        "手数",
        "成本（元/吨）",
        "成本（按报价单位）",
        "滑点（按报价单位）",
        "手续费",
        "合计（元）",
    )
    return f"<h3>移仓成本</h3>{w.table(headings, rows, words=2)}"


def carried_table(strategies: Sequence[StrategyReport]) -> str:
    """Return what the changes of month cost each strategy, its own result beside it; nothing where none was rolled."""
    rows = [
        (
            escape(f"{one.account} {one.strategy}"),
            f"{one.carried.rolls}"
            + (f"（另有 {one.carried.open_rolls} 次没有移完）" if one.carried.open_rolls else ""),
            str(one.carried.lots),
            w.yuan(one.carried.fees),
            w.yuan(one.carried.slippage)
            + (f"（{one.carried.unknown_lots} 手未知）" if one.carried.unknown_lots else ""),
            w.yuan(one.carried.cost),
            w.signed(one.profit),
            w.signed(one.profit - one.carried.cost),
            str(one.activity.rounds.across),
        )
        for one in strategies
        if one.carried is not None
    ]
    if not rows:
        return ""
    headings = (
        "策略",
        "移仓次数",
        "手数",
        "手续费",
        "滑点（元）",
        "换月成本",
        "策略盈亏",
        "扣换月成本后",
        "跨换月的回合",
    )
    return f"<h3>换月成本</h3>{w.table(headings, rows, words=2)}"


def changes_table(strategies: Sequence[StrategyReport]) -> str:
    """Return each change of a contract to another month, what moved with it and what it cost; nothing without one."""
    rows = [
        (
            escape(f"{one.account} {one.strategy}"),
            to_date(change.trading_day).isoformat(),
            escape(f"{change.near} → {change.far}"),
            f"{change.lots:+}".replace("-", MINUS) if change.lots else "空仓",
            w.figure(change.apart),
            w.figure(change.moved),
            w.NONE if not change.lots else w.figure(change.per_tonne),
            w.NONE if not change.lots or change.cost is None else w.yuan(change.cost),
        )
        for one in strategies
        for change in one.changes
    ]
    if not rows:
        return ""
    headings = (
        *("策略", "交易日", "换月", "手数", "远月减近月（元）", "各价平移（元）"),
        *("换月成本（元/吨）", "换月成本（元）"),
    )
    return f"<h3>逐次换月</h3>{w.table(headings, rows, words=3)}"


def executions_table(strategies: Sequence[StrategyReport]) -> str:
    """Return what each execution paid beside its arrival price and the market's average; nothing without one."""
    rows = [
        (
            escape(f"{one.account} {one.strategy}"),
            escape(one.execution.instrument),
            f"{one.execution.lots} / {one.execution.wanted}",
            w.figure(one.execution.average),
            w.figure(one.execution.arrival),
            w.NONE if one.execution.beyond_arrival is None else w.yuan(one.execution.beyond_arrival),
            w.figure(one.execution.vwap),
            w.NONE if one.execution.beyond_vwap is None else w.yuan(one.execution.beyond_vwap),
            str(one.execution.chases),
            w.yuan(one.execution.fees),
        )
        for one in strategies
        if one.execution is not None
    ]
    if not rows:
        return ""
    headings = (
        *("策略", "合约", "成交 / 总手数", "均价", "到达价（中间价）", "比到达价多付（元）"),
        *("市场均价（VWAP）", "比市场均价多付（元）", "追价", "手续费"),
    )
    return f"<h3>{Term.EXECUTION}</h3>{w.table(headings, rows, words=2)}"


def days_table(days: Sequence[Day]) -> str:
    """Return each day in both views; days on end without a position, a trade or a deposit are one row."""
    filed = ("申报费",) if any(day.filed for day in days) else ()
    headings = (
        *(
            "交易日",
            "期初权益",
            "出入金",
            "平仓盈亏（盯市）",
            "持仓盈亏（盯市）",
            "权利金",
            "手续费",
            *filed,
            str(Term.EQUITY),
        ),
        *("平仓盈亏（逐笔）", "浮动盈亏（逐笔）", "期末结存（逐笔）", "保证金"),
    )
    rows = [
        (
            _days(run),
            w.yuan(day.start_equity),
            w.yuan(day.moved) if day.moved else w.NONE,
            w.signed(day.close_profit),
            w.signed(day.position_profit),
            w.yuan(day.premium) if day.premium else w.NONE,
            w.yuan(day.commission),
            *(w.yuan(day.filed) if day.filed else w.NONE for _ in filed),
            w.yuan(day.equity),
            w.signed(day.trade_close_profit),
            w.signed(day.floating_profit),
            w.yuan(day.balance),
            w.yuan(day.margin),
        )
        for run in _runs(days)
        for day in run[-1:]
    ]
    return w.table(headings, rows)


def _runs(days: Sequence[Day]) -> Iterator[Sequence[Day]]:
    for idle, run in groupby(days, _idle):
        together = tuple(run)
        yield from (together,) if idle else ((day,) for day in together)


def _idle(day: Day) -> bool:
    moves = day.moved, day.close_profit, day.position_profit, day.premium, day.commission, day.filed
    return day.settled and not any((*moves, day.floating_profit, day.trade_close_profit, day.margin))


def _days(run: Sequence[Day]) -> str:
    first, last = (to_date(day.trading_day).isoformat() for day in (run[0], run[-1]))
    if len(run) > 1:
        return f"{first} 至 {last}（{len(run)} 日没有变动）"
    return last + ("" if run[-1].settled else "（未结算，按最新价）")


def activity_part(activity: Activity) -> str:
    """Return how orders ended and why some never went out or came back."""
    slippage = activity.slippage
    found = [
        ("委托", _words({w.STATES.get(name, name): count for name, count in activity.states.items()})),
        ("成交", f"{activity.fills} 笔 {activity.lots} 手"),
        ("风控拒绝", _refused(activity)),
        ("交易所退回", _words(activity.rejected)),
        (
            "自动化率",
            f"{w.percent(activity.auto_rate)}（{activity.automatic} / {activity.orders + activity.external}）",
        ),
        (
            "差错率",
            f"{w.percent(activity.error_rate)}　{_words({w.WRONG[name]: n for name, n in activity.wrong.items()})}",
        ),
        ("滑点", f"{w.yuan(slippage.yuan)} 元，有中间价 {slippage.lots} 手，没有 {slippage.unknown} 手"),
    ]
    return f"<h3>委托与成交</h3>{w.pairs(found)}"


def _refused(activity: Activity) -> str:
    said = activity.refusals
    return (
        "<br>".join(f"{count} 次：{escape(said.get(code, code))}" for code, count in activity.refused.items()) or "无"
    )


def _words(counts: dict[str, int]) -> str:
    return "　".join(f"{escape(name)} {count}" for name, count in counts.items()) or "无"


def positions_table(positions: Sequence[Held]) -> str:
    """Return what is held at the end."""
    if not positions:
        return "<h3>期末持仓</h3><p class='soft'>没有持仓</p>"
    headings = ("合约", "投保", "多（今）", "多（昨）", "空（今）", "空（昨）")
    rows = [
        (
            escape(one.instrument),
            FLAGS[one.flag],
            str(one.long_today),
            str(one.long_yesterday),
            str(one.short_today),
            str(one.short_yesterday),
        )
        for one in positions
    ]
    return f"<h3>期末持仓</h3>{w.table(headings, rows, words=2)}"
