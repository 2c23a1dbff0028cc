"""Make a market of bars: facts that were known when each bar was over, and what it says was traded.

The theory. A bar becomes one batch row at its end: the close as last price, the volume of the trading day so far, the
open interest. Bid and ask nobody recorded. For strategies and the risk gate, which must know what an order would meet,
they are reckoned: the close moved one tick against whoever comes, with a tenth of the bar's lots on each side, ten lots
where no volume is recorded, and no side where nothing traded. The row says that it is reckoned (`Valid.BAR`), and no
order ever trades on it (`gateways.sim.bars`).

A day's bar becomes two: its opening price when continuous trading begins, with the tenth of the day before for sides,
and the close when it ends. The first is what a strategy can act on; the whole range is what its orders then meet.

Which trading day a bar belongs to, and whether its product was open, the calendar says, by the bar's last instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.domain.days.sessions import Phase
from terminal.domain.errors import UserError
from terminal.domain.market import BAR_WIDTH, SIDE_TICKS, WIDTH, BarColumn, Column, DayFacts, Recording, Valid
from terminal.gateways.replay.bar_rows import BarIntake, Bars, Kind
from terminal.gateways.replay.cut import burst_ends, recording_name
from terminal.gateways.replay.exact import ABSENT, OFF_TICK
from terminal.gateways.replay.sift import Fate, interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.products.instrument import Instrument

    Table = NDArray[np.int64]

SHARE: Final = 10  # one lot in so many of what a bar traded may be ours
UNKNOWN_LOTS: Final = 10  # lots a bar gives where no volume is recorded
NO_PRICE: Final = "no_price"

_PRICES: Final = slice(Bars.OPEN, Bars.CLOSE + 1)


def market_of_bars(intake: BarIntake, calendar: Calendar) -> Recording:
    """Return the market of all bars read; what cannot be is a `UserError` with file and row."""
    table = intake.table()
    ranks = {name: slot for slot, name in enumerate(sorted(track.instrument.id for track in intake.tracks))}
    new = np.array([ranks[track.instrument.id] for track in intake.tracks], dtype=np.int64)
    instruments = sorted((track.instrument for track in intake.tracks), key=lambda one: one.id)
    if len(table):
        table[:, Bars.SLOT] = new[table[:, Bars.SLOT]]
    parts, refused = [], dict[str, int]()
    for slot, instrument in enumerate(instruments):
        part = table[table[:, Bars.SLOT] == slot]
        part = part[np.argsort(part[:, Bars.BEGIN], kind="stable")]
        days, fates = _classify(part, instrument, calendar, intake)
        for reason, fate in fates.items():
            refused[reason] = refused.get(reason, 0) + int(np.count_nonzero(fate))
        kept = ~np.logical_or.reduce(list(fates.values()))
        part, days = part[kept], days[kept]
        _refuse_overlaps(part, intake)
        parts.append((part, days))
    refused = {reason: count for reason, count in refused.items() if count}
    if not any(len(part) for part, _ in parts):
        reasons = "、".join(f"{reason} {count}" for reason, count in refused.items()) or "无数据行"
        raise UserError(f"行情文件 {intake.files[0]} 等没有可用的行情（{reasons}），请换用其他文件。")
    return _assemble(parts, instruments, refused)


def _classify(
    part: Table, instrument: Instrument, calendar: Calendar, intake: BarIntake
) -> tuple[Table, dict[str, NDArray[np.bool_]]]:
    """Give a day's bars their instants, and return the trading day of each and why some are no quotes."""
    daily = part[:, Bars.KIND] == Kind.DAY
    days, closed = np.zeros(len(part), dtype=np.int64), np.zeros(len(part), dtype=np.bool_)
    until = 0
    for place, (begin, end) in enumerate(part[:, [Bars.BEGIN, Bars.END]].tolist()):
        try:
            if daily[place]:
                days[place] = begin
                part[place, [Bars.BEGIN, Bars.END]] = _opened(instrument, calendar, begin)
            elif end > until:
                days[place], closed[place], until = interval(instrument, calendar, end - 1)
            else:
                days[place], closed[place] = days[place - 1], closed[place - 1]
        except UserError as unknown:
            raise UserError(f"行情文件 {intake.where(int(part[place, Bars.SOURCE]))}：{unknown.message}") from None
    prices, stated = part[:, _PRICES], part[:, Bars.STATED_DAY]
    same = np.zeros(len(part), dtype=np.bool_)
    same[1:] = (part[1:, : Bars.SOURCE] == part[:-1, : Bars.SOURCE]).all(axis=1)
    fates = {
        NO_PRICE: (prices == ABSENT).any(axis=1),
        Fate.OFF_TICK.name.lower(): (prices == OFF_TICK).any(axis=1),
        Fate.TRADING_DAY.name.lower(): ~daily & (stated != 0) & (stated != days),
        Fate.OUTSIDE_SESSION.name.lower(): closed,
        Fate.DUPLICATE.name.lower(): same,
    }
    taken = np.zeros(len(part), dtype=np.bool_)
    for reason, fate in fates.items():
        fates[reason] = fate & ~taken
        taken |= fate
    return days, fates


def _opened(instrument: Instrument, calendar: Calendar, day: int) -> tuple[int, int]:
    template = instrument.session_on(day)
    if template is None:
        raise UserError(f"{instrument.id} 没有交易时段，日线用不上，请在方案里写上 session。")
    plan = [one for one in calendar.day_plan(template, day) if one.phase is Phase.CONTINUOUS]
    return plan[0].begins_at, plan[-1].ends_at


