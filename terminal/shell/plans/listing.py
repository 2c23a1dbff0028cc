"""List instruments as the plan says they are, over the reference.

A plan may correct single terms (a broker's fees and margin, an expiry), describe an instrument that the reference
does not know, and say what an exchange said about a trading day where a recording does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from terminal.domain.days.calendar import to_date
from terminal.domain.errors import UserError
from terminal.domain.ids import ExchangeId, InstrumentId, ProductId
from terminal.domain.market import DayFacts
from terminal.domain.products.expiry import parse_last_day_rule
from terminal.domain.products.instrument import Instrument, Kind, Reference, unknown
from terminal.domain.products.option import OptionTerms
from terminal.domain.products.option_table import minutes
from terminal.domain.products.product import Fee, FeeClass, Fees, fault_of_unit
from terminal.shell.plans.tables import DayTable, InstrumentTable
from terminal.shell.plans.tariff_tables import FeesTable, FeeTable

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.text import PlanText

_DAY_KEYS: Final = ("trading_day", "pre_settlement", "upper_limit", "lower_limit", "settlement")
_PRICES: Final = _DAY_KEYS[1:]
_NEW: Final = ("multiplier", "tick", "quote_unit", "lot_unit", "fee_class", "explicit_close_today", "larger_side")
"""What a plan must say about an instrument that the reference does not know."""

_POSITIVE: Final = (
    "multiplier",
    "tick",
    "tonnes_per_lot",
    "min_lots",
    "max_lots",
    "max_market_lots",
    "margin_by_lot",
)
_FEES: Final = ("fees", "hedge_fees", "arbitrage_fees")
_FRACTIONS: Final = ("margin_rate", "hedge_margin_rate", "broker_margin_add", "price_limit", "vat_rate")


class _Entry:
    """Hold one `[[instrument]]`: its own terms, what it says about days, and where it stands."""

    def __init__(self, table: InstrumentTable, path: Path) -> None:
        self.path = path
        self.table = table
        # What its exchange lists a contract with is no term of its own: the table of combinations says it.
        fields = {name: getattr(table, name) for name in Instrument.__struct_fields__ if name != "combinations"}
        self.terms: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
        self.fees: dict[str, FeesTable] = {name: self.terms.pop(name) for name in _FEES if name in self.terms}
        if table.option is not None:
            until = table.option.requests_until
            said = msgspec.structs.asdict(table.option) | {"requests_until": None if until is None else minutes(until)}
            self.terms["option"] = OptionTerms(**said)
        if "last_day" in self.terms:
            self.terms["last_day"] = parse_last_day_rule(self.terms["last_day"])
        self.days: dict[int | None, tuple[Path, DayTable]] = {}


class PlanListing:
    """Resolve instruments with the plan's additions."""

    def __init__(self, text: PlanText, reference: Reference) -> None:
        self._text = text
        self._reference = reference
        self._entries: dict[InstrumentId, _Entry] = {}
        self._known: dict[tuple[InstrumentId, int], Instrument] = {}
        for path, raw in text.entries("instrument"):
            table = text.convert(raw, InstrumentTable, path)
            if table.id in self._entries:
                raise text.wrong((*path, "id"), f"合约 {table.id} 写了两次，请合并成一张表。")
            self._entries[table.id] = self._entry(table, path)

    # --- asked by the runner ----------------------------------------------------------------------------------------

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        """Return an instrument as it is on a day, with the plan's overrides; unknown ones are a `UserError`."""
        entry = self._entries.get(instrument)
        if entry is None:
            return self._reference.instrument(instrument, on)
        key = (instrument, on)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._resolve(entry, on)
        return found

    def find(self, symbol: str, on: int) -> Instrument:
        """Return the instrument that a recording without exchange calls `AP010`: the plan's own names come first."""
        for name in self._entries:
            if name.partition(".")[2] == symbol:
                return self.instrument(name, on)
        return self.instrument(self._reference.find(symbol, on).id, on)

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        """Return what the plan states about an instrument's trading day where the recording does not say it."""
        entry = self._entries.get(instrument)
        found = None if entry is None else entry.days.get(on) or entry.days.get(None)
        if found is None:
            return None
        path, day = found
        terms = self.instrument(instrument, on)
        ticks = {name: self._ticks(terms, getattr(day, name), (*path, name)) for name in _PRICES}
        return DayFacts(instrument=instrument, trading_day=on, **ticks)

    def latest(self, name: str) -> Instrument:
        """Return an instrument by its full name or its symbol alone, as it is on the last day known."""
        on = self._reference.calendar.last
        return self.instrument(InstrumentId(name), on) if "." in name else self.find(name, on)

    # --- asked while the plan is read -------------------------------------------------------------------------------

    def check(self, instrument: InstrumentId, path: Path) -> Instrument:
        """Return an instrument named in the plan as it is on the last day known; an unknown one is a `UserError`."""
        try:
            found = self.instrument(instrument, self._reference.calendar.last)
        except UserError as problem:
            raise self._text.wrong(path, problem.message) from None
        if found.id != instrument:
            raise self._text.wrong(path, f"合约 {instrument} 请写成 {found.id}。")
        return found

    # --- reading ----------------------------------------------------------------------------------------------------

    def _entry(self, table: InstrumentTable, path: Path) -> _Entry:
        text = self._text
        for name in _POSITIVE:
            value = getattr(table, name)
            if value is not None and value <= 0:
                raise text.wrong((*path, name), f"{table.id} 的 {name} 应为正数，现为 {value}。")
        for name in _FRACTIONS:
            value = getattr(table, name)
            if value is not None and not 0 <= value < 1:
                raise text.wrong((*path, name), f"{table.id} 的 {name} 应为 0 到 1 之间的小数，现为 {value}。")
        fault = "" if table.quote_unit is None else fault_of_unit(table.quote_unit)
        if fault:
            raise text.wrong((*path, "quote_unit"), f"{table.id} 的 quote_unit {fault}。")
        self._check_fees(table, path)
        self._check_hour(table, path)
        if table.position_limit is not None and table.position_limit.lots <= 0:
            raise text.wrong((*path, "position_limit", "lots"), f"{table.id} 的持仓限额应为正整数手。")
        for name in ("session", "last_day_session"):
            value = getattr(table, name)
            if value is not None and value not in self._reference.calendar.sessions:
                words = "、".join(self._reference.calendar.sessions)
                raise text.wrong((*path, name), f"没有交易时段模板 {value}，可用：{words}。")
        if (table.kind is Kind.OPTION) is not (table.option is not None):
            raise text.wrong((*path, "kind"), f"{table.id} 的 kind 与 option 不相符：期权两样都写，其余都不写。")
        if table.expiry is not None:
            self._check_day(table.expiry, (*path, "expiry"))
        try:
            entry = _Entry(table, path)
        except ValueError as problem:
            raise text.wrong((*path, "last_day"), f"last_day {problem}。") from None
        self._add_days(entry, table, path)
        self._check_known(entry)
        return entry

    def _check_hour(self, table: InstrumentTable, path: Path) -> None:
        until = None if table.option is None else table.option.requests_until
        try:
            _ = None if until is None else minutes(until)
        except ValueError as problem:
            raise self._text.wrong((*path, "option", "requests_until"), f"requests_until 的{problem}。") from None

    def _check_fees(self, table: InstrumentTable, path: Path) -> None:
        for key in _FEES:
            fees: FeesTable | None = getattr(table, key)
            for name in FeesTable.__struct_fields__ if fees is not None else ():
                fee: FeeTable | None = getattr(fees, name)
                if fee is not None and (fee.by_lot < 0 or not 0 <= fee.by_value < 1):
                    raise self._text.wrong(
                        (*path, key, name), f"{table.id} 的手续费 {name} 不能为负，按金额的费率应小于 1。"
                    )

    def _add_days(self, entry: _Entry, table: InstrumentTable, path: Path) -> None:
        flat = DayTable(**{name: getattr(table, name) for name in _DAY_KEYS})
        days = [((*path, "day", place), day) for place, day in enumerate(table.day)]
        if any(getattr(flat, name) is not None for name in _PRICES):
            days.append((path, flat))
        elif flat.trading_day is not None:
            raise self._text.wrong((*path, "trading_day"), "trading_day 要与昨结算或涨跌停价一起写。")
        for where, day in days:
            if day.trading_day is not None:
                self._check_day(day.trading_day, (*where, "trading_day"))
            if day.trading_day in entry.days:
                raise self._text.wrong(where, f"{table.id} 同一交易日写了两次，请合并。")
            upper, lower = day.upper_limit, day.lower_limit
            if upper is not None and lower is not None and upper <= lower:
                raise self._text.wrong((*where, "upper_limit"), f"{table.id} 涨停价 {upper} 应高于跌停价 {lower}。")
            entry.days[day.trading_day] = (where, day)

    def _check_day(self, day: int, path: Path) -> None:
        try:
            to_date(day)
            trading = self._reference.calendar.is_trading_day(day)
        except (ValueError, OverflowError):
            raise self._text.wrong(path, f"{day} 不是日期，应写成 20200821。") from None
        except UserError as problem:
            raise self._text.wrong(path, problem.message) from None
        if not trading:
            raise self._text.wrong(path, f"{day} 不是交易日。")

    def _check_known(self, entry: _Entry) -> None:
        name, last = entry.table.id, self._reference.calendar.last
        base: Instrument | None
        try:
            base = self._reference.instrument(name, last)
        except UserError as problem:
            missing = [key for key in _NEW if key not in entry.terms]
            if missing:
                sentence = f"{problem.message}还缺：{'、'.join(missing)}。"
                raise self._text.wrong((*entry.path, "id"), sentence) from None
            base = None
        if base is not None and base.id != name:
            raise self._text.wrong((*entry.path, "id"), f"合约 {name} 请写成 {base.id}。")
        said = [entry.terms.get(key, getattr(base, key, None)) for key in ("fee_class", "explicit_close_today")]
        if said == [FeeClass.EXPLICIT, False]:
            key = "fee_class" if "fee_class" in entry.terms else "explicit_close_today"
            raise self._text.wrong(
                (*entry.path, key),
                f"{name} 的 fee_class 是 EXPLICIT，explicit_close_today 却是 false：没有平今指令，平今费永远收不到；"
                "请把后者改为 true，或把 fee_class 写作 TODAY_FIRST。",
            )

    # --- resolving --------------------------------------------------------------------------------------------------

    def _resolve(self, entry: _Entry, on: int) -> Instrument:
        try:
            base = self._reference.instrument(entry.table.id, on)
        except UserError:
            if any(key not in entry.terms for key in _NEW):
                raise
            base = _new(entry)
        fees = {name: _fees(table, getattr(base, name) or Fees()) for name, table in entry.fees.items()}
        return msgspec.structs.replace(base, **{**entry.terms, **fees})

    def _ticks(self, instrument: Instrument, price: Decimal | None, path: Path) -> int | None:
        if price is None:
            return None
        try:
            return instrument.ticks(price)
        except UserError as problem:
            raise self._text.wrong(path, problem.message) from None


def _fees(said: FeesTable, known: Fees) -> Fees:
    return Fees(**{name: _fee(getattr(said, name), getattr(known, name)) for name in Fees.__struct_fields__})


def _fee(said: FeeTable | None, known: Fee | None) -> Fee | None:
    return known if said is None else Fee(by_value=said.by_value, by_lot=said.by_lot)


def _new(entry: _Entry) -> Instrument:
    name = entry.table.id
    exchange, dot, symbol = name.partition(".")
    if not (exchange and dot and symbol):
        raise unknown(name)
    code = symbol.rstrip("0123456789") or symbol
    derived: dict[str, Any] = {
        "kind": Kind.FUTURE,
        "name": symbol,
        "exchange": ExchangeId(exchange),
        "product": ProductId(f"{exchange}.{code}"),
        "code": code,
        "product_name": code,
    }
    return Instrument(**{**derived, **entry.terms})
