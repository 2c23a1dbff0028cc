"""Write a report as one page for people: nothing is fetched, nothing runs, it prints and it is dark at night."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

from terminal.backtest import words as w
from terminal.backtest.charts import Series, bar_chart, line_chart, time_labels
from terminal.backtest.style import STYLE
from terminal.backtest.tables import (
    activity_part,
    carried_table,
    changes_table,
    days_table,
    executions_table,
    positions_table,
    rolls_table,
    spots_table,
    strategies_table,
)
from terminal.domain.days.calendar import show, to_date
from terminal.domain.words.target import basis_text
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from terminal.backtest.report import AccountReport, RatioPoint, Report, StrategyReport

EQUITY: Final = str(Term.EQUITY)
DEFINITIONS: Final = (
    "权益：逐日盯市与逐笔对冲两种口径算出的客户权益处处相等；期末结存是逐笔口径不含浮动盈亏的部分。",
    "盈亏、收益率：扣除手续费与出入金；收益率是时间加权的（GIPS）：每日盈亏 ÷（期初权益 + 当日净入金），逐日连乘。",
    "回撤：客户权益（剔除出入金）自高点的最大跌幅，每市场分钟与每次结算各看一次。",
    "夏普：各交易日收益率的均值除以样本标准差，再乘 √242；无风险利率取零；不足两日不给。",
    "滑点：成交价与决定下单那一刻买卖中间价之差，正为多付；当时只有一侧报价的手数另计，不在其中。",
    "回合：单合约先开先平（网格按同一条线配对），每笔平仓成交为一回合；价差各腿全部归零为一回合；移仓没有。手续费已扣。",
    "单腿：缺手的合约连续交易时才计时；元·秒是缺手市值乘时长。",
    "自动化率：策略与条件单发出的委托，占全部委托（含外部）的比例。",
    "差错率：出了差错的委托（风控拒绝、交易所退回或撤销、未曾发出、状态曾未知、急停撤销、断腿），占想下的全部委托的比例；每笔只计一次。",
    "套保比例：套保组里全账户的期货吨数 ÷ 敞口吨数，每次成交、每个交易日的区间变动各记一次；虚线是当日的区间。",
    "现货一侧：已落实的现货盈亏 = 净吨数 × 期末现货价 − 买入花的 + 卖出得的，不含运费、税与持有成本；期货盈亏另列。",
    "换月成本：比移仓开始时的中间价多付的滑点加手续费；移仓开始时没有双边报价的不给。",
    "移仓成本：多头为 远月 − 近月，空头相反；两种成本都不含手续费，合计含；手数不以吨计的没有元/吨。",
)

TABLES: Final = (carried_table, changes_table, rolls_table, executions_table, spots_table)

OF_BARS: Final = (
    "行情是 K 线：买卖价由收盘价各让 1 跳推得，无人报过；委托只在之后的一根成交价越过它时成交，"
    "付那一根最差的成交价再让 1 跳，手数不超过成交量的十分之一（没有成交量的每根 10 手）。"
)


def page(report: Report) -> bytes:
    """Return the page, UTF-8."""
    market, title = report.market, f"回测报告　{report.market.name}"
    span = f"{to_date(market.first).isoformat()} 至 {to_date(market.last).isoformat()}"
    facts = f"交易日 {span}　合约 {market.instruments}　行情 {market.ticks:,} 笔 {market.batches:,} 批"
    said = (OF_BARS, *DEFINITIONS) if market.bars else DEFINITIONS
    parts = [
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{facts}　衡舵 {escape(report.source.version)}</p>',
        _verdict(report),
        _tiles(report.total),
        f"<section><h2>{EQUITY}与回撤</h2>{_curves(report.total)}</section>" if len(report.accounts) > 1 else "",
        f"<section><h2>策略与手工</h2>{strategies_table(report.strategies)}{_special(report)}</section>",
        _barred(report),
        _undone(report),
        *(_ratio(one) for one in report.strategies if one.ratio is not None and one.ratio.points),
        *(_account(one) for one in report.accounts),
        f"<section><h2>怎样算的</h2><ul>{''.join(f'<li>{escape(one)}</li>' for one in said)}</ul></section>",
        _source(report),
        "</main></body></html>\n",
    ]
    return "".join(parts).encode()


def _verdict(report: Report) -> str:
    if not report.violations:
        return f'<div class="verdict">不变量核对 {report.checks} 次，全部成立</div>'
    found = "".join(f"<li>{one.trading_day} {show(one.at)}　{escape(one.sentence)}</li>" for one in report.violations)
    return (
        f'<div class="verdict bad">不变量核对 {report.checks} 次，{len(report.violations)} 处不成立，'
        f"其余数字不可采信：<ul>{found}</ul></div>"
    )


def _barred(report: Report) -> str:
    found = "".join(
        f"<li>{escape(f'{one.account} {one.strategy}：{one.reason}')}</li>" for one in report.strategies if one.barred
    )
    if not found:
        return ""
    said = "到行情结束，还在运行而不能开仓、或看不够价格的策略："
    return f"<section><h2>不能开仓的</h2><p>{said}</p><ul>{found}</ul></section>"


def _undone(report: Report) -> str:
    if not report.undone:
        return ""
    found = "".join(f"<li>{escape(one.words)}</li>" for one in report.undone)
    return f"<section><h2>没有做成的</h2><p>方案里要做，而没有做成的：</p><ul>{found}</ul></section>"


def _tiles(one: AccountReport) -> str:
    activity, rounds = one.activity, one.activity.rounds
    tiles = (
        (EQUITY, w.yuan(one.equity)),
        (f"盈亏（收益率 {w.percent(one.total_return, sign=True)}）", w.signed(one.profit)),
        (f"最大回撤（{w.percent(one.drawdown.share)}）", w.yuan(one.drawdown.yuan)),
        ("夏普（年化）", w.figure(one.sharpe)),
        (f"胜率（{rounds.closed} 回合）", w.percent(rounds.win_rate)),
        (str(Term.COMMISSION), w.yuan(activity.fees)),
        (f"滑点（{w.figure(activity.slippage.ticks)} 跳/手）", w.yuan(activity.slippage.yuan)),
        ("占用保证金最高", w.yuan(one.most_margin)),
    )
    return (
        '<div class="tiles">'
        + "".join(f'<div class="tile"><span>{escape(name)}</span><b>{value}</b></div>' for name, value in tiles)
        + "</div>"
    )


def _curves(one: AccountReport) -> str:
    labels = time_labels([point.at for point in one.curve])
    without = "，剔除出入金" if any(point.moved for point in one.curve) else ""
    lines = line_chart(
        [
            Series("balance", [point.balance - point.moved for point in one.curve]),
            Series("equity", [point.equity - point.moved for point in one.curve]),
        ],
        labels,
        title=EQUITY,
    )
    falls = line_chart([Series("fall", _falls(one), filled=True)], labels, title="回撤", height=130)
    bars = bar_chart(
        [day.profit for day in one.days],
        [to_date(day.trading_day).isoformat()[5:] for day in one.days],
        title="每日盈亏",
    )
    marks = w.legend(
        (("equity", f"{EQUITY}（元{without}）"), ("balance", f"{Term.BALANCE}（逐笔，不含浮动盈亏{without}）"))
    )
    return f"{marks}{lines}{w.legend((('fall', '回撤（元）'),))}{falls}<h3>每日盈亏（元）</h3>{bars}"


def _ratio(one: StrategyReport) -> str:
    points = () if one.ratio is None else one.ratio.points
    lines = line_chart(
        [
            Series("equity", [point.ratio for point in points]),
            Series("balance", [point.low for point in points]),
            Series("balance", [point.high for point in points]),
        ],
        time_labels([point.at for point in points]),
        title="套保比例",
        height=180,
    )
    name = escape(f"{one.strategy}　{'' if one.ratio is None else one.ratio.group}")
    marks = w.legend((("equity", "套保比例（%）"), ("balance", "当日区间（%）")))
    said = "<br>".join(_on_basis(list(same)) for _, same in groupby(points, key=lambda point: point.vat))
    return f'<section><h2>套保比例 {name}</h2><p class="soft">{said}</p>{marks}{lines}</section>'


def _on_basis(points: list[RatioPoint]) -> str:
    # Ratios of two bases do not compare: what one was at least and at most is told of each.
    least, most, last = min(point.ratio for point in points), max(point.ratio for point in points), points[-1]
    return (
        f"口径：{basis_text(last.vat)}　{show(points[0].at)[:16]} 起　最低 {least}%　最高 {most}%　期末 {last.ratio}%"
    )


def _falls(one: AccountReport) -> list[Decimal]:
    peak: Decimal | None = None
    falls = []
    for point in one.curve:
        earned = point.equity - point.moved
        peak = earned if peak is None else max(peak, earned)
        falls.append(earned - peak)
    return falls


def _special(report: Report) -> str:
    return "".join(table(report.strategies) for table in TABLES)


def _account(one: AccountReport) -> str:
    fall = one.drawdown
    when = f"{show(fall.peak_at)[:16]} → {show(fall.trough_at)[:16]}" if fall.yuan else w.NONE
    name = escape(one.account if one.name in {"", one.account} else f"{one.account} {one.name}")
    return (
        f"<section><h2>{Term.ACCOUNT} {name}</h2>{_tiles(one)}"
        f'<p class="soft">最大回撤 {when}　告警 {one.alerts} 次</p>'
        f"{_curves(one)}<h3>逐日（两种口径，同一权益）</h3>{days_table(one.days)}"
        f"{activity_part(one.activity)}{positions_table(one.positions)}</section>"
    )


def _source(report: Report) -> str:
    source, market = report.source, report.market
    hashes = (
        ("程序版本", escape(source.version)),
        ("行情 SHA-256", f"<code>{source.data_sha256}</code>"),
        ("方案 SHA-256", f"<code>{source.plan_sha256}</code>"),
        ("资料表 SHA-256", f"<code>{source.tables_sha256}</code>"),
        ("种子", str(source.seed)),
        ("状态哈希", f"<code>{source.state_hash}</code>"),
        ("日志链头", f"<code>{source.journal_head}</code>"),
        ("隔离的行情行", _counts(market.quarantined)),
        ("缺失的数值", _counts(market.absent)),
    )
    same = "同样的程序、行情与方案，逐字节得到同样的结果。"
    return f'<section><h2>可以重现</h2><p class="soft">{same}</p>{w.pairs(hashes)}</section>'


def _counts(counts: dict[str, int]) -> str:
    return "　".join(f"{escape(name)} {count:,}" for name, count in counts.items() if count) or "无"
