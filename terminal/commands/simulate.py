"""Play seeded days of faults, crashes and people, and say whether anything ever went wrong."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from terminal.domain.errors import UserError

if TYPE_CHECKING:
    from terminal.simulation.play import Report
    from terminal.simulation.rough.play import RoughReport


def simulate(
    *,
    days: Annotated[int, typer.Option(metavar="天", help="演多少个交易日，每个世界几天")] = 20,
    seed: Annotated[int, typer.Option(metavar="数", help="种子：同样的种子，同样的一切")] = 1,
    world: Annotated[int | None, typer.Option(metavar="号", help="只演这个种子的这一个世界，从 0 数起")] = None,
    markets: Annotated[
        int | None,
        typer.Option(metavar="个", help="改演这么多个险恶行情，每个都有各种策略，途中崩溃一次"),
    ] = None,
    first: Annotated[int, typer.Option(metavar="号", help="第一个险恶行情的号")] = 0,
    strategy: Annotated[
        str | None,
        typer.Option(
            metavar="策略", help="只演一种：roll、spread、grid、execution、ladder、target、own、swap、legs、changed"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Play a seeded world of people, faults and crashes; exit 1 and say how to repeat it when anything is wrong."""
    if markets is not None:
        _rough(markets, first, seed, strategy, json=json)
        return
    import msgspec

    from terminal.simulation.play import play, worlds_of
    from terminal.store.reference import load_reference

    if days < 1:
        raise UserError(f"--days {days} 应为正整数。")
    if world is not None and world not in dict(worlds_of(days)):
        raise UserError(f"--world {world} 不存在：{days} 天共有 {len(dict(worlds_of(days)))} 个世界，从 0 数起。")
    began = time.perf_counter()
    report = asyncio.run(play(days=days, seed=seed, reference=load_reference(), only=world))
    print(f"用时 {time.perf_counter() - began:.1f} 秒", file=sys.stderr)
    if json:
        print(msgspec.json.encode(report, order="deterministic").decode())
    else:
        _show(report)
    for violation in report.violations:
        again = f"hengduo simulate --days {days} --seed {seed} --world {violation.world}"
        print(
            f"违反：种子 {seed} 世界 {violation.world} 第 {violation.step} 步：{violation.sentence}\n  重现：{again}",
            file=sys.stderr,
        )
    if report.violations:
        raise typer.Exit(1)


def _show(report: Report) -> None:
    count = report.counters.get
    print(f"{report.days} 天 {report.worlds} 个世界 种子 {report.seed}：违反 {len(report.violations)} 处")
    print(
        f"委托 {count('order_recorded', 0)}  成交 {count('order_filled', 0)}  生命 {count('lives', 0)}  "
        f"未知 {count('order_unknown', 0)}  作废 {count('order_voided', 0)}  复核 {count('confirmation_consume', 0)}"
    )
    print(f"摘要 {report.digest}")


def _rough(markets: int, first: int, seed: int, strategy: str | None, *, json: bool) -> None:
    import msgspec

    from terminal.simulation.rough.play import STRATEGIES, play_rough
    from terminal.store.reference import load_reference

    if markets < 1 or first < 0:
        raise UserError(f"--markets {markets} 应为正整数，--first {first} 不应为负。")
    if strategy is not None and strategy not in STRATEGIES:
        raise UserError(f"--strategy {strategy} 不存在，应为 {'、'.join(STRATEGIES)} 之一。")
    began = time.perf_counter()
    chosen = STRATEGIES if strategy is None else (strategy,)
    report = play_rough(markets=markets, first=first, seed=seed, reference=load_reference(), strategies=chosen)
    print(f"用时 {time.perf_counter() - began:.1f} 秒", file=sys.stderr)
    if json:
        print(msgspec.json.encode(report, order="deterministic").decode())
    else:
        _show_rough(report)
    for one in report.violations:
        again = f"hengduo simulate --markets 1 --first {one.market} --seed {seed} --strategy {one.strategy}"
        where = f"种子 {seed} 行情 {one.market} 策略 {one.strategy} 第 {one.step} 步"
        print(f"违反：{where}：{one.sentence}\n  重现：{again}", file=sys.stderr)
    if report.violations:
        raise typer.Exit(1)


def _show_rough(report: RoughReport) -> None:
    count = report.counters.get
    crashes = sum(times for what, times in report.counters.items() if what.startswith("crash_"))
    print(
        f"{report.markets} 个行情 {report.plays} 场 种子 {report.seed}：违反 {len(report.violations)} 处\n"
        f"策略子单 {count('children', 0)}  成交 {count('order_filled', 0)}  崩溃 {crashes}  "
        f"断腿 {count('mark_leg_broken', 0)}\n"
        f"摘要 {report.digest}"
    )
