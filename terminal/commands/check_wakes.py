"""Tell whether a backtest that passes over batches is the backtest that looks at each of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import msgspec
import typer

from terminal.commands.progress import teller

if TYPE_CHECKING:
    from pathlib import Path

    from terminal.backtest.check_wakes import Checked, Doubt
    from terminal.shell.plans.plan import Plan

ADVICE: Final[dict[Doubt, str]] = {
    "wakes": "自编策略的 wakes 在这里应为 True；拿不准就多返回 True。",
    "memory": "代码没有写 wakes，也看不出 aim 在两次之间什么也不记：记了（计数、见过的最高价）就请改成只凭 seen，"
    "没有记，请把方案与行情交给我们。",
    "": "这不是方案的错，请把方案与行情交给我们。",
}


def run_check(tapes: list[Path], plan: Path, *, json: bool) -> None:
    """Play the files twice with a plan and print what was found; a difference is exit code 1."""
    from terminal.backtest.check_wakes import check_wakes
    from terminal.backtest.main_table import asked_of
    from terminal.backtest.mains import contracts_in, plan_with_mains
    from terminal.gateways.replay.open import read_recording
    from terminal.shell.opening import resolver
    from terminal.shell.plans.listing import PlanListing
    from terminal.shell.plans.on_tape import check_market
    from terminal.shell.plans.plan import plan_of, read_plan
    from terminal.shell.plans.text import PlanText
    from terminal.store.reference import load_reference

    reference, tell = load_reference(), teller()
    text = PlanText(plan)
    follows = bool(asked_of(text))
    listing = PlanListing(text, reference) if follows else read_plan(plan, reference).listing
    recording = read_recording(
        tapes,
        instruments=resolver(listing),
        calendar=reference.calendar,
        progress=lambda share: tell("读取行情", share, 0),
    )
    contracts = contracts_in(text, recording, reference) if follows else {}

    def again() -> Plan:
        read = PlanText(plan)
        return plan_with_mains(read, contracts, reference) if follows else plan_of(read, reference)

    read = again()
    check_market(read, recording.universe, recording.by_day)
    checked = check_wakes(
        recording,
        plan=again,
        reference=reference,
        playing=lambda share, at: tell("核对", share, at),
    )
    print(msgspec.json.encode(checked).decode() if json else _sentence(checked))
    if read.cuts:
        print("注意：方案里有断线（cut），回测每一批都看，什么也没有跨过。", file=sys.stderr)
    if checked.difference is not None:
        raise typer.Exit(1)


def _sentence(checked: Checked) -> str:
    from terminal.domain.days.calendar import show

    passed = f"跨过 {checked.passed:,} 批（共 {checked.batches:,} 批）"
    found = checked.difference
    if found is None:
        return f"跨与不跨逐条相同：{checked.records:,} 条记录，{passed}。"
    whose = "" if found.strategy is None else f"，策略 {found.strategy}"
    awake, asleep = ("" if at is None else f"{show(at)} " for at in (found.awake_at, found.asleep_at))
    return (
        f"不相同：第 {found.number:,} 条记录{whose}。\n"
        f"  逐批都看：{awake}{found.awake}\n  按声明跨过：{asleep}{found.asleep}\n"
        f"{ADVICE[found.doubt]}{passed}。"
    )
