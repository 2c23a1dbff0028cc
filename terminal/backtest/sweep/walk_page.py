"""Write a walk as one page for people: what days earned that had no say in the choice, beside what was promised."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from terminal.backtest import words as w
from terminal.backtest.charts import Label, Series, line_chart, thinned
from terminal.backtest.style import STYLE
from terminal.backtest.sweep.figures import RANKS
from terminal.backtest.sweep.result import shown
from terminal.domain.days.calendar import to_date

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.backtest.sweep.figures import Figures
    from terminal.backtest.sweep.walk import Step, Walk
    from terminal.backtest.sweep.window import Span

SAID: Final = (
    "样本内：在这几日里比较各点，按所写的数字选出最好的一点。样本外：紧接着的几日，用选出的设置，它们没有参与选择。",
    "样本外的日子前后相接、互不重叠；连起来的盈亏，就是一直这样做的人会得到的。选不出设置、没能跑完的窗口，它的日子不在其中。",
    "每一段都从方案的期初资金、没有持仓开始，段末按最新价计；段与段之间不带持仓，段末平掉持仓的费用不在其中。",
    "保留比例是样本外与样本内每日盈亏之比，样本内为负时不给；连起来的回撤与夏普按每日收盘计。",
)


def walk_page(walk: Walk) -> bytes:
    """Return the page, UTF-8."""
    source, title = walk.source, f"向前检验　{walk.source.market}"
    facts = f"交易日 {_span((source.first, source.last))}　{len(walk.steps)} 个窗口，每个 {walk.points} 点"
    parts = [
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{facts}　样本内按{RANKS[walk.rank].word}选　衡舵 {escape(source.version)}</p>',
        f"<p>{escape(walk.about)}</p>" if walk.about else "",
        f'<div class="verdict bad">{escape(walk.lacks)}：原因见各窗口</div>' if walk.missing else "",
        _tiles(walk),
        f"<section><h2>样本外连起来的盈亏（元）</h2>{_chart(walk)}</section>",
        f"<section><h2>各窗口</h2>{_steps(walk)}</section>",
        f"<section><h2>怎样算的</h2><ul>{''.join(f'<li>{escape(one)}</li>' for one in SAID)}</ul></section>",
        _source(walk),
        "</main></body></html>\n",
    ]
    return "".join(parts).encode()


def _span(span: Span) -> str:
    return f"{to_date(span[0]).isoformat()} 至 {to_date(span[1]).isoformat()}"


def _day(amount: Decimal | None) -> str:
    return w.NONE if amount is None else w.signed(amount)


def _tiles(walk: Walk) -> str:
    tiles = (
        ("样本外盈亏", w.signed(walk.profit)),
        ("样本外每日", _day(walk.outside)),
        ("样本内每日", _day(walk.inside)),
        ("保留比例", w.percent(walk.kept)),
        ("样本外最大回撤", w.yuan(walk.drawdown)),
        ("样本外夏普（年化）", w.figure(walk.sharpe)),
    )
    return (
        '<div class="tiles">'
        + "".join(f'<div class="tile"><span>{escape(name)}</span><b>{value}</b></div>' for name, value in tiles)
        + "</div>"
    )


def _chart(walk: Walk) -> str:
    labels = [
        Label(place, to_date(walk.days[place].trading_day).isoformat()[5:]) for place in thinned(range(len(walk.days)))
    ]
    return line_chart([Series("equity", [day.sum for day in walk.days])], labels, title="样本外连起来的盈亏")


def _steps(walk: Walk) -> str:
    word = RANKS[walk.rank].word
    headings = (
        *("窗口", "样本内", "样本外", "选中的点", *(escape(key) for key in walk.keys)),
        *(f"{word}（内）", f"{word}（外）", "盈亏（内，元/日）", "盈亏（外，元/日）", "回撤（内）", "回撤（外）"),
        *("成交手（内）", "成交手（外）", "没有结果、中途出错的原因"),
    )
    return w.table(headings, [_row(walk, number, step) for number, step in enumerate(walk.steps, 1)], words=3)


def _row(walk: Walk, number: int, step: Step) -> tuple[str, ...]:
    def ranked(found: Figures | None) -> str:
        value = None if found is None else getattr(found, walk.rank)
        return w.percent(value) if RANKS[walk.rank].share else w.figure(value)

    def daily(found: Figures | None, days: int) -> str:
        return w.NONE if found is None else w.signed(found.profit / days)

    both = (step.inside, step.outside)
    return (
        str(number),
        _span(step.chosen),
        _span(step.judged),
        w.NONE if step.point is None else str(step.point),
        *([escape(shown(value)) for value in step.values] or [w.NONE] * len(walk.keys)),
        *(ranked(found) for found in both),
        daily(step.inside, step.inside_days),
        daily(step.outside, step.outside_days),
        *(w.NONE if found is None else w.yuan(found.drawdown) for found in both),
        *(w.NONE if found is None else str(found.lots) for found in both),
        escape(step.reason) + ("（有不变量不成立或程序出错）" if step.broken else ""),
    )


def _source(walk: Walk) -> str:
    source = walk.source
    hashes = (
        ("程序版本", escape(source.version)),
        ("行情 SHA-256", f"<code>{source.data_sha256}</code>"),
        ("方案 SHA-256", f"<code>{source.plan_sha256}</code>"),
        ("扫描文件 SHA-256", f"<code>{source.sweep_sha256}</code>"),
        ("资料表 SHA-256", f"<code>{source.tables_sha256}</code>"),
    )
    return f"<section><h2>可以重现</h2>{w.pairs(hashes)}</section>"
