"""Play a plan over a tape in the sandbox, round by round with a fault drill, and hand the rounds in."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from terminal.commands.progress import teller
from terminal.domain.errors import UserError
from terminal.domain.words.malformed import json_said
from terminal.domain.words.system import system_said
from terminal.store.new_file import must_be_free, new_file

if TYPE_CHECKING:
    from terminal.backtest.sandbox.run import SandboxReport
    from terminal.domain.fact.sandbox import SandboxRound

MOST_ROUNDS: Final = 100
WHAT: Final = "沙盘结果"


def sandbox(
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="文件", help="也是 --tape：没有加引号的通配展开成的那些文件")
    ] = None,
    *,
    tape: Annotated[list[Path] | None, typer.Option(metavar="路径", help="录制的文件、目录或通配；可重复")] = None,
    plan: Annotated[Path | None, typer.Option(metavar="文件", help="方案（TOML），见 docs/plan.md")] = None,
    rounds: Annotated[int, typer.Option(metavar="轮", help="走几轮", min=1, max=MOST_ROUNDS)] = 4,
    first: Annotated[int, typer.Option(metavar="号", help="从第几号演练开始；0 号是平静的一轮", min=0)] = 0,
    out: Annotated[Path | None, typer.Option(metavar="文件", help="把结果写进这个文件（JSON）")] = None,
    result: Annotated[Path | None, typer.Option(metavar="文件", help="不再走，看（或交）以前写下的结果")] = None,
    hand_in: Annotated[bool, typer.Option("--hand-in", help="把结果交给正在运行的运行器，要写 --data")] = False,
    data: Annotated[Path | None, typer.Option(metavar="目录", help="--hand-in 的运行器的数据目录")] = None,
    account: Annotated[str, typer.Option(metavar="账户", help="--hand-in 交给哪个账户；不写按方案里的账户编号")] = "",
    json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Rehearse a plan in the sandbox: full rounds and fault drill, as live accounts ask for; see docs/sandbox.md."""
    tapes = [*(tape or []), *(more or [])]
    if hand_in and data is None:
        raise UserError("--hand-in 要用 --data 写明运行器的数据目录。")
    began = time.perf_counter()
    if result is not None:
        if tapes or plan is not None or out is not None:
            raise UserError("--result 只看以前的结果，不能与 --tape、--plan、--out 一起写。")
        found = _read(result)
    else:
        if out is not None:
            must_be_free("--out", out)
        found = _play(tapes, plan, rounds, first)
        print(f"用时 {time.perf_counter() - began:.1f} 秒", file=sys.stderr)
    gone: OSError | None = None
    try:  # printed first: a disk that refuses the file loses no result
        print(_encode(found).decode() if json else "\n".join(_lines(found)), flush=True)
    except BrokenPipeError as problem:  # a reader that leaves stops nothing; an interrupt and a full disk do
        gone = problem
    finally:
        if out is not None:
            with new_file("沙盘结果写不成", out) as partial:
                partial.write_bytes(_encode(found) + b"\n")
    if hand_in and data is not None:
        gone = _tell(_hand_in(found, data, account), is_shown=not json and gone is None) or gone
    if gone is not None:
        raise gone
    if not _passes(found):
        raise typer.Exit(1)


def _tell(answers: list[str], *, is_shown: bool) -> OSError | None:
    """Print a runner's answers on standard output, on standard error where that takes them no more; say why not."""
    said = "\n".join(f"运行器：{sentence}" for sentence in answers)
    if is_shown:
        try:
            print(said, flush=True)
        except OSError as problem:  # what was registered must be seen, whoever has left meanwhile
            print(said, file=sys.stderr)
            return problem
    else:
        print(said, file=sys.stderr)
    return None


def _play(tapes: list[Path], plan: Path | None, rounds: int, first: int) -> SandboxReport:
    from terminal.backtest.sandbox.run import sandbox as play
    from terminal.store.reference import load_reference

    if not tapes or plan is None:
        raise UserError("请用 --tape 指定录制文件、目录或通配，用 --plan 指定方案；看以前的结果用 --result。")
    tell = teller()
    return play(
        tapes,
        plan=plan,
        reference=load_reference(),
        rounds=rounds,
        first=first,
        reading=lambda share: tell("读取行情", share, 0),
        playing=lambda share: tell("沙盘", share, 0),
    )


def _read(path: Path) -> SandboxReport:
    from terminal.backtest.sandbox.run import SandboxReport

    raw = b""
    try:
        raw = path.read_bytes()
        return msgspec.json.decode(raw, type=SandboxReport)
    except OSError as problem:
        raise UserError(f"沙盘结果 {path} 读不出来（{system_said(problem)}）；请核对路径。") from problem
    except msgspec.DecodeError as problem:
        raise UserError(
            f"{path} 不是本程序写的沙盘结果（{json_said(raw, problem)}）；请用 hengduo sandbox 重新走。"
        ) from problem


def _encode(found: SandboxReport) -> bytes:
    return msgspec.json.encode(found, order="deterministic")


def _passes(found: SandboxReport) -> bool:
    from terminal.domain.sandbox import LEAST_ROUNDS

    return bool(found.strategies) and all(one.full >= LEAST_ROUNDS and not one.unmet for one in found.strategies)


def _lines(found: SandboxReport) -> list[str]:
    from terminal.domain.sandbox import LEAST_ROUNDS
    from terminal.engine.sandbox.gate import unmet_words

    lines = [f"{found.market}　行情 {found.tape_sha256[:16]}　方案 {found.plan_sha256[:16]}　程序 {found.program}"]
    if not found.strategies:
        lines.append(
            "没有策略启动：请在方案里写 [[strategy]]，并让它在这份行情里启动；为什么没有，hengduo backtest 会写明。"
        )
    for one in found.strategies:
        lack = f"，缺{unmet_words(one.unmet)}演练" if one.unmet else "，断线、拒单、重启都演练过"
        come = f"全流程 {one.full} 轮（至少 {LEAST_ROUNDS} 轮）{lack}"
        lines.append(f"{one.account} 策略 {one.strategy}　{come}　打法 {one.manner_sha256[:16]}")
        owner = one.account, one.strategy
        lines += [_round_line(played) for played in found.rounds if (played.settings.account, played.strategy) == owner]
    return lines


def _round_line(one: SandboxRound) -> str:
    from terminal.engine.sandbox.gate import unmet_words

    head = f"  {one.drill} 号　委托 {one.orders}　成交 {one.lots} 手　演练 {unmet_words(one.met) or '无'}"
    return f"{head}　{'全流程' if one.full else '不算：' + '；'.join(one.faults)}"


def _hand_in(found: SandboxReport, data: Path, account: str) -> list[str]:
    from terminal.commands.handing_in import hand_in
    from terminal.domain.fact.sandbox import SandboxResult
    from terminal.domain.ids import AccountId
    from terminal.runner.statement_box import HandInRounds
    from terminal.store.beside import find_journal

    folder = find_journal(data).parent
    homes: dict[AccountId, list[SandboxRound]] = {}
    for one in found.rounds:
        homes.setdefault(AccountId(account) if account else one.settings.account, []).append(one)
    return [
        hand_in(folder, HandInRounds(account=home, result=SandboxResult(rounds=tuple(rounds))), WHAT)
        for home, rounds in homes.items()
    ]
