"""Read one line of a ledger into an event, and say in one sentence what is wrong with it.

A line is one JSON object; `do` says what happened. Everything is closed: a key nobody knows, a key
written twice, a number that is none are refused, since a ledger that is half understood gives books that are half
right. Numbers are taken as they are written, never over binary floating point.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

from terminal.domain.errors import UserError
from terminal.domain.ids import ExchangeId, InstrumentId, ProductId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.instrument import PRICE_CEILING, Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.domain.products.product import Fee, FeeClass, Fees
from terminal.domain.words.typed_text import is_name, shown

EXCHANGES: Final = ("SHFE", "INE", "DCE", "CZCE", "CFFEX", "GFEX")
TWO_BOOKS: Final = ("SHFE", "INE")
"""Exchanges that keep today's and older lots apart and have a word for closing today's (平今)."""

# What each kind of line may say; what is in `_MAY_LACK` may be left out.
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "instrument": (
        "symbol", "exchange", "product", "multiple", "tick", "margin_rate", "margin_per_lot", "fee", "fee_class",
        "larger_side", "option",
    ),
    "cash": ("amount",),
    "trade": ("symbol", "side", "offset", "lots", "price", "flag"),
    "mark": ("symbol", "price"),
    "settle": ("prices",),
    "exercise": ("symbol", "side", "lots", "flag", "fee_per_lot"),
    "expire": ("symbol", "price", "fee_per_lot"),
    "combine": ("first", "second", "side", "lots", "flag"),
}  # fmt: skip
FEE_KEYS: Final = ("open", "close", "close_today")
RATE_KEYS: Final = ("rate", "per_lot")
OPTION_KEYS: Final = ("underlying", "right", "strike", "style", "guarantee")
_MAY_LACK: Final = {
    "margin_rate",
    "margin_per_lot",
    "fee_class",
    "larger_side",
    "option",
    "guarantee",
    "flag",
    "fee_per_lot",
}
_SIDES: Final = {"LONG": Side.BUY, "SHORT": Side.SELL}

DIGITS: Final = 15  # before the point: above any sum of money
PLACES: Final = 12
MOST_LOTS: Final = 10**9
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")

_W = TypeVar("_W", bound=StrEnum)


class Listed(NamedTuple):
    """An instrument is known from here on."""

    instrument: Instrument


class CashMoved(NamedTuple):
    """Cash came in (positive) or went out, in yuan."""

    amount: Decimal


class Traded(NamedTuple):
    """An order filled."""

    symbol: str
    side: Side
    offset: Offset
    lots: int
    price: Decimal
    flag: HedgeFlag


class Marked(NamedTuple):
    """The latest price of an instrument is this."""

    symbol: str
    price: Decimal


class Settled(NamedTuple):
    """The trading day ended at these settlement prices."""

    prices: dict[str, Decimal]


class Exercised(NamedTuple):
    """Lots of an American option were exercised (long, BUY) or assigned (short, SELL); `fee` is yuan per lot."""

    symbol: str
    side: Side
    lots: int
    flag: HedgeFlag
    fee: Decimal


class Expired(NamedTuple):
    """Today is the instrument's last day: all its lots end, `price` is the settlement that decides how."""

    symbol: str
    price: Decimal
    fee: Decimal


class Combined(NamedTuple):
    """The exchange holds so many lots of two legs as one combination from here on; `side` is the first leg's."""

    first: str
    second: str
    side: Side
    lots: int  # 0: none any more
    flag: HedgeFlag


Event = Listed | CashMoved | Traded | Marked | Settled | Exercised | Expired | Combined


