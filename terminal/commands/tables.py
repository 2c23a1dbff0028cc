"""Check the tables of products, own rows included, and say what holds for a product or a contract on a day."""

from __future__ import annotations

import json as plain_json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

if TYPE_CHECKING:
    from terminal.reports.closing_figures import Count


def tables(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="合约", help="品种或合约，如 DCE.i、SHFE.rb2501；不写则只核对资料表")
    ] = None,
    *,
    data: Annotated[
        Path | None, typer.Option(metavar="目录", help="数据目录：其中 reference/ 的自有资料表一并读入并核对")
    ] = None,
    on: Annotated[int, typer.Option(metavar="日", help="交易日，如 20250106；不写则用日历的最后一天")] = 0,
    closing: Annotated[
        Path | None,
        typer.Option(
            metavar="路径",
            help="收盘数据 CSV（要写 --on），或 CTP 全档录制的文件、文件夹：逐行核对结算价、涨跌停价、持仓量",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")] = False,
) -> None:
    """Check the reference tables, own rows included; a wrong row is named with file, line and column."""
    from terminal.domain.products.combination import find_combination
    from terminal.reports.closing_figures import figures_in, pass_through
    from terminal.reports.terms_page import combination_lines, terms_lines
    from terminal.store.reference import load_reference

    reference = load_reference(data=data)
    day = on or reference.calendar.last
    if on:
        reference.calendar.ends_at(on)  # refuses what is no trading day: the figures of another would be said for it
    found = [reference.named(name, day) for name in names or () if "&" not in name]
    pairs = [find_combination(reference, name, day) for name in names or () if "&" in name]
    count = None if closing is None else pass_through(figures_in(closing, trading_day=on), reference)
    products, own = reference.products(), reference.own_products()
    if as_json:
        answer: dict[str, Any] = {
            "products": len(products),
            "own": list(own),
            "terms": msgspec.to_builtins([*found, *pairs]),
        }
        answer["closing"] = None if count is None else count.figures()
        print(plain_json.dumps(answer, ensure_ascii=False))
        _end(count)
        return
    print(f"资料表无误：{len(products)} 个品种，其中有自有资料的：{'、'.join(own) or '无'}")
    print(f"交易日历 {reference.calendar.first} 至 {reference.calendar.last}")
    for terms in found:
        print("\n".join(terms_lines(terms, on=day, calendar_last=reference.calendar.last)))
    for pair in pairs:
        print("\n".join(combination_lines(pair, on=day)))
    if count is not None:
        print("\n".join(count.lines()))
    _end(count)


def _end(count: Count | None) -> None:
    # What an exchange leaves out is counted; a table that contradicts itself is no table.
    from terminal.reports.closing_figures import Reject

    if count is not None and count.rejects[Reject.GIVEN_TWICE]:
        raise typer.Exit(1)
