"""Scan recorded files for spreads away from their mean, and write one of them as a draft for a person to start."""

from __future__ import annotations

import sys
import time
import tomllib
from enum import StrEnum
from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeVar

import msgspec
import typer

from terminal.commands.progress import teller
from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId, InstrumentId
from terminal.store.new_file import must_be_free, new_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terminal.domain.market import Recording
    from terminal.domain.parameters.pair import Pair
    from terminal.domain.products.instrument import Instrument, Reference
    from terminal.reports.scan.samples import Resolve
    from terminal.reports.scan.scan import Scan, ScanSettings
    from terminal.shell.plans.plan import Plan

TABLE: Final = ("pairs", "ratios.toml")


def scan(
    more: Annotated[list[Path] | None, typer.Argument(metavar="路径", help="录制的文件、目录或通配，可写多个")] = None,
    *,
    tape: Annotated[list[Path] | None, typer.Option(metavar="路径", help="与直接写在后面一样；可重复")] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="目录", help="运行器的数据目录，或其中恰有一个运行器的用户目录：扫描它每分钟记下的行情"),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(metavar="文件", help="方案（TOML）：手续费、涨跌停价等合约补充取自它，草案也并入它")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(metavar="文件", help="比价表（TOML），见 docs/scan.md；不写用随程序的一份")
    ] = None,
    step: Annotated[str, typer.Option(metavar="minute|day", help="样本：每分钟末，或每个交易日末")] = "minute",
    window: Annotated[int, typer.Option(metavar="个", help="取最近多少个样本")] = 360,
    at_least: Annotated[int, typer.Option(metavar="个", help="少于这么多个样本不排名")] = 60,
    at: Annotated[
        str, typer.Option(metavar="时刻", help='截至哪一刻，如 "2020-08-21 13:45:00"；不写是录制里最后的交易时刻')
    ] = "",
    rank: Annotated[str, typer.Option(metavar="net|z", help="按每套净利，或按偏离几个标准差排名")] = "net",
    draft: Annotated[
        tuple[int, Path] | None, typer.Option(metavar="名次 文件", help="把这一名写成方案文件里的草案；要写 --plan")
    ] = None,
    account: Annotated[str, typer.Option(metavar="账户", help="草案的账户；方案只有一个账户时不必写")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Rank spreads (calendar, cross-product, cross-market) by what a set would earn back to its mean; order nothing."""
    from terminal.reports.scan.draft import drafted
    from terminal.reports.scan.scan import Rank, ScanSettings, Step
    from terminal.reports.scan.shown import lines
    from terminal.store.reference import load_reference

    tapes = [*(more or []), *(tape or [])]
    _check_market(tapes, data)
    if draft is not None:
        _check_draft(draft[1], plan)
    elif account:
        raise UserError("--account 是草案的账户，请加上 --draft，或去掉它。")
    settings = ScanSettings(
        step=_chosen(Step, step, "--step"),
        window=window,
        at_least=at_least,
        rank=_chosen(Rank, rank, "--rank"),
    )
    began, reference = time.perf_counter(), load_reference()
    read = None if plan is None else _read(plan, reference, draft)
    owner = _owner(read, account) if draft is not None and read is not None else AccountId("")
    market = _recorded(data, read, reference) if data is not None else _opened(tapes, read, reference)
    found = _scan(market, read, pairs, reference, settings, at)
    if draft is not None and read is not None and plan is not None:
        _write_draft(found, draft, plan, read, reference, owner)
    if as_json:
        drafts = [drafted(one, lambda name: market.resolve(name, found.trading_day).tick) for one in found.ranked]
        print(msgspec.json.encode({**msgspec.structs.asdict(found), "drafts": drafts}).decode())
    else:
        for line in lines(found):
            print(line)
    print(f"用时 {time.perf_counter() - began:.1f} 秒", file=sys.stderr)


def _check_market(tapes: Sequence[Path], data: Path | None) -> None:
    if not tapes and data is None:
        raise UserError("没有行情：请写录制的文件、目录或通配，或用 --data 写运行器的数据目录。")
    if tapes and data is not None:
        raise UserError("录制的文件与 --data 只能写一样：两处的行情不能合成一个。")


def _check_draft(file: Path, plan: Path | None) -> None:
    if plan is None:
        raise UserError("草案要并入一份方案（账户、限额、人员）：请用 --plan 指定。")
    must_be_free("--draft", file)


def _read(plan: Path, reference: Reference, draft: tuple[int, Path] | None) -> Plan:
    from terminal.shell.plans.plan import plan_of
    from terminal.shell.plans.text import PlanText

    text = PlanText(plan)
    read = plan_of(text, reference)
    if draft is not None:  # what the plan reads by the names in it, the draft has to find by the same names
        there = draft[1].parent
        far = [name for name in text.files if realpath(plan.parent / name) != realpath(there / name)]
        if far:
            said = f"{plan} 用到旁边的文件（{'、'.join(far)}）"
            raise UserError(f"{said}，草案要写在同一个文件夹里，请改 --draft 的文件。")
    return read


Chosen = TypeVar("Chosen", bound=StrEnum)


def _chosen(kind: type[Chosen], said: str, option: str) -> Chosen:
    try:
        return kind(said)
    except ValueError:
        raise UserError(f"{option} 应为 {' 或 '.join(kind)}，现为 {said}。") from None


def _resolver(read: Plan | None, reference: Reference) -> Resolve:
    if read is not None:
        from terminal.shell.opening import resolver

        return resolver(read.listing)

    def resolve(symbol: str, day: int) -> Instrument:
        named = "." in symbol
        return reference.instrument(InstrumentId(symbol), day) if named else reference.find(symbol, day)

    return resolve


class _Market(NamedTuple):
    # Read when it is wanted: what is wrong with the words is said first.
    resolve: Resolve
    read: Callable[[], Recording]


def _opened(tapes: Sequence[Path], read: Plan | None, reference: Reference) -> _Market:
    resolve, tell = _resolver(read, reference), teller()

    def recording() -> Recording:
        from terminal.gateways.replay.open import read_recording

        return read_recording(
            tapes,
            instruments=resolve,
            calendar=reference.calendar,
            progress=lambda share: tell("读取行情", share, 0),
        )

    return _Market(resolve, recording)


def _recorded(data: Path, read: Plan | None, reference: Reference) -> _Market:
    from terminal.store.beside import find_journal
    from terminal.store.minute_file import MINUTE_FILE, read_minutes

    folder = data if (data / MINUTE_FILE).is_file() else find_journal(data).parent
    known, otherwise = read_minutes(folder), _resolver(read, reference)

    def resolve(symbol: str, day: int) -> Instrument:
        terms = known.instruments.get(InstrumentId(symbol)) if read is None else None
        return otherwise(symbol, day) if terms is None else terms

    return _Market(resolve, lambda: known.recording)


def _pairs(path: Path | None, resolve: Resolve, reference: Reference) -> tuple[Pair, ...]:
    from terminal.shell.plans.pairs import read_pairs
    from terminal.store.reference import resource_root

    file = Path(str(resource_root().joinpath(*TABLE))) if path is None else path
    return read_pairs(file, reference, lambda name: resolve(name, reference.calendar.last))


def _scan(
    market: _Market, read: Plan | None, pairs: Path | None, reference: Reference, settings: ScanSettings, at: str
) -> Scan:
    from terminal.reports.scan.scan import check_settings
    from terminal.reports.scan.scan import scan as look
    from terminal.shell.plans.times import wall_clock

    check_settings(settings)  # before what takes long
    moment = wall_clock(reference.calendar, at) if at else None
    ratios = _pairs(pairs, market.resolve, reference)
    recording, tell = market.read(), teller()
    return look(
        recording,
        resolve=market.resolve,
        calendar=reference.calendar,
        settings=settings,
        pairs=ratios,
        at=moment,
        stated=None if read is None else read.listing.day_facts,
        list_absent=pairs is not None,
        progress=lambda share: tell("扫描", share, 0),
    )


def _owner(read: Plan, account: str) -> AccountId:
    accounts = [one.account for one in read.opening.accounts]
    chosen = account or (accounts[0] if len(accounts) == 1 else "")
    if chosen not in accounts:
        raise UserError(f"草案的账户应是方案里的一个（{'、'.join(accounts)}），请用 --account 写明。")
    return AccountId(chosen)


def _write_draft(
    found: Scan, draft: tuple[int, Path], plan: Path, read: Plan, reference: Reference, account: AccountId
) -> None:
    from terminal.reports.scan.draft import draft_name, draft_settings, draft_text

    place, file = draft
    if not 1 <= place <= len(found.ranked):
        ranked = f"这次排名的有 {len(found.ranked)} 个" if found.ranked else "这次没有排名的价差"
        raise UserError(f"没有第 {place} 名：{ranked}，草案没有写。")
    one = found.ranked[place - 1]
    settings = draft_settings(one, account, lambda name: read.listing.instrument(name, found.trading_day).tick)
    written = plan.read_text(encoding="utf-8-sig")
    taken = [str(row.get("id", "")) for row in tomllib.loads(written).get("strategy", ())]
    text = draft_text(draft_name(one, taken), settings, one, found)
    write_new_plan(file, f"{written.rstrip()}\n{text}", reference)
    print(f"第 {place} 名的草案写在 {file}：方案之外多一条不会自己启动的价差策略，请预览后由人启动。", file=sys.stderr)


def write_new_plan(file: Path, text: str, reference: Reference) -> None:
    """Write a plan to a file that is not there yet, once it has been read as a plan of that name."""
    from terminal.shell.plans.plan import plan_of
    from terminal.shell.plans.text import PlanText

    written = text.encode()
    plan_of(PlanText(file, written), reference)
    with new_file("草案写不成", file) as partial:
        partial.write_bytes(written)
