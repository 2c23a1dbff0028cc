"""Join the main contracts of a product in recorded files to one series, with the days and steps of its rolls."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from terminal.commands.progress import teller
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.ids import ProductId
    from terminal.domain.products.instrument import Instrument, Reference
    from terminal.reports.continuous.days import Contract

LARGEST_RATIO: Final = 1000


def continuous(
    more: Annotated[list[Path] | None, typer.Argument(metavar="路径", help="录制的文件、目录或通配，可写多个")] = None,
    *,
    product: Annotated[str, typer.Option(metavar="品种", help="如 rb 或 SHFE.rb；行情里只有一个品种时不必写")] = "",
    by: Annotated[
        str, typer.Option(metavar="open_interest|volume", help="按前一交易日末的持仓量，或成交量")
    ] = "open_interest",
    ratio: Annotated[str, typer.Option(metavar="倍", help="更远的月份超过主力这么多倍才换，至少 1")] = "1",
    step: Annotated[str, typer.Option(metavar="day|minute", help="一点是每个交易日末，或每分钟末")] = "day",
    table: Annotated[Path | None, typer.Option("--csv", metavar="文件", help="把各点写成这个 CSV 文件")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Join a product's main contracts, day by day, to one series, with and without the steps of its rolls."""
    from terminal.reports.continuous.mains import By
    from terminal.reports.continuous.series import Step
    from terminal.reports.continuous.series import continuous as join
    from terminal.reports.continuous.shown import lines, write_table
    from terminal.store.new_file import must_be_free, new_file
    from terminal.store.reference import load_reference

    if not more:
        raise UserError("没有行情：请写录制的文件、目录或通配。")
    if by not in set(By):
        raise UserError(f"--by 应为 {' 或 '.join(By)}，现为 {by}。")
    if step not in set(Step):
        raise UserError(f"--step 应为 {' 或 '.join(Step)}，现为 {step}。")
    times = _times(ratio)
    if table is not None:
        must_be_free("--csv", table)
    name, contracts = _chosen(_read(more, load_reference()), product)
    found = join(name, contracts, by=By(by), ratio=times, step=Step(step))
    if table is not None:
        with new_file("连续序列写不成", table) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            write_table(found, file)
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    for line in lines(found):
        print(line)


def _times(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(0)
    if found.is_nan():
        found = Decimal(0)
    if not 1 <= found <= LARGEST_RATIO:
        raise UserError(f"--ratio 应为 1 至 {LARGEST_RATIO} 的数，现为 {text}。")
    return found


def _read(tapes: Sequence[Path], reference: Reference) -> dict[ProductId, list[Contract]]:
    from terminal.gateways.replay.open import read_recording
    from terminal.reports.continuous.days import contracts_of

    def resolve(symbol: str, day: int) -> Instrument:
        named = "." in symbol
        return reference.instrument(InstrumentId(symbol), day) if named else reference.find(symbol, day)

    tell, calendar = teller(), reference.calendar
    recording = read_recording(
        tapes, instruments=resolve, calendar=calendar, progress=lambda share: tell("读取行情", share, 0)
    )
    return contracts_of(recording, resolve, calendar)


def _chosen(found: dict[ProductId, list[Contract]], product: str) -> tuple[ProductId, list[Contract]]:
    names = "、".join(sorted(found))
    if not found:
        raise UserError("行情里没有期货合约，没有可接的主力。")
    if not product and len(found) > 1:
        raise UserError(f"行情里有 {len(found)} 个品种：请用 --product 选一个（{names}）。")
    wanted = [
        name
        for name in found
        if not product or product.casefold() in {name.casefold(), name.partition(".")[2].casefold()}
    ]
    if len(wanted) != 1:
        raise UserError(f"行情里没有品种 {product}，有 {names}；请改正 --product。")
    return wanted[0], found[wanted[0]]