def read_line(text: str) -> tuple[str, Event]:
    """Return what a line does and its event; what cannot be read is a `UserError` that does not name the line."""
    row = _Row(_parsed(text), "")
    do = row.word_of("do", tuple(KEYS))
    row.refuse_others(("do", *KEYS[do]))
    match do:
        case "instrument":
            return do, Listed(_instrument(row))
        case "cash":
            amount = row.number("amount")
            if not amount:
                raise UserError("amount 为 0，没有出入金，请写金额或删去这一行。")
            return do, CashMoved(amount)
        case "trade":
            return do, Traded(
                row.name("symbol"),
                row.word("side", Side),
                row.word("offset", Offset),
                row.lots("lots"),
                row.price("price"),
                row.word("flag", HedgeFlag, HedgeFlag.SPECULATION),
            )
        case "mark":
            return do, Marked(row.name("symbol"), row.price("price"))
        case "settle":
            prices = row.inner("prices")
            return do, Settled({symbol: prices.price(symbol) for symbol in prices.raw})
        case "exercise":
            return do, Exercised(
                row.name("symbol"),
                _SIDES[row.word_of("side", tuple(_SIDES))],
                row.lots("lots"),
                row.word("flag", HedgeFlag, HedgeFlag.SPECULATION),
                row.amount_or_zero("fee_per_lot"),
            )
        case "combine":
            return do, Combined(
                row.name("first"),
                row.name("second"),
                _SIDES[row.word_of("side", tuple(_SIDES))],
                row.lots_or_zero("lots"),
                row.word("flag", HedgeFlag, HedgeFlag.SPECULATION),
            )
        case _:
            return do, Expired(row.name("symbol"), row.price("price"), row.amount_or_zero("fee_per_lot"))


class _Row:
    # One JSON object of a line; `place` is what stands before its keys in a sentence.
    def __init__(self, raw: Mapping[str, Any], place: str) -> None:
        self.raw = raw
        self.place = place

    def refuse_others(self, known: tuple[str, ...]) -> None:
        for key in self.raw:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                hint = f"是否想写 {near[0]}？" if near else f"可用的键：{'、'.join(known)}。"
                raise UserError(f"不认识的键 {self.place}{shown(key)}，{hint}")
        for key in known:
            if key not in self.raw and key not in _MAY_LACK:
                raise UserError(f"缺少 {self.place}{key}，请补上（见 docs/book.md）。")

    def inner(self, key: str) -> _Row:
        value = self.raw[key]
        if not isinstance(value, dict):
            raise self._wrong(key, "应为对象 { … }")
        return _Row(value, f"{self.place}{key}.")

    def word_of(self, key: str, words: tuple[str, ...]) -> str:
        value = self.raw.get(key)
        if value is None:
            raise UserError(f"缺少 {self.place}{key}，应为 {'、'.join(words)} 之一。")
        if not isinstance(value, str) or value not in words:
            raise self._wrong(key, f"应为 {'、'.join(words)} 之一")
        return value

    def word(self, key: str, words: type[_W], otherwise: _W | None = None) -> _W:
        if otherwise is not None and key not in self.raw:
            return otherwise
        return words(self.word_of(key, tuple(words)))

    def name(self, key: str) -> str:
        value = self.raw[key]
        if not isinstance(value, str) or not is_name(value) or any(letter.isspace() for letter in value):
            raise self._wrong(key, "应为不含空格的文字")
        return value

    def flag(self, key: str) -> bool:
        value = self.raw.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, "应为 true 或 false")
        return value

    def number(self, key: str) -> Decimal:
        value = self.raw[key]
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            value = Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._wrong(key, '应为数字（整数、小数或 "0.5" 这样的文字）')
        number = Decimal(value)
        if (number and not -PLACES <= number.adjusted() < DIGITS) or not _ends_within(number):
            raise self._wrong(key, f"不是合理的数字，应小于 10 的 15 次方，至多 {PLACES} 位小数")
        return number

    def positive(self, key: str) -> Decimal:
        number = self.number(key)
        if number <= 0:
            raise self._wrong(key, "应为正数")
        return number

    def price(self, key: str) -> Decimal:
        price = self.positive(key)
        if price >= PRICE_CEILING:
            raise self._wrong(key, "不是有效价格，应小于 10 亿")
        return price

    def amount(self, key: str) -> Decimal:
        number = self.number(key)
        if number < 0:
            raise self._wrong(key, "不能为负")
        return number

    def amount_or_zero(self, key: str) -> Decimal:
        return self.amount(key) if key in self.raw else Decimal(0)

    def fraction(self, key: str) -> Decimal:
        number = self.number(key)
        if not 0 <= number < 1:
            raise self._wrong(key, "应为 0 到 1 之间的小数，如 0.09")
        return number

    def lots(self, key: str) -> int:
        value = self.raw[key]
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < MOST_LOTS:
            raise self._wrong(key, "应为正整数（手）")
        return value

    def lots_or_zero(self, key: str) -> int:
        value = self.raw[key]
        return 0 if value == 0 and not isinstance(value, bool) else self.lots(key)

    def _wrong(self, key: str, rule: str) -> UserError:
        value = self.raw.get(key)
        said = json.dumps(value, ensure_ascii=False, default=str)
        return UserError(f"{self.place}{shown(key)} {rule}，现为 {shown(said)}，请改正。")


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except RecursionError:
        raise UserError("括号套得太深，读不下去，请写成一个平常的 JSON 对象。") from None
    except json.JSONDecodeError as problem:
        raise UserError(f"第 {problem.colno} 列附近不合 JSON 语法，请检查引号、逗号与括号。") from None
    except (ValueError, ArithmeticError):
        raise UserError("有一个数字长得读不出来，请改正。") from None
    if not isinstance(found, dict):
        raise UserError('不是 JSON 对象，请写成 {"do": …} 的样子。')
    return found


