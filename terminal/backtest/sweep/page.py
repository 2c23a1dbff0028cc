"""Write a sweep as one page for people: its best points, a map where two settings vary, and the points in order."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Final

from terminal.backtest import words as w
from terminal.backtest.style import STYLE
from terminal.backtest.sweep.figures import RANKS
from terminal.backtest.sweep.result import shown
from terminal.domain.days.calendar import to_date
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.backtest.sweep.figures import Figures
    from terminal.backtest.sweep.result import Point, Sweep

MOST_ROWS: Final = 500
DEEPEST: Final = 70  # per cent of the accent colour that the best cell of a map has
HEAT: Final = """
.heat td { text-align: center; min-width: 64px; border: 1px solid var(--line); }
.heat th { text-align: center; border-bottom: 0; }
.heat td.none { color: var(--soft); }
.reason { white-space: normal; }
"""
HEADINGS: Final = (
    *("盈亏（元）", "收益率", "夏普", "最大回撤（元）", "回撤比例", "胜率", "回合"),
    *(str(Term.COMMISSION), "滑点（元）", "成交手", "拒绝", "保证金最高"),
)


def page(sweep: Sweep) -> bytes:
    """Return the page, UTF-8."""
    source, title = sweep.source, f"参数扫描　{sweep.source.market}"
    span = f"{to_date(source.first).isoformat()} 至 {to_date(source.last).isoformat()}" if source.first else w.NONE
    facts = f"交易日 {span}　{len(sweep.points)} 点，其中 {sweep.failed} 点没有结果　按{_word(sweep)}排序"
    parts = [
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}{HEAT}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{facts}　衡舵 {escape(source.version)}</p>',
        f"<p>{escape(sweep.about)}</p>" if sweep.about else "",
        _verdict(sweep),
        _unplayed(sweep),
        _map(sweep),
        _ordered(sweep),
        _source(sweep),
        "</main></body></html>\n",
    ]
    return "".join(parts).encode()


def _word(sweep: Sweep) -> str:
    return RANKS[sweep.rank].word


def _verdict(sweep: Sweep) -> str:
    if not sweep.broken:
        return ""
    return f'<div class="verdict bad">{sweep.broken} 点有不变量不成立或程序出错，这些点的数字不可采信。</div>'


def _unplayed(sweep: Sweep) -> str:
    left = [one.unplayed for one in sweep.points if one.unplayed]
    return f'<p class="soft">{len(left)} 点由引擎跑。第一点：{escape(left[0])}</p>' if left else ""


def _map(sweep: Sweep) -> str:
    if len(sweep.keys) != 2:
        return ""
    down = list(dict.fromkeys(one.values[0] for one in sweep.points))
    across = list(dict.fromkeys(one.values[1] for one in sweep.points))
    at = {one.values: one for one in sweep.points}
    heights = {one.point: _height(one, sweep.rank) for one in sweep.points}
    known = [height for height in heights.values() if height is not None]
    low, high = (min(known), max(known)) if known else (Decimal(0), Decimal(0))

    def cell(one: Point) -> str:
        height = heights[one.point]
        if height is None:
            return f'<td class="none" title="{escape(one.reason)}">{w.NONE}</td>'
        share = int((height - low) / (high - low) * DEEPEST) if high > low else 0
        colour = f"color-mix(in srgb, var(--accent) {share}%, transparent)"
        return f'<td style="background:{colour}">{_said(one.figures, sweep.rank)}</td>'

    first, second = (escape(key) for key in sweep.keys)
    head = "".join(f"<th>{escape(shown(value))}</th>" for value in across)
    rows = "".join(
        f"<tr><th>{escape(shown(value))}</th>{''.join(cell(at[value, other]) for other in across)}</tr>"
        for value in down
    )
    return (
        f'<section><h2>{_word(sweep)}</h2><p class="soft">向下 {first}，向右 {second}；颜色越深越好</p>'
        f'<div class="wide"><table class="heat"><tr><th></th>{head}</tr>{rows}</table></div></section>'
    )


def _height(one: Point, rank: str) -> Decimal | None:
    if one.figures is None or one.broken:
        return None
    value: Decimal | None = getattr(one.figures, rank)
    return None if value is None else -value if RANKS[rank].less else value


def _said(figures: Figures | None, rank: str) -> str:
    value: Decimal | None = None if figures is None else getattr(figures, rank)
    return w.percent(value) if RANKS[rank].share else w.figure(value)


def _ordered(sweep: Sweep) -> str:
    points = sweep.best_first()
    more = f"（前 {MOST_ROWS} 点，其余见 sweep.csv）" if len(points) > MOST_ROWS else ""
    shown_points, keys = points[:MOST_ROWS], [escape(key) for key in sweep.keys]
    rows = [_row(one, one.figures) for one in shown_points if one.figures is not None]
    body = w.table(("名次", *keys, *HEADINGS, "不变量"), rows, words=0) if rows else ""
    without = [one for one in shown_points if one.figures is None]
    if without:
        reasons = [(*_values(one), f'<span class="reason">{escape(one.reason)}</span>') for one in without]
        body += "<h3>没有结果的点</h3>" + w.table(("名次", *keys, "原因"), reasons, words=2 + len(keys))
    return f"<section><h2>各点{more}</h2>{body}</section>"


def _values(one: Point) -> Sequence[str]:
    return (str(one.standing), *(escape(shown(value)) for value in one.values))


def _row(one: Point, f: Figures) -> Sequence[str]:
    return (
        *_values(one),
        w.signed(f.profit),
        w.percent(f.total_return, sign=True),
        w.figure(f.sharpe),
        w.yuan(f.drawdown),
        w.percent(f.drawdown_share),
        w.percent(f.win_rate),
        _known(f.rounds),
        w.yuan(f.fees),
        w.figure(f.slippage),
        str(f.lots),
        _known(f.refused),
        w.figure(f.most_margin),
        f"{f.violations} 处不成立" if f.violations else "成立" if f.state_hash else w.NONE,
    )


def _known(count: int | None) -> str:
    return w.NONE if count is None else str(count)


def _source(sweep: Sweep) -> str:
    source = sweep.source
    hashes = (
        ("程序版本", escape(source.version)),
        ("行情 SHA-256", f"<code>{source.data_sha256}</code>"),
        ("方案 SHA-256", f"<code>{source.plan_sha256}</code>"),
        ("扫描文件 SHA-256", f"<code>{source.sweep_sha256}</code>"),
        ("资料表 SHA-256", f"<code>{source.tables_sha256}</code>"),
    )
    same = "同样的程序、行情、方案与扫描文件，不论几个进程，逐字节得到同样的结果。这段行情上最好的，不等于以后也好。"
    return f'<section><h2>可以重现</h2><p class="soft">{same}</p>{w.pairs(hashes)}</section>'
