"""Stress the books of a journal: limit days in a row, basis blow-out, no way out; margin calls, what closes first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from terminal.commands.reading import reading
from terminal.domain.errors import UserError
from terminal.domain.orders.order import Side
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.engine.records.journal import Entry
    from terminal.engine.state import State
    from terminal.reports.stress.result import AccountAfter, AccountNow, Money, Outcome, Stress


def stress(
    *,
    data: Annotated[Path, typer.Option(metavar="目录", help="运行器的数据目录，或其中的 journal.db")],
    scenario: Annotated[
        Path | None, typer.Option(metavar="文件", help="自己的情景（TOML），代替通常的那些；见 docs/stress.md")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Play limit days, basis blow-outs and dead markets to the books: equity, margin, calls; see docs/stress.md."""
    from terminal.reports.stress.scenario import read_scenarios
    from terminal.reports.stress.stress import stress as work_out
    from terminal.store.beside import find_journal
    from terminal.store.reference import load_limit_runs, load_reference

    journal = find_journal(data)
    scenarios = None if scenario is None else read_scenarios(scenario)
    runs = load_limit_runs(load_reference(data=journal.parent), data=journal.parent)
    state, records = _folded(journal)
    found = work_out(state, runs, scenarios, records=records)
    if as_json:
        print(msgspec.json.encode(found, order="deterministic").decode())
        return
    for line in _lines(found):
        print(line)


def _folded(journal: Path) -> tuple[State, int]:
    from terminal.reports.settled_days import DaysReader, read_all, refuse_unknown
    from terminal.store.beside import end_of, read_beside

    records = end_of(journal)[0]
    seen = reading(records)
    reader = DaysReader(lambda _: None, wanted=lambda _: False)  # the fold alone is wanted

    def take(entry: Entry) -> None:
        seen(entry.position)
        reader.take(entry)

    unknown = read_all(read_beside(journal), take)
    refuse_unknown(unknown, lambda stream: stream.startswith(("tenant:", "account:")))
    if not reader.state.accounts:
        raise UserError(f"{journal} 里还没有账户，没有可以测试的。")
    return reader.state, records


def _lines(found: Stress) -> Iterator[str]:
    yield f"压力测试　交易日 {found.trading_day}　从最近的结算价起，挂单视为已撤　日志 {found.records} 条"
    for account in found.accounts:
        yield from _now(account)
    if len(found.accounts) > 1:
        yield f"合计　{_money(found.group)}"
    for outcome in found.outcomes:
        yield from _outcome(outcome, several=len(found.accounts) > 1)
    unmoved = sorted({name for outcome in found.outcomes for name in outcome.unmoved})
    if unmoved:
        yield f"{'、'.join(unmoved)} 的停板幅度未知：请写在情景文件的 bands 里（docs/stress.md），再测一次"
    no_rule = sorted({name for outcome in found.outcomes for name in outcome.no_rule})
    if no_rule:
        yield f"{'、'.join(no_rule)} 没有连续停板的资料：每日按首日幅度走，保证金没有提高（docs/stress.md）"


def _now(one: AccountNow) -> Iterator[str]:
    yield f"{one.account} {one.name}　{_money(one.money)}"
    for held in one.exposure:
        delta = "Delta 未知" if held.delta_lots is None else f"净 {held.delta_lots:+,} 手"
        value = "" if held.value is None else f"　市值 {held.value:,} 元"
        tonnes = "" if held.tonnes is None else f"　{held.tonnes:+,} 吨"
        limit = "　停板幅度未知，不动" if held.limit is None else f"　停板 {held.limit:.1%}"
        yield f"  {held.instrument}　多 {held.long} 空 {held.short}　{delta}{tonnes}{value}　价 {held.price:,}{limit}"


def _outcome(one: Outcome, *, several: bool) -> Iterator[str]:
    unmoved = f"　停板幅度未知，没有动：{'、'.join(one.unmoved)}" if one.unmoved else ""
    yield f"{one.scenario}　盈亏 {one.profit:+,}{unmoved}"
    if not one.moved:
        return
    for account in one.accounts:
        if account.profit or account.money.call:
            yield f"  {account.account}　盈亏 {account.profit:+,}　{_money(account.money)}{_first(account)}"
    if several:
        yield f"  合计　{_money(one.group)}"
    for basis in one.basis:
        yield f"  基差 {basis.spot} − {basis.instrument}　{basis.before:,} → {basis.after:,}"


def _money(one: Money) -> str:
    call = f"　追保 {one.call:,}" if one.call else ""
    return (
        f"{Term.EQUITY} {one.equity:,}　{Term.MARGIN} {one.margin:,}　{Term.AVAILABLE} {one.available:,}"
        f"　风险度 {one.risk_degree:.2%}{call}"
    )


def _first(one: AccountAfter) -> str:
    said = ""
    if one.reductions:
        first = one.reductions[0]
        side = Term.LONG if first.side is Side.BUY else Term.SHORT
        more = f"，另有 {len(one.reductions) - 1} 项" if len(one.reductions) > 1 else ""
        said = f"　先强减 {first.instrument} {side} {first.lots}/{first.held} 手{more}"
    return f"{said}　减不出 {one.uncovered:,}" if one.uncovered else said
