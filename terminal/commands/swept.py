"""Print what a sweep or a walk-forward came to: one way of writing settings, yuan and ratios for both."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from terminal.backtest.sweep.figures import RANKS
from terminal.backtest.sweep.result import shown
from terminal.backtest.words import NONE, figure
from terminal.domain.words.amount_text import MINUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from terminal.backtest.sweep.result import Point, Sweep
    from terminal.backtest.sweep.walk import Step, Walk

SHOWN: Final = 10  # points on the screen


def show(encoded: bytes, lines: Iterable[str], *, json: bool, began: float) -> None:
    """Print the object or its lines, and on standard error how long it took since `began` (a performance counter)."""
    print(encoded.decode() if json else "\n".join(lines))
    print(f"用时 {time.perf_counter() - began:.1f} 秒", file=sys.stderr)


def sweep_lines(sweep: Sweep) -> list[str]:
    """Return the best points of a sweep, what is wrong with others, and what went in."""
    best = sweep.best_first()
    lines = [
        f"{sweep.source.market}　{len(best)} 点，没有结果的 {sweep.failed} 点，按{RANKS[sweep.rank].word}排序",
        *(_point(sweep, one) for one in best[:SHOWN] if one.figures is not None),
    ]
    if sweep.failed:
        first = next(one for one in sweep.points if one.figures is None)
        lines.append(f"没有结果的第一点（{_values(sweep.keys, first.values)}）：{first.reason}")
    lines += _broken(sweep.broken, "点")
    source = sweep.source
    lines.append(f"行情 {source.data_sha256[:16]}　方案 {source.plan_sha256[:16]}　扫描 {source.sweep_sha256[:16]}")
    return lines


def walk_lines(walk: Walk) -> list[str]:
    """Return the windows of a walk-forward and what all of them together earned outside."""
    kept = NONE if walk.kept is None else f"{walk.kept:.0%}".replace("-", MINUS)
    return [
        f"{walk.source.market}　{len(walk.steps)} 个窗口，每个 {walk.points} 点，样本内按{RANKS[walk.rank].word}选",
        *(_window(walk, step) for step in walk.steps),
        (
            f"样本外合计 {_yuan(walk.profit)}　每日 {_yuan(walk.outside)}"
            f"（样本内每日 {_yuan(walk.inside)}，保留 {kept}）"
            f"　回撤 {_yuan(walk.drawdown)}　夏普 {figure(walk.sharpe)}"
        ),
        *([walk.lacks] if walk.missing else []),
        *_broken(walk.broken, "个窗口"),
    ]


def _point(sweep: Sweep, one: Point) -> str:
    figures = one.figures
    if figures is None:
        return f"{one.standing:>5}　{_values(sweep.keys, one.values)}　{one.reason}"
    return (
        f"{one.standing:>5}　{_values(sweep.keys, one.values)}　盈亏 {_yuan(figures.profit)}"
        f"　回撤 {_yuan(figures.drawdown)}　夏普 {figure(figures.sharpe)}　手续费 {_yuan(figures.fees)}"
        f"　成交 {figures.lots} 手"
    )


def _window(walk: Walk, step: Step) -> str:
    span = f"样本内 {step.chosen[0]}–{step.chosen[1]}　样本外 {step.judged[0]}–{step.judged[1]}"
    if step.inside is None or step.outside is None:
        return f"  {span}　{step.reason}"
    earned = f"盈亏 {_yuan(step.inside.profit)} → {_yuan(step.outside.profit)}"
    return f"  {span}　{_values(walk.keys, step.values)}　{earned}" + (f"　{step.reason}" if step.reason else "")


def _values(keys: Sequence[str], values: Sequence[int | bool | str | Decimal]) -> str:
    return "　".join(f"{key} {shown(value)}" for key, value in zip(keys, values, strict=True))


def _broken(count: int, what: str) -> list[str]:
    return [f"{count} {what}有不变量不成立或程序出错，数字不可采信"] if count else []


def _yuan(amount: Decimal | None) -> str:
    return NONE if amount is None else f"{amount:,}".replace("-", MINUS)
