"""Read what a plan lets happen: spot quotes, strategies and commands, as one script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, assert_never

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.facts import Role
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    RollSettings,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.products.combination import contracts_of, is_combination, known_combination, why_unlisted
from terminal.domain.products.instrument import Kind
from terminal.domain.words.risk import Scope
from terminal.domain.words.settings import MOMENTS
from terminal.engine.prices.spot import LONGEST_SOURCE, wrong_price
from terminal.shell.plans import batch_tables as b
from terminal.shell.plans import stated_tables as s
from terminal.shell.plans import tables as t
from terminal.shell.plans.batches import read_group
from terminal.shell.plans.cuts import Cut
from terminal.shell.plans.fits import Fitting
from terminal.shell.plans.formulas import with_legs
from terminal.shell.plans.limits import read_limits
from terminal.shell.plans.lines import place_of
from terminal.shell.plans.main_name import refuse_main
from terminal.shell.plans.orders import terms_of
from terminal.shell.plans.own_code import with_code
from terminal.shell.plans.script import PlanScript, Scripted, Series, Unbidden
from terminal.shell.plans.spot_series import read_series
from terminal.shell.plans.spot_tables import ConfirmSpotTable
from terminal.shell.plans.steering import steered
from terminal.shell.plans.stock_series import StockSeries, stock_series
from terminal.shell.plans.times import When, read_time
from terminal.shell.plans.wishes import NewLimits, Wish
from terminal.strategies.roll.halves import far_name, halves_of
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.fact.facts import AccountOpened, DeviceEnrolled
    from terminal.domain.ids import AccountId, DeviceId, InstrumentId, PersonId, StrategyId
    from terminal.domain.products.instrument import Instrument
    from terminal.shell.opening import Person
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.listing import PlanListing
    from terminal.shell.plans.text import PlanText, Raw

KINDS: Final[dict[str, type[Any]]] = {
    "roll": RollSettings,
    "spread": SpreadSettings,
    "grid": GridSettings,
    "own": OwnSettings,
    "execution": ExecutionSettings,
    "target": TargetSettings,
}

_COUNTS: Final = frozenset(
    {"lots", "batch_lots", "lots_per_line", "lines", "total_lots", "sets", "max_sets", "naked_lots", "most_lots"}
)
"""Keys of strategies that count something: what is not positive is said with the line of the key."""

COMBINED: Final = (t.SubmitTable, t.EditTable, t.CancelTable, t.CancelAllTable)  # may name a combination


class Cast(NamedTuple):
    """Hold who and what the script may name."""

    seed: int
    accounts: tuple[AccountOpened, ...]
    persons: tuple[Person, ...]
    devices: tuple[DeviceEnrolled, ...]


class ReadScript(NamedTuple):
    """Hold the script, the times the link is cut, and the spot instruments that are quoted."""

    script: PlanScript
    cuts: tuple[Cut, ...]
    quoted: tuple[InstrumentId, ...]


def read_script(text: PlanText, cast: Cast, listing: PlanListing, calendar: Calendar) -> ReadScript:
    """Return everything of a plan that happens at a time: spot quotes, strategies, groups, then commands."""
    reader = _Reader(text, cast, listing, calendar)
    for path, raw in text.entries("spot"):
        reader.spot(text.convert(raw, s.SpotTable, path), path)
    for path, raw in text.entries("spot_series"):
        reader.spot_series(text.convert(raw, s.SpotSeriesTable, path), path)
    for path, raw in text.entries("stock"):
        reader.stock(text.convert(raw, s.StockTable, path), path)
    for path, raw in text.entries("strategy"):
        reader.strategy(raw, path)
    for path, raw in text.entries("group"):
        reader.group(text.convert(raw, b.GroupTable, path), path)
    for path, raw in text.entries("command"):
        reader.command(text.convert(raw, b.AnyCommand, path), raw, path)  # type: ignore[arg-type]  # a union is a form
    script = PlanScript(cast.seed, reader.script, reader.series, reader.stocks, reader.unbidden)
    return ReadScript(script, tuple(reader.cuts), tuple(reader.quoted))


class _Reader:
    def __init__(self, text: PlanText, cast: Cast, listing: PlanListing, calendar: Calendar) -> None:
        self.script: list[Scripted] = []
        self.series: list[Series] = []
        self.stocks: list[StockSeries] = []
        self.cuts: list[Cut] = []
        self.quoted: list[InstrumentId] = []
        self._text = text
        self._cast = cast
        self._listing = listing
        self._calendar = calendar
        self._accounts = {account.account for account in cast.accounts}
        self._strategies: dict[StrategyId, StrategySettings] = {}
        self._groups: set[str] = set()
        self._waiting: list[Unbidden] = []  # for a command

    @property
    def unbidden(self) -> list[Unbidden]:
        """Return the strategies that nothing in the plan starts."""
        started = {entry.wish.strategy for entry in self.script if isinstance(entry.wish, c.StartStrategy)}
        return [one for one in self._waiting if one.strategy not in started]

    # --- the kinds of table -----------------------------------------------------------------------------------

    def spot(self, row: s.SpotTable, path: Path) -> None:
        """Take a `[[spot]]`."""
        person = row.by if row.by is not None else self._first_person(path)
        body = self._quote(row.instrument, row.price, row.source, path)
        self._add(f"Q{path[-1]}", row.at, person, row.device, body, path)

    def spot_series(self, row: s.SpotSeriesTable, path: Path) -> None:
        """Take a `[[spot_series]]`."""
        person = row.by if row.by is not None else self._first_person(path)
        device = self._device(person, row.device, path)
        spot = self._spot(row.instrument, row.source, path)
        quotes = read_series(
            self._text.beside(row.file, (*path, "file")),
            file=f"现货文件 {row.file}",
            spot=spot,
            source=row.source,
            calendar=self._calendar,
        )
        entries = [
            Scripted(name=f"F{path[-1]}-{line}", when=when, person=person, device=device, wish=body)
            for line, when, body in quotes
        ]
        self.series.append(Series(tuple(entries), self._holds_from))

    def stock(self, row: s.StockTable, path: Path) -> None:
        """Take a `[[stock]]`."""
        person = row.by if row.by is not None else self._first_person(path)
        found = stock_series(
            self._text.beside(row.file, (*path, "file")),
            file=f"库存文件 {row.file}",
            series=row.series,
            source=row.source,
            calendar=self._calendar,
            who=(person, self._device(person, row.device, path)),
            name=f"K{path[-1]}",
        )
        self.stocks.append(found)

    def strategy(self, raw: Raw, path: Path) -> None:
        """Take a `[[strategy]]`."""
        text = self._text
        keys = t.StrategyHead.__struct_fields__
        head = text.convert({key: raw[key] for key in keys if key in raw}, t.StrategyHead, path)
        if head.kind not in KINDS:
            raise text.wrong((*path, "kind"), f"没有策略种类 {head.kind}，可用：{'、'.join(KINDS)}。")
        refuse_main(text, raw, path)
        raw = self._written(KINDS[head.kind], raw, path)
        window = self._window(raw, path) if KINDS[head.kind] is ExecutionSettings else {}
        raw = {**raw, **dict.fromkeys(window, 0)}
        settings: StrategySettings = text.convert(
            {key: value for key, value in raw.items() if key not in keys}, KINDS[head.kind], path
        )
        settings = msgspec.structs.replace(settings, **window)
        text.check_name(head.id, (*path, "id"))
        if head.id in self._strategies:
            raise text.wrong((*path, "id"), f"策略 {head.id} 写了两次，请换一个编号。")
        self._known_account(settings.account, path)
        if isinstance(settings, RollSettings):
            self._between(head.id, settings, path)
        for key in _COUNTS & raw.keys():
            if raw[key] < 1:
                raise text.wrong((*path, key), f"策略 {head.id} 的 {key} 应为正整数，现为 {raw[key]}。")
        kind = strategy_of(settings)
        wrong = kind.check(settings)
        if wrong:
            raise text.wrong(path, f"策略 {head.id}：{wrong}")
        for name in kind.instruments(settings):
            self._listing.check(name, place_of(name, raw, path))
        Fitting(text, self._listing, self._calendar).check(head.id, settings, path)
        self._enter(head.id, settings)
        if head.at.strip() == t.MANUAL:
            self._waiting.append(Unbidden(settings.account, head.id))
            return
        person = head.by if head.by is not None else self._trader(settings, path)
        body = c.StartStrategy(account=settings.account, strategy=head.id, settings=settings)
        self._add(f"S{path[-1]}", head.at, person, head.device, body, path)

    def _written(self, kind: type[Any], raw: Raw, path: Path) -> Raw:
        # As its settings are: a plan may say some of them in other words.
        if kind is OwnSettings:
            return with_code(self._text, raw, path)
        if kind is GridSettings and "shifted" in raw:
            raise self._text.wrong((*path, "shifted"), "shifted 由移仓与跟随填写，请从方案里删去。")
        if kind is not SpreadSettings:
            return raw
        raw = with_legs(self._text, self._listing, raw, path)
        if "conversion" in raw:
            raw = {"sell_at": 0, **raw}  # it is never sold
        grid = raw.get("grid")
        if isinstance(grid, dict) and isinstance(grid.get("lines"), int) and isinstance(raw.get("sets", 1), int):
            raw = {"max_sets": grid["lines"] * raw.get("sets", 1), **raw}  # what all lines hold
        return raw

    def _enter(self, name: StrategyId, settings: StrategySettings) -> None:
        self._strategies[name] = settings
        if isinstance(settings, RollSettings) and settings.far_account is not None:
            self._strategies[far_name(name)] = halves_of(settings)[1]  # a command may pause it or stop it

    def _between(self, name: StrategyId, settings: RollSettings, path: Path) -> None:
        if settings.half is not None:
            raise self._text.wrong((*path, "half"), f"策略 {name}：half 由运行器填，请写 far_account。")
        if settings.far_account is not None and settings.far_account not in self._accounts:
            raise self._text.wrong((*path, "far_account"), f"没有账户 {settings.far_account}，请先写 [[account]]。")

    def _window(self, raw: Raw, path: Path) -> dict[str, int]:
        # A window is written as Shanghai time, with or without quotes.
        found = {}
        for key in MOMENTS & raw.keys():
            when = read_time(self._text, self._calendar, str(raw[key]), (*path, key))
            if when.relative:
                raise self._text.wrong((*path, key), f"{key} 应写成上海时间，不能写开盘后秒数。")
            found[key] = when.ns
        return found

    def group(self, row: b.GroupTable, path: Path) -> None:
        """Take a `[[group]]`."""
        wish = read_group(self._text, row, self._accounts, path)
        self._groups.add(row.name)
        self._add(f"G{path[-1]}", row.at, row.by, row.device, wish, path)

    def command(self, row: b.AnyCommand, raw: Raw, path: Path) -> None:
        """Take a `[[command]]`."""
        if isinstance(row, t.CutTable):
            if row.seconds < 1:
                raise self._text.wrong((*path, "seconds"), f"断线秒数应为正整数，现为 {row.seconds}。")
            self.cuts.append(Cut(when=self._when(row.at, path), seconds=row.seconds))
            return
        self._add(f"C{path[-1]}", row.at, row.by, row.device, self._wish(row, raw, path), path)

    # --- commands ---------------------------------------------------------------------------------------------------

    def _wish(self, row: b.AnyPersonCommand, raw: Raw, path: Path) -> Wish:
        account = getattr(row, "account", None)
        if account is not None:
            self._known_account(account, path)
        instrument = getattr(row, "instrument", None)
        if instrument is not None:
            self._known_contract(row, instrument, (*path, "instrument"))
        match row:
            case t.SubmitTable() | t.EditTable():
                return self._order(row, path)
            case t.CancelTable() | t.ApproveTable() | t.RejectTable() | t.WithdrawTable():
                return row
            case t.CancelAllTable():
                return c.CancelAll(account=row.account, instrument=row.instrument)
            case t.StartTable() | t.PauseTable() | t.ResumeTable() | t.StopTable() | ConfirmSpotTable():
                return steered(row, self._known_strategy(row.strategy, path))
            case t.LimitsTable():
                values = read_limits(self._text, self._listing, row.limits, (*path, "limits"))
                names = tuple(raw["limits"])
                return NewLimits(account=row.account, base_version=row.base_version, values=values, names=names)
            case t.KillTable() | t.ReleaseTable():
                return self._scope(row, path)
            case t.CashTable():
                return c.MoveCash(account=row.account, amount=row.amount, reason=row.reason)
            case b.BatchTable() | b.CancelBatchTable():
                return self._batch(row, path)
            case t.QuoteTable():
                return self._quote(row.instrument, row.price, row.source, path)
            case _:
                assert_never(row)

    def _known_contract(self, row: object, instrument: InstrumentId, path: Path) -> None:
        if not (is_combination(instrument) and isinstance(row, COMBINED)):
            self._listing.check(instrument, path)
            return
        legs = {leg: self._listing.check(leg, path) for leg in contracts_of(instrument)}
        if known_combination(legs, instrument) is None:
            raise self._text.wrong(path, why_unlisted(legs, instrument))

    def _order(self, row: t.SubmitTable | t.EditTable, path: Path) -> Wish:
        if row.lots < 1:
            raise self._text.wrong((*path, "lots"), f"手数应为正整数，现为 {row.lots}。")
        if isinstance(row, t.EditTable):
            return row
        return c.SubmitOrder(terms=terms_of(row), reason=row.reason)

    def _batch(self, row: b.BatchTable | b.CancelBatchTable, path: Path) -> Wish:
        if row.group is not None and row.group not in self._groups:
            raise self._text.wrong((*path, "group"), f"没有账户组 {row.group}，请先写 [[group]]。")
        if isinstance(row, b.BatchTable) and row.lots < 1:
            raise self._text.wrong((*path, "lots"), f"手数应为正整数，现为 {row.lots}。")
        return row

    def _scope(self, row: t.KillTable | t.ReleaseTable, path: Path) -> Wish:
        if row.strategy is not None:
            self._known_strategy(row.strategy, path)
            if row.instrument is not None:
                raise self._text.wrong(
                    (*path, "instrument"), "范围只写 strategy 或 instrument 之一，都不写是整个账户。"
                )
        scope = Scope(strategy=row.strategy, instrument=row.instrument)
        if isinstance(row, t.KillTable):
            return c.Kill(account=row.account, scope=scope, reason=row.reason)
        return c.Release(account=row.account, scope=scope, reason=row.reason)

    def _quote(self, instrument: InstrumentId, price: Decimal, source: str, path: Path) -> c.QuoteSpot:
        wrong = wrong_price(self._spot(instrument, source, path), price)
        if wrong:
            raise self._text.wrong((*path, "price"), f"{instrument} {wrong}，请改价。")
        return c.QuoteSpot(instrument=instrument, price=price, source=source)

    def _spot(self, instrument: InstrumentId, source: str, path: Path) -> Instrument:
        known = self._listing.check(instrument, (*path, "instrument"))
        if known.kind is not Kind.SPOT:
            raise self._text.wrong((*path, "instrument"), f"{instrument} 不是现货，现货写作 SPOT.品种.地点。")
        if not source.strip():
            raise self._text.wrong((*path, "source"), "现货报价要写明来源；自己编的请写「示例」。")
        if len(source) > LONGEST_SOURCE:
            raise self._text.wrong((*path, "source"), f"现货报价的来源最多 {LONGEST_SOURCE} 个字，请写短些。")
        self.quoted.append(instrument)
        return known

    # --- who, when --------------------------------------------------------------------------------------------------

    def _add(self, name: str, at: str, person: PersonId, device: DeviceId | None, wish: Wish, path: Path) -> None:
        used = self._device(person, device, path)
        self.script.append(Scripted(name=name, when=self._when(at, path), person=person, device=used, wish=wish))

    def _device(self, person: PersonId, device: DeviceId | None, path: Path) -> DeviceId:
        if all(known.person != person for known in self._cast.persons):
            raise self._text.wrong((*path, "by"), f"没有人员 {person}，请先写 [[person]]。")
        owned = [known.device for known in self._cast.devices if known.person == person]
        if device is not None and all(known.device != device for known in self._cast.devices):
            raise self._text.wrong((*path, "device"), f"没有设备 {device}，请先写 [[device]]。")
        return owned[0] if device is None else device

    def _holds_from(self, at: int) -> int:
        # As the engine has it (`Look.spot_since`): the beginning of the trading day before.
        return self._calendar.begins_at(self._calendar.previous_day(self._calendar.trading_day(at)))

    def _when(self, at: str, path: Path) -> When:
        return read_time(self._text, self._calendar, at, (*path, "at"))

    def _first_person(self, path: Path) -> PersonId:
        if not self._cast.persons:
            raise self._text.wrong(path, "没有人员，请先写 [[person]]。")
        return self._cast.persons[0].person

    def _trader(self, settings: StrategySettings, path: Path) -> PersonId:
        far = settings.far_account if isinstance(settings, RollSettings) else None
        wanted = (settings.account,) if far is None else (settings.account, far)
        for person in self._cast.persons:
            if all(Role.TRADER in person.roles.get(one, ()) for one in wanted):
                return person.person
        named = "、".join(wanted)
        raise self._text.wrong(path, f"账户 {named} 没有 trader 角色的人员，请写 by 或在 [[person]] 中授予角色。")

    def _known_account(self, account: AccountId, path: Path) -> None:
        if account not in self._accounts:
            raise self._text.wrong((*path, "account"), f"没有账户 {account}，请先写 [[account]]。")

    def _known_strategy(self, strategy: StrategyId, path: Path) -> StrategySettings:
        if strategy not in self._strategies:
            raise self._text.wrong((*path, "strategy"), f"没有策略 {strategy}，请先写 [[strategy]]。")
        return self._strategies[strategy]