def _refuse_overlaps(part: Table, intake: BarIntake) -> None:
    places = np.flatnonzero(part[1:, Bars.BEGIN] < part[:-1, Bars.END])
    if len(places):
        first, second = (intake.where(int(part[place, Bars.SOURCE])) for place in (places[0], places[0] + 1))
        raise UserError(f"行情文件 {second}：这根 K 线与 {first} 的那根时间重叠，说法不同，请只留其中一份文件。")


def _assemble(parts: list[tuple[Table, Table]], instruments: list[Instrument], refused: dict[str, int]) -> Recording:
    told = [_rows(part, days) for part, days in parts]
    slots = np.concatenate([np.full(len(rows), slot) for slot, (rows, _) in enumerate(told)]).astype(np.int64)
    rows, bars = np.concatenate([rows for rows, _ in told]), np.concatenate([bars for _, bars in told])
    order = np.lexsort((slots, rows[:, Column.EXCHANGE_AT]))
    slots, rows, bars = slots[order], rows[order], bars[order]
    clock = rows[:, Column.EXCHANGE_AT]
    ends = burst_ends(clock, received=False)
    at = clock[ends - 1]
    days = np.concatenate([days for _, days in parts])
    counts = {
        name: int(np.count_nonzero(~(rows[:, Column.MASK] & bit).astype(np.bool_)))
        for name, bit in (("volume", int(Valid.VOLUME)), ("open_interest", int(Valid.OPEN_INTEREST)))
    }
    return Recording(
        name=recording_name(days),
        universe=tuple(instrument.id for instrument in instruments),
        slots=slots,
        rows=rows,
        ends=ends,
        at=at,
        day_facts=_settlements(parts, instruments, at),
        quarantined=refused,
        absent=counts,
        bars=bars,
    )


def _rows(part: Table, days: Table) -> tuple[Table, Table]:
    """Return the rows of one instrument's bars and what each says was traded."""
    lots, interest, close = part[:, Bars.LOTS], part[:, Bars.INTEREST], part[:, Bars.CLOSE]
    counted, ours = lots != ABSENT, np.where(lots == ABSENT, UNKNOWN_LOTS, lots // SHARE)
    bars = np.zeros((len(part), BAR_WIDTH), dtype=np.int64)
    bars[:, BarColumn.OPEN] = np.where(part[:, Bars.KIND] == Kind.CLOSE, _before(close), part[:, Bars.OPEN])
    bars[:, BarColumn.HIGH], bars[:, BarColumn.LOW] = part[:, Bars.HIGH], part[:, Bars.LOW]
    bars[:, BarColumn.LOTS], bars[:, BarColumn.BEGAN] = ours, part[:, Bars.BEGIN]
    volume = np.where(counted, _so_far(np.where(counted, lots, 0), days), ABSENT)
    rows = _quotes(close, ours, part[:, Bars.END], volume, interest)
    daily = np.flatnonzero(part[:, Bars.KIND] == Kind.DAY)
    if not len(daily):
        return rows, bars
    opened, none = part[daily, Bars.OPEN], np.zeros(len(daily), dtype=np.int64)
    shown = np.concatenate((none[:1], ours[:-1]))[daily]
    known = np.concatenate((none[:1] + ABSENT, interest[:-1]))[daily]
    opening = _quotes(opened, shown, part[daily, Bars.BEGIN], np.where(counted[daily], 0, ABSENT), known)
    nothing = np.stack((opened, opened, opened, none, part[daily, Bars.BEGIN]), axis=1)
    return np.concatenate((rows, opening)), np.concatenate((bars, nothing))


def _quotes(last: Table, shown: Table, at: Table, volume: Table, interest: Table) -> Table:
    rows = np.zeros((len(last), WIDTH), dtype=np.int64)
    rows[:, Column.LAST], rows[:, Column.EXCHANGE_AT] = last, at
    rows[:, Column.MASK] = int(Valid.LAST | Valid.BAR)
    bid = last - SIDE_TICKS
    for column, bit, values, there in (
        (Column.BID, Valid.BID, bid, (shown > 0) & (bid > 0)),
        (Column.ASK, Valid.ASK, last + SIDE_TICKS, shown > 0),
        (Column.VOLUME, Valid.VOLUME, volume, volume != ABSENT),
        (Column.OPEN_INTEREST, Valid.OPEN_INTEREST, interest, interest != ABSENT),
    ):
        rows[there, column] = values[there]
        rows[there, Column.MASK] |= int(bit)
    rows[:, Column.BID_LOTS] = np.where(rows[:, Column.BID] > 0, shown, 0)
    rows[:, Column.ASK_LOTS] = np.where(rows[:, Column.ASK] > 0, shown, 0)
    return rows


def _before(values: Table) -> Table:
    return np.concatenate((values[:1], values[:-1]))


def _so_far(lots: Table, days: Table) -> Table:
    """Return the running sum of each trading day."""
    total = np.cumsum(lots)
    heads = np.flatnonzero(np.diff(days, prepend=0))
    return total - np.repeat(total[heads] - lots[heads], np.diff([*heads.tolist(), len(days)]))


def _settlements(
    parts: list[tuple[Table, Table]], instruments: list[Instrument], at: Table
) -> tuple[tuple[int, DayFacts], ...]:
    found = []
    for (part, days), instrument in zip(parts, instruments, strict=True):
        said = np.flatnonzero((part[:, Bars.SETTLEMENT] != ABSENT) & (part[:, Bars.SETTLEMENT] != OFF_TICK))
        for place in said.tolist():
            batch = int(np.searchsorted(at, part[place, Bars.END]))
            price, day = int(part[place, Bars.SETTLEMENT]), int(days[place])
            found.append((batch, DayFacts(instrument=instrument.id, trading_day=day, settlement=price)))
    return tuple(sorted(found, key=lambda one: (one[0], one[1].instrument)))
