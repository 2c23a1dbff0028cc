"""Read the spreads, bases and alarms of a plan."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.products.instrument import Kind
from terminal.domain.words.risk import Level
from terminal.engine.alert.alarms import BasisAlarm
from terminal.engine.prices.samples import SCALE
from terminal.shell.opening import NamedSpread
from terminal.shell.plans import tables as t
from terminal.shell.plans.formulas import with_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.listing import PlanListing
    from terminal.shell.plans.text import PlanText

_Leg = tuple["InstrumentId", Decimal, int]


def read_spreads(text: PlanText, listing: PlanListing) -> tuple[NamedSpread, ...]:
    """Return the plan's `[[spread]]` and `[[basis]]`; the latter are spot minus future."""
    found: dict[str, NamedSpread] = {}
    for path, raw in text.entries("spread"):
        row = text.convert(with_rows(text, listing, raw, path), t.SpreadTable, path)
        _check_legs(text, listing, row.legs, path)
        _add(text, found, NamedSpread(name=row.name, legs=row.legs), path)
    for path, raw in text.entries("basis"):
        basis = text.convert(raw, t.BasisTable, path)
        if listing.check(basis.spot, (*path, "spot")).kind is not Kind.SPOT:
            raise text.wrong((*path, "spot"), f"{basis.spot} 不是现货，现货写作 SPOT.品种.地点。")
        if listing.check(basis.future, (*path, "future")).kind is not Kind.FUTURE:
            raise text.wrong((*path, "future"), f"{basis.future} 不是期货合约。")
        legs: tuple[_Leg, ...] = ((basis.spot, Decimal(1), 1), (basis.future, Decimal(-1), -1))
        _add(text, found, NamedSpread(name=basis.name, legs=legs), path)
    return tuple(found.values())


def read_alarms(
    text: PlanText, spreads: tuple[NamedSpread, ...], accounts: Collection[AccountId]
) -> tuple[BasisAlarm, ...]:
    """Return the plan's `[[alarm]]` over its spreads and bases."""
    known = {spread.name: spread for spread in spreads}
    found = []
    for path, raw in text.entries("alarm"):
        row = text.convert(raw, t.AlarmTable, path)
        if row.account not in accounts:
            raise text.wrong((*path, "account"), f"没有账户 {row.account}，请先写 [[account]]。")
        if row.spread not in known:
            raise text.wrong((*path, "spread"), f"没有名为 {row.spread} 的价差或基差，请先写 [[spread]] 或 [[basis]]。")
        legs = [name for name, _, _ in known[row.spread].legs]
        instrument = legs[0] if row.instrument is None else row.instrument
        if instrument not in legs:
            raise text.wrong((*path, "instrument"), f"{instrument} 不是 {row.spread} 的一腿。")
        _check_band(text, row, path)
        found.append(
            BasisAlarm(
                account=row.account,
                spread=row.spread,
                instrument=instrument,
                low=row.low,
                high=row.high,
                band=row.band,
                level=Level[row.level],
                cooldown_seconds=row.cooldown_seconds,
            )
        )
    return tuple(found)


def _add(text: PlanText, found: dict[str, NamedSpread], spread: NamedSpread, path: Path) -> None:
    if not spread.name:
        raise text.wrong((*path, "name"), "价差的名称不能为空。")
    if spread.name in found:
        raise text.wrong((*path, "name"), f"价差 {spread.name} 写了两次，请换一个名称。")
    found[spread.name] = spread


def _check_legs(text: PlanText, listing: PlanListing, legs: tuple[_Leg, ...], path: Path) -> None:
    if len(legs) < 2:
        raise text.wrong((*path, "legs"), "价差至少要有两腿。")
    if len({name for name, _, _ in legs}) != len(legs):
        raise text.wrong((*path, "legs"), "价差的各腿合约不能相同。")
    for place, (name, coefficient, lots) in enumerate(legs):
        where = (*path, "legs", place)
        instrument = listing.check(name, (*where, 0))
        if not coefficient or not lots:
            raise text.wrong(where, f"{name} 的价格系数与手数都不能为零。")
        if coefficient * instrument.tick * SCALE % 1:
            raise text.wrong(where, f"{name} 的价格系数 {coefficient} 太细，价差精确到百万分之一元。")


def _check_band(text: PlanText, row: t.AlarmTable, path: Path) -> None:
    if row.low is None and row.high is None:
        raise text.wrong(path, f"{row.spread} 的预警至少要有 low 或 high。")
    if row.low is not None and row.high is not None and row.low >= row.high:
        raise text.wrong((*path, "low"), f"预警下限 {row.low} 应低于上限 {row.high}。")
    if row.band < 0 or row.cooldown_seconds < 0:
        raise text.wrong(path, "预警的回差与冷却秒数不能为负。")
