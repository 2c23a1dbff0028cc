"""Pass recorded closing figures through the tables of instruments and days; name and count by reason what they refuse.

An exchange's own figures are the test of our tables: its settlement price, price limits and open interest belong to a
contract that we know, on a day that we call a trading day, not after the contract's last one, on the contract's tick
and inside the contract's limits. A figure that fails is a wrong table or a wrong recording; either way it has one of
the reasons below, and there is no other way to be refused. A contract nobody traded may have no settlement price: the
recording says so, and the count says how many. A file of closing figures has one row per contract: of two nobody knows
which is right, and both are refused. Remarks refuse nothing: they count what the tables do not know.

A combination is settled leg by leg: it has no settlement price of its own, its prices are differences and may be zero
or negative, and CZCE states no limits for it.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, TextIO, cast

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.products.combination import Combination, find_combination
from terminal.domain.products.fees import fees_known
from terminal.domain.products.instrument import Instrument, Reference
from terminal.domain.words.system import system_said
from terminal.gateways.replay.exact import UnreadableTextError, number, wall_clock

_CLOSING: Final = frozenset(
    ("symbol", "datetime", "settlement", "pre_settlement", "upper_limit", "lower_limit", "open_interest")
)
_DEPTH: Final = frozenset(
    (
        *("TradingDay", "InstrumentID", "ExchangeID", "ActionDay", "UpdateTime", "UpdateMillisec"),
        *("SettlementPrice", "PreSettlementPrice", "UpperLimitPrice", "LowerLimitPrice", "OpenInterest"),
    )
)


MOST_NAMED: Final = 200  # refused rows, for a person


class Reject(StrEnum):
    """Name every reason a row of closing figures is refused for, in the order in which they are asked."""

    UNREADABLE = "UNREADABLE"
    UNKNOWN_CONTRACT = "UNKNOWN_CONTRACT"
    GIVEN_TWICE = "GIVEN_TWICE"
    NOT_ITS_TRADING_DAY = "NOT_ITS_TRADING_DAY"
    AFTER_LAST_DAY = "AFTER_LAST_DAY"
    LIMITS_MISSING = "LIMITS_MISSING"
    LIMITS_CROSSED = "LIMITS_CROSSED"
    LIMIT_OFF_TICK = "LIMIT_OFF_TICK"
    SETTLEMENT_MISSING = "SETTLEMENT_MISSING"
    SETTLEMENT_OFF_TICK = "SETTLEMENT_OFF_TICK"
    SETTLEMENT_OUTSIDE_LIMITS = "SETTLEMENT_OUTSIDE_LIMITS"
    OPEN_INTEREST_WRONG = "OPEN_INTEREST_WRONG"


REJECT_WORDS: Final = {
    Reject.UNREADABLE: "读不懂的数字或时刻",
    Reject.UNKNOWN_CONTRACT: "品种表里没有的合约",
    Reject.GIVEN_TWICE: "同一合约不止一行",
    Reject.NOT_ITS_TRADING_DAY: "交易日与日历不符",
    Reject.AFTER_LAST_DAY: "晚于最后交易日",
    Reject.LIMITS_MISSING: "没有涨跌停价",
    Reject.LIMITS_CROSSED: "涨停价不高于跌停价",
    Reject.LIMIT_OFF_TICK: "涨跌停价不在最小变动价位上",
    Reject.SETTLEMENT_MISSING: "没有结算价",
    Reject.SETTLEMENT_OFF_TICK: "结算价不在最小变动价位上",
    Reject.SETTLEMENT_OUTSIDE_LIMITS: "结算价在涨跌停价之外",
    Reject.OPEN_INTEREST_WRONG: "持仓量不是整数手",
}


class Remark(StrEnum):
    """Name what a row passes with, and what the tables cannot say about it."""

    BAND_OF_ITS_OWN = "BAND_OF_ITS_OWN"  # the contract's band is not its product's: wider near delivery or after a lock
    MARGIN_NOT_KNOWN = "MARGIN_NOT_KNOWN"
    FEES_NOT_KNOWN = "FEES_NOT_KNOWN"
    BAND_NOT_KNOWN = "BAND_NOT_KNOWN"
    COMBINATION = "COMBINATION"
    LIMITS_NOT_STATED = "LIMITS_NOT_STATED"


REMARK_WORDS: Final = {
    Remark.BAND_OF_ITS_OWN: "涨跌停板幅度与品种的不同",
    Remark.MARGIN_NOT_KNOWN: "保证金率未知",
    Remark.FEES_NOT_KNOWN: "手续费不全（开、平、平今）",
    Remark.BAND_NOT_KNOWN: "涨跌停板幅度未知",
    Remark.COMBINATION: "组合合约，按两腿结算",
    Remark.LIMITS_NOT_STATED: "组合合约没有写涨跌停价",
}


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one row as it was recorded; texts are not yet numbers. `at` is its Shanghai date, time and milliseconds."""

    symbol: str
    trading_day: str
    at: list[str]
    settlement: str
    pre_settlement: str
    upper: str
    lower: str
    open_interest: str
    row: int = 0  # where it stands: its line, the head is the first
    file: str = ""  # of several
    final: bool = True  # an earlier row of the day has no settlement price yet, and that is no fault
    sole: bool = False  # its contract has no other row


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Name a row that was refused; `file` only where there are several."""

    contract: str
    row: int
    reason: Reject
    file: str = ""

    def line(self) -> str:
        """Return it for a person."""
        return f"  {self.file}{' ' if self.file else ''}第 {self.row} 行 {self.contract}：{REJECT_WORDS[self.reason]}"


class Count(msgspec.Struct, kw_only=True):
    """Hold what passing rows through the tables gave: rows seen and passed, those refused, rows per remark."""

    rows: int = 0
    passed: int = 0
    refused: list[Refused] = []
    remarks: Counter[Remark] = msgspec.field(default_factory=Counter)

    @property
    def rejects(self) -> Counter[Reject]:
        """Return how many rows were refused for each reason."""
        return Counter(one.reason for one in self.refused)

    def take(self, row: Figures, verdict: Reject | list[Remark]) -> None:
        """Count a row that was judged."""
        self.rows += 1
        if isinstance(verdict, Reject):
            self.refused.append(Refused(contract=row.symbol, row=row.row, reason=verdict, file=row.file))
        else:
            self.passed += 1
            self.remarks.update(verdict)

    def figures(self) -> dict[str, object]:
        """Return the counts under their names, for a machine."""
        return {
            "rows": self.rows,
            "passed": self.passed,
            "rejects": {str(reject): count for reject, count in sorted(self.rejects.items())},
            "remarks": {str(remark): count for remark, count in sorted(self.remarks.items())},
            "refused": msgspec.to_builtins(self.refused),
        }

    def lines(self) -> list[str]:
        """Return the counts as lines for a person."""
        why = [f"  拒绝 {REJECT_WORDS[reason]} {count}" for reason, count in sorted(self.rejects.items())]
        noted = [f"  注明 {REMARK_WORDS[remark]} {count}" for remark, count in sorted(self.remarks.items())]
        named = [one.line() for one in self.refused[:MOST_NAMED]]
        more = len(self.refused) - len(named)
        named += [f"  还有 {more} 行，--json 全部列出"] if more else []
        return [f"{self.rows} 行，通过 {self.passed} 行，拒绝 {self.rows - self.passed} 行", *why, *noted, *named]


def pass_through(rows: Iterable[Figures], reference: Reference) -> Count:
    """Judge every row by its first reason and count; nothing is raised for what a row says."""
    count = Count()
    stamp = wall_clock((0, 1, 2))
    contracts = _Contracts(reference)
    alone: dict[InstrumentId | str, list[tuple[Figures, Reject | list[Remark]]]] = {}
    for row in rows:
        contract = None
        try:
            contract = contracts[row.symbol, row.trading_day]
            verdict = _judge(row, contract, reference.calendar.trading_day(stamp(row.at)))
        except UnreadableTextError:
            verdict = Reject.UNREADABLE
        if row.sole and contract is not None:  # under whatever name: its code alone is the same contract
            alone.setdefault(contract.id, []).append((row, verdict))
        else:
            count.take(row, verdict)
    for same in alone.values():
        for row, verdict in same:
            count.take(row, verdict if len(same) == 1 else Reject.GIVEN_TWICE)
    return count


def figures_in(path: Path, *, trading_day: int) -> Iterator[Figures]:
    """Return the rows of a file of either kind, or of a folder of depth files in the order of their names.

    CTP depth snapshots say their day themselves; of a closing file it has to be given.
    """
    files = sorted(path.glob("*.csv*")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise UserError(f"--closing {path} 不是一个文件，也不是放着 CSV 的文件夹。")
    if all(set(_header(file)) >= _DEPTH for file in files):
        return depth_rows(files)
    if not trading_day or len(files) > 1:
        raise UserError(f"--closing {path} 是收盘数据：请给出一个文件，并用 --on 写明它是哪个交易日的收盘。")
    return closing_rows(files[0], trading_day=str(trading_day))


def closing_rows(file: Path, *, trading_day: str) -> Iterator[Figures]:
    """Yield the rows of a file with one row per contract at the close of a day (`symbol`, `datetime`, ...)."""
    for number_of_row, cells in _cells(file, _CLOSING):
        day, _, clock = cells["datetime"].partition(" ")
        second, _, fraction = clock.partition(".")
        yield Figures(
            symbol=cells["symbol"],
            trading_day=trading_day,
            at=[day, second, fraction[:3] or "0"],
            settlement=cells["settlement"],
            pre_settlement=cells["pre_settlement"],
            upper=cells["upper_limit"],
            lower=cells["lower_limit"],
            open_interest=cells["open_interest"],
            row=number_of_row,
            sole=True,
        )


def depth_rows(files: Sequence[Path]) -> Iterator[Figures]:
    """Yield the rows of full CTP depth snapshots, the files in order of time.

    The last row of a contract's trading day must carry its settlement price; a file may end inside a trading day.
    """
    before: Figures | None = None
    found = ((file.name if len(files) > 1 else "", *place) for file in files for place in _cells(file, _DEPTH))
    for file_name, number_of_row, cells in found:
        exchange, symbol = cells["ExchangeID"], cells["InstrumentID"]
        row = Figures(
            symbol=f"{exchange}.{symbol}" if exchange else symbol,
            trading_day=cells["TradingDay"],
            at=[cells["ActionDay"], cells["UpdateTime"], cells["UpdateMillisec"]],
            settlement=cells["SettlementPrice"],
            pre_settlement=cells["PreSettlementPrice"],
            upper=cells["UpperLimitPrice"],
            lower=cells["LowerLimitPrice"],
            open_interest=cells["OpenInterest"],
            row=number_of_row,
            file=file_name,
        )
        if before is not None:
            last = (before.symbol, before.trading_day) != (row.symbol, row.trading_day)
            yield before if last else msgspec.structs.replace(before, final=False)
        before = row
    if before is not None:
        yield before


@contextmanager
def _text(file: Path) -> Iterator[TextIO]:
    try:
        zipped = file.suffix == ".gz"
        with (
            cast("TextIO", gzip.open(file, "rt", encoding="utf-8-sig"))
            if zipped
            else file.open(encoding="utf-8-sig", newline="")
        ) as stream:
            yield stream
    except (UnicodeDecodeError, csv.Error, EOFError, zlib.error, OSError) as error:
        said = f"{file} 读不下去：不是 UTF-8 编码的 CSV，或者文件已损坏（{system_said(error)}）"
        raise UserError(f"{said}，请核对文件。") from error


def _header(file: Path) -> Sequence[str]:
    with _text(file) as stream:
        return csv.DictReader(stream).fieldnames or ()


def _cells(file: Path, needed: frozenset[str]) -> Iterator[tuple[int, dict[str, str]]]:
    with _text(file) as stream:
        rows = csv.DictReader(stream, restval="")  # a row that was cut has empty cells, and is refused for them
        lacking = sorted(needed.difference(rows.fieldnames or ()))
        if lacking:
            raise UserError(f"{file} 缺列 {'、'.join(lacking)}，请核对它是不是这种录制。")
        for cells in rows:
            yield rows.line_num, cells


class _Contracts(dict[tuple[str, str], Instrument | Combination | None]):
    def __init__(self, reference: Reference) -> None:
        super().__init__()
        self._reference = reference

    def __missing__(self, key: tuple[str, str]) -> Instrument | Combination | None:
        symbol, day = key[0], int(number(key[1]) or 0)
        try:
            found = self._found(symbol, day)
        except UserError:
            found = None
        self[key] = found
        return found

    def _found(self, symbol: str, day: int) -> Instrument | Combination:
        if "&" in symbol:
            return find_combination(self._reference, symbol, day)
        if "." in symbol:
            return self._reference.instrument(InstrumentId(symbol), day)
        return self._reference.find(symbol, day)


def _judge(row: Figures, contract: Instrument | Combination | None, owner: int) -> Reject | list[Remark]:
    if contract is None:
        return Reject.UNKNOWN_CONTRACT
    if _number(row.trading_day) != owner:
        return Reject.NOT_ITS_TRADING_DAY
    if contract.expiry is not None and owner > contract.expiry:
        return Reject.AFTER_LAST_DAY
    return _combination(row, contract) if isinstance(contract, Combination) else _contract(row, contract)


def _combination(row: Figures, pair: Combination) -> Reject | list[Remark]:
    upper, lower, settlement = (_number(text) for text in (row.upper, row.lower, row.settlement))
    found = [Remark.COMBINATION]
    if upper is None and lower is None:
        found.append(Remark.LIMITS_NOT_STATED)
    elif upper is None or lower is None:
        return Reject.LIMITS_MISSING
    elif lower >= upper:
        return Reject.LIMITS_CROSSED
    elif upper % pair.tick or lower % pair.tick:
        return Reject.LIMIT_OFF_TICK
    if settlement is not None and settlement % pair.tick:
        return Reject.SETTLEMENT_OFF_TICK
    return _open_interest(row) or found


def _contract(row: Figures, instrument: Instrument) -> Reject | list[Remark]:
    upper, lower = _price(row.upper), _price(row.lower)
    if upper is None or lower is None:
        return Reject.LIMITS_MISSING
    return (
        _limits(instrument, upper, lower)
        or _settlement(row, instrument, upper, lower)
        or _open_interest(row)
        or _remarks(instrument, upper, lower, _price(row.pre_settlement))
    )


@lru_cache(maxsize=4096)  # a recording writes few distinct texts many times
def _number(text: str) -> Decimal | None:
    return number(text)


def _price(text: str) -> Decimal | None:
    value = _number(text)
    return value if value is not None and value > 0 else None


def _limits(instrument: Instrument, upper: Decimal, lower: Decimal) -> Reject | None:
    if lower >= upper:
        return Reject.LIMITS_CROSSED
    return None if instrument.on_grid(upper) and instrument.on_grid(lower) else Reject.LIMIT_OFF_TICK


def _settlement(row: Figures, instrument: Instrument, upper: Decimal, lower: Decimal) -> Reject | None:
    settlement = _price(row.settlement)
    if settlement is None:
        return Reject.SETTLEMENT_MISSING if row.final else None
    if not instrument.on_grid(settlement):
        return Reject.SETTLEMENT_OFF_TICK
    return None if lower <= settlement <= upper else Reject.SETTLEMENT_OUTSIDE_LIMITS


def _open_interest(row: Figures) -> Reject | None:
    lots = _number(row.open_interest)
    return None if lots is not None and lots >= 0 and not lots % 1 else Reject.OPEN_INTEREST_WRONG


def _remarks(instrument: Instrument, upper: Decimal, lower: Decimal, before: Decimal | None) -> list[Remark]:
    found = []
    if instrument.price_limit is None or before is None:
        found.append(Remark.BAND_NOT_KNOWN)
    else:
        width = before * instrument.price_limit
        # The exchange moves a limit inside the band onto the tick, so it lies less than one tick from the band's edge.
        if abs(upper - before - width) >= instrument.tick or abs(before - lower - width) >= instrument.tick:
            found.append(Remark.BAND_OF_ITS_OWN)
    if instrument.margin_rate is None:
        found.append(Remark.MARGIN_NOT_KNOWN)
    if not fees_known(instrument):
        found.append(Remark.FEES_NOT_KNOWN)
    return found