def _ends_within(number: Decimal) -> bool:
    exponent = number.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -PLACES


def _refuse_constant(word: str) -> object:
    raise UserError(f"{word} 不是数字，请写出数值。")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise UserError(f"键 {shown(twice)} 写了两次，请删去一处。")
    return found


def _instrument(row: _Row) -> Instrument:
    exchange = row.word_of("exchange", EXCHANGES)
    symbol, code = row.name("symbol"), row.name("product")
    prefix = f"{exchange}."
    for key, value in (("symbol", symbol), ("product", code)):
        if "." in value and not value.startswith(prefix):
            raise UserError(f"{key} {shown(value)} 与 exchange {exchange} 不是同一个交易所，请改成一致。")
    code = code.removeprefix(prefix)
    rate, by_lot = _margin(row)
    option = _option(row.inner("option"), prefix) if "option" in row.raw else None
    return Instrument(
        product=ProductId(f"{prefix}{code}"),
        exchange=ExchangeId(exchange),
        code=code,
        product_name=code,
        multiplier=row.positive("multiple"),
        tick=row.positive("tick"),
        quote_unit="元",
        lot_unit="手",
        fee_class=row.word("fee_class", FeeClass, _fee_class_of(exchange)),
        explicit_close_today=exchange in TWO_BOOKS,
        larger_side=row.flag("larger_side"),
        margin_rate=rate,
        margin_by_lot=by_lot,
        fees=_fees(row.inner("fee")),
        id=InstrumentId(f"{prefix}{symbol.removeprefix(prefix)}"),
        kind=Kind.FUTURE if option is None else Kind.OPTION,
        name=symbol,
        option=option,
    )


def _option(row: _Row, prefix: str) -> OptionTerms:
    row.refuse_others(OPTION_KEYS)
    return OptionTerms(
        underlying=InstrumentId(f"{prefix}{row.name('underlying').removeprefix(prefix)}"),
        right=row.word("right", Right),
        strike=row.price("strike"),
        style=row.word("style", Style),
        guarantee=row.fraction("guarantee") if "guarantee" in row.raw else None,
    )


def _fee_class_of(exchange: str) -> FeeClass:
    return FeeClass.EXPLICIT if exchange in TWO_BOOKS else FeeClass.TODAY_FIRST


def _margin(row: _Row) -> tuple[Decimal | None, Decimal | None]:
    match "margin_rate" in row.raw, "margin_per_lot" in row.raw:
        case True, False:
            return row.fraction("margin_rate"), None
        case False, True:
            return None, row.amount("margin_per_lot")
        case _:
            raise UserError("保证金请写一种：margin_rate（比例）或 margin_per_lot（元/手）。")


def _fees(row: _Row) -> Fees:
    row.refuse_others(FEE_KEYS)
    return Fees(
        open=_fee(row.inner("open")), close=_fee(row.inner("close")), close_today=_fee(row.inner("close_today"))
    )


def _fee(row: _Row) -> Fee:
    for key in row.raw:
        if key not in RATE_KEYS:
            raise UserError(f"不认识的键 {row.place}{shown(key)}，可用的键：{'、'.join(RATE_KEYS)}。")
    if not row.raw:
        raise UserError(f"{row.place.removesuffix('.')} 是空的，请写 rate 或 per_lot；不收就写 0。")
    return Fee(
        by_value=row.fraction("rate") if "rate" in row.raw else Decimal(0),
        by_lot=row.amount("per_lot") if "per_lot" in row.raw else Decimal(0),
    )
