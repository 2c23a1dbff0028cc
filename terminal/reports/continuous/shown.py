"""Say a continuous series for people, and write it as a table."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import show
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.columns_text import columns
from terminal.reports.continuous.mains import By
from terminal.reports.continuous.series import Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from terminal.reports.continuous.series import Point, Roll, Series

JUDGED: Final = {By.OPEN_INTEREST: "持仓量", By.VOLUME: "成交量"}
STEPS: Final = {Step.DAY: "每交易日", Step.MINUTE: "每分钟"}
HEAD: Final = ("首日", "旧主力", "新主力", "量自", "旧收盘", "新收盘", "跳空", "比例")
TABLE: Final = ("at", "trading_day", "instrument", "price", "difference", "ratio")


def lines(found: Series) -> Iterator[str]:
    """Yield what the series is, the changes of its contract, and how its ends stand joined each way."""
    first, last = found.points[0], found.points[-1]
    what = JUDGED[found.by]
    yield (
        f"{found.product} 主力连续　{first.trading_day} 至 {last.trading_day}　{STEPS[found.step]}一点，"
        f"共 {len(found.points)} 点　按{what}：更远的月份超过 {amount_text(found.switch_ratio)} 倍才换，"
        "当日不换，不回头"
    )
    if found.rolls:
        rows = (_row(one) for one in found.rolls)
        yield from columns([(*HEAD, f"旧{what}", f"新{what}"), *rows], text=4)
    else:
        yield f"全程是 {first.instrument}，没有换月。"
    yield _ends("首点", first)
    yield _ends("末点", last)
    yield "差额、比例两列已去掉换月跳空，末段等于真实价格：差额的涨跌是一手真实的盈亏，比例的涨跌幅是真实的。"


def _row(one: Roll) -> tuple[str, ...]:
    return (
        str(one.trading_day),
        one.old,
        one.new,
        str(one.measured_on),
        f"{one.old_close:f}",
        f"{one.new_close:f}",
        f"{one.gap:+f}",
        f"{one.ratio:f}",
        *("—" if value is None else str(value) for value in one.values),
    )


def _ends(what: str, point: Point) -> str:
    return (
        f"{what} {show(point.at)[:19]} {point.instrument}　真实 {point.price:f}　"
        f"差额 {point.difference:f}　比例 {point.ratio:f}"
    )


def write_table(found: Series, file: TextIO) -> None:
    """Write the points as a table with a header; instants by the Shanghai clock, prices in yuan."""
    table = csv.writer(file, lineterminator="\n")
    table.writerow(TABLE)
    for one in found.points:
        prices = (f"{one.price:f}", f"{one.difference:f}", f"{one.ratio:f}")
        table.writerow((show(one.at), one.trading_day, one.instrument, *prices))
