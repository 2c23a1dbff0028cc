"""Judge a journal offline and name the first bad record."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from terminal.store.verify import Verification


def verify(
    path: Annotated[Path, typer.Argument(metavar="目录", help="数据目录，或其中的 journal.db")],
    *,
    heads: Annotated[
        Path | None,
        typer.Option(metavar="文件", help="别处记下的链头：此前 hengduo verify --json 的输出，用来发现截断和改写"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Judge a journal offline: chains, guard tables, approvals; exit 1 and the first bad record on damage."""
    from terminal.store.refold import Refold
    from terminal.store.verify import read_heads
    from terminal.store.verify import verify as judge

    begun = time.perf_counter()
    found = judge(path, heads=None if heads is None else read_heads(heads), witnesses=(Refold(),))
    found = msgspec.structs.replace(found, wall_s=round(time.perf_counter() - begun, 3))
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        for line in _lines(found):
            print(line)
    if not found.ok:
        print(f"hengduo verify: {found.sentence}", file=sys.stderr)
        raise typer.Exit(1)


def _lines(found: Verification) -> list[str]:
    lines = [
        f"{found.path}（{found.tenant or '?'}）",
        f"记录 {found.records}　流 {len(found.heads)}　链头 {found.journal_head}",
        f"订单 {found.orders}　意图 {found.intents}　成交 {found.fills}　指令 {found.commands}",
        f"风控结论 {_counts(found.verdicts)}　拒绝 {_counts(found.refused)}",
        f"复核 {_counts(found.approvals)}",
        f"缺依据 {found.orphans}",
    ]
    lines.extend(f"  {row.stream or '-'} {row.seq or '-'}　{row.what}" for row in found.complaints)
    return [*lines, found.sentence]


def _counts(counts: dict[str, int]) -> str:
    return " ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "0"
