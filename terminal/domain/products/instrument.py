"""Name one tradable thing and everything that is fixed about it on a day.

A symbol is what the exchange writes. CZCE writes three digits (AP010): the year's tens are missing, so the
day on which somebody says the symbol decides which decade is meant, the delivery month nearest to that day.
Letters are lower case at SHFE, INE, DCE and GFEX, upper case at CZCE and CFFEX; no two products differ by
case alone, so a recording that writes I2101 is understood.

Spot (现货) is a kind of instrument too: `SPOT.i.日照港` is iron ore at Rizhao, one tonne a lot, a hundredth
yuan a tick; it has no delivery month and no session.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum

import msgspec

from terminal.domain.days.calendar import Calendar
from terminal.domain.days.dated import Dated
from terminal.domain.days.sessions import SessionId, first_traded
from terminal.domain.errors import UserError
from terminal.domain.ids import ExchangeId, InstrumentId, ProductId
from terminal.domain.orders.kind_table import InstrumentClass
from terminal.domain.orders.stop import StopTable
from terminal.domain.products.combination_table import CombinationSize, combinations_of
from terminal.domain.products.delivery import Delivery, in_force
from terminal.domain.products.expiry import last_trading_day
from terminal.domain.products.option import OptionTerms
from terminal.domain.products.option_table import OptionProduct, OptionSymbol, parse_option_symbol, unknown_option
from terminal.domain.products.product import FeeClass, PositionLimit, Product
from terminal.domain.products.tables import ProductTables

SPOT = ExchangeId("SPOT")
THREE_DIGITS = ExchangeId("CZCE")
# No price on any Chinese exchange comes near it; every venue's "no price" (1.797e308 and the like) is above.
PRICE_CEILING = Decimal(1_000_000_000)

_KEPT = 4096  # resolved instruments kept; memory only
_INDEX_FUTURES = {"IO": "IF", "HO": "IH", "MO": "IM"}
_SYMBOL = re.compile(r"([A-Za-z]{1,3})([0-9]{3,4})")


class Kind(StrEnum):
    """Name the kinds of instrument."""

    FUTURE = "FUTURE"
    OPTION = "OPTION"
    SPOT = "SPOT"
    COMBINATION = "COMBINATION"  # as a desk lists it (`combination_quote`); no journal holds one


class Rounding(StrEnum):
    """Say which way a price is moved onto the tick grid."""

    DOWN = ROUND_FLOOR
    UP = ROUND_CEILING
    NEAREST = ROUND_HALF_UP


class Instrument(Product, frozen=True, kw_only=True):
    """Hold one instrument with its product's terms on a day.

    `delivery_month` is like 202101. `expiry` is the last trading day, `None` where neither rule nor plan
    tells it. `margin_rate` has risen by the steps toward delivery; `position_limit` and `larger_side` are those of the
    day's step.
    `option` is set for an option alone.
    A plan overrides single fields with `msgspec.structs.replace`.
    """

    id: InstrumentId
    kind: Kind
    name: str
    delivery_month: int | None = None
    expiry: int | None = None
    position_limit: PositionLimit | None = None
    option: OptionTerms | None = None

    def ticks(self, price: Decimal) -> int:
        """Return a price as whole ticks; a price off the grid, NaN or a venue's sentinel is a `UserError`."""
        self._refuse_no_price(price)
        count, rest = divmod(price, self.tick)
        if rest:
            raise UserError(f"{self.id} 的价格 {price} 不是最小变动价位 {self.tick} 的整数倍，请改价。")
        return int(count)

    def price(self, ticks: int) -> Decimal:
        """Return whole ticks as a price."""
        return ticks * self.tick

    def snap(self, price: Decimal, rounding: Rounding) -> Decimal:
        """Return the price moved onto the tick grid; NaN or a venue's sentinel is a `UserError`."""
        self._refuse_no_price(price)
        return (price / self.tick).to_integral_value(rounding=rounding.value) * self.tick

    def on_grid(self, price: Decimal) -> bool:
        """Return whether a price is a price at all and a whole number of ticks."""
        return price.is_finite() and abs(price) < PRICE_CEILING and not price % self.tick

    def value(self, price: Decimal, lots: int) -> Decimal:
        """Return the contract value in yuan."""
        return price * lots * self.multiplier

    def session_on(self, day: int) -> SessionId | None:
        """Return the session template on a trading day; some products close earlier on their last day."""
        if day == self.expiry and self.last_day_session is not None:
            return self.last_day_session
        return self.session

    def _refuse_no_price(self, price: Decimal) -> None:
        if not price.is_finite() or abs(price) >= PRICE_CEILING:
            raise UserError(f"{self.id} 的价格 {price} 不是有效价格。")


class Reference:
    """Resolve products and symbols on a day; the calendar that belongs to the tables is `calendar`."""

    def __init__(
        self,
        *,
        calendar: Calendar,
        products: ProductTables,
        options: Dated[OptionProduct],
        combinations: Dated[CombinationSize],
        stops: StopTable | None = None,
    ) -> None:
        self.calendar = calendar
        self.combinations = combinations
        self.stops = StopTable() if stops is None else stops
        self._products = products
        self._options = options
        self._by_letters: dict[str, ProductId] = {}
        for product in products.ids():
            letters = product.partition(".")[2].lower()
            if letters in self._by_letters:
                raise UserError(f"品种 {product} 与 {self._by_letters[letters]} 的代码只差大小写，无法区分。")
            self._by_letters[letters] = product
        self._known: dict[tuple[str, int], Instrument] = {}

    def products(self) -> tuple[ProductId, ...]:
        """Return every product of the tables."""
        return self._products.ids()

    def own_products(self) -> tuple[ProductId, ...]:
        """Return every product with a person's own row."""
        return self._products.own()

    def product(self, product: ProductId, on: int) -> Product:
        """Return a product's terms on a day like 20200821."""
        return self._products.product(product, on)

    def named(self, name: str, on: int) -> Product:
        """Return the contract or the product (`DCE.i`) that a person wrote, as it is on a day."""
        if name in self._by_letters.values():
            return self.product(ProductId(name), on)
        return self.instrument(InstrumentId(name), on) if "." in name else self.find(name, on)

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        """Return an instrument named with its exchange (`DCE.i2101`, `SPOT.i.日照港`) as it is on a day."""
        key = (str(instrument), on)
        found = self._known.get(key)
        if found is None:
            exchange, _, symbol = instrument.partition(".")
            found = self._spot(instrument, on) if exchange == SPOT else self.find(symbol, on)
            if found.exchange != exchange:
                raise unknown(instrument)
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = found
        return found

    def find(self, symbol: str, on: int) -> Instrument:
        """Return the instrument that a recording without exchange calls `AP010`, `ru1901` or `I2101`."""
        option = parse_option_symbol(symbol)
        return self._future(symbol, on) if option is None else self._option(option, symbol, on)

    def _option(self, parts: OptionSymbol, symbol: str, on: int) -> Instrument:
        future = self._underlying(parts, on)
        terms = self._options.on(future.product, on)
        strike = Decimal(parts.strike)
        if terms is None or not strike or future.delivery_month is None:
            raise unknown_option(symbol)
        name = parts.written(future.id.partition(".")[2], future.exchange)
        last_day = (
            None if terms.last_day is None else last_trading_day(terms.last_day, future.delivery_month, self.calendar)
        )
        session = future.session
        if session is not None and on == self._options.first(future.product):
            session = first_traded(session, on)
        return msgspec.structs.replace(
            future,
            session=session,
            id=InstrumentId(f"{future.exchange}.{name}"),
            kind=Kind.OPTION,
            name=f"{future.product_name}期权{name}",
            product=ProductId(f"{future.product}_o"),
            code=f"{future.code}_o",
            multiplier=terms.multiplier,
            tick=terms.tick,
            last_day=terms.last_day,
            expiry=last_day,
            min_lots=None,
            max_lots=terms.max_lots,
            max_market_lots=terms.max_market_lots,
            margin_rate=future.margin_rate if terms.margin_rate is None else terms.margin_rate,
            price_limit=None,
            position_limit=None,
            fees=terms.fees,
            order_kinds=self._products.order_kinds.on(future.exchange, InstrumentClass.OPTION, on),
            hedge_fees=None,
            arbitrage_fees=None,
            combinations=(),
            option=OptionTerms(
                underlying=future.id if terms.guarantee is None else InstrumentId(terms.underlying),
                right=parts.right,
                strike=strike,
                style=terms.style,
                guarantee=terms.guarantee,
                requests_until=terms.requests_until,
            ),
        )

    def _underlying(self, parts: OptionSymbol, on: int) -> Instrument:
        # An index option is written after its own letters; the index future of its exchange lends it the rest.
        letters = parts.future.rstrip("0123456789")
        future = _INDEX_FUTURES.get(letters.upper())
        if future is None:
            return self._future(parts.future, on)
        own = ProductId(f"CFFEX.{letters.upper()}")
        lent = self._future(parts.future.replace(letters, future), on)
        digits = parts.future[len(letters) :]
        return msgspec.structs.replace(
            lent, id=InstrumentId(f"{own}{digits}"), product=own, code=letters.upper(), hedge_margin_rate=None
        )

    def _future(self, symbol: str, on: int) -> Instrument:
        parts = _SYMBOL.fullmatch(symbol)
        product = self._by_letters.get(parts[1].lower()) if parts else None
        if parts is None or product is None:
            raise unknown(symbol)
        terms = self._products.product(product, on)
        month = _delivery_month(parts[2], on)
        if month is None or (len(parts[2]) == 3 and terms.exchange != THREE_DIGITS):
            raise unknown(symbol)
        digits = f"{month % 1000:03}" if terms.exchange == THREE_DIGITS else f"{month % 10_000:04}"
        expiry = None if terms.last_day is None else last_trading_day(terms.last_day, month, self.calendar)
        listed = Instrument(
            **{
                **msgspec.structs.asdict(terms),
                "combinations": combinations_of(self.combinations, terms.exchange, terms.code, on),
            },
            id=InstrumentId(f"{terms.product}{digits}"),
            kind=Kind.FUTURE,
            name=f"{terms.product_name}{digits}",
            delivery_month=month,
            expiry=expiry,
        )
        return self._toward_delivery(listed, month, on)

    def _toward_delivery(self, listed: Instrument, month: int, on: int) -> Instrument:
        step = self._products.delivery_margins.on(listed.product, on) or ()
        limits = self._products.position_limits.on(listed.product, on) or ()
        sides = self._products.larger_sides.on(listed.product, on) or ()
        if not (step or limits or sides):
            return listed
        where = Delivery(month=month, last_day=listed.expiry, calendar=self.calendar)
        floor, larger_side = in_force(step, on, where), in_force(sides, on, where)
        return msgspec.structs.replace(
            listed,
            margin_rate=_at_least(listed.margin_rate, floor),
            hedge_margin_rate=listed.hedge_margin_rate and _at_least(listed.hedge_margin_rate, floor),
            position_limit=in_force(limits, on, where),
            larger_side=listed.larger_side if larger_side is None else larger_side,
        )

    def _spot(self, instrument: InstrumentId, on: int) -> Instrument:
        _, _, rest = instrument.partition(".")
        letters, _, place = rest.partition(".")
        product = self._by_letters.get(letters.lower())
        if product is None or not place:
            raise unknown(instrument)
        terms = self._products.product(product, on)
        return Instrument(
            id=instrument,
            kind=Kind.SPOT,
            name=f"{terms.product_name}现货（{place}）",
            product=ProductId(f"{SPOT}.{terms.code}"),
            exchange=SPOT,
            code=terms.code,
            product_name=terms.product_name,
            multiplier=Decimal(1),
            tick=Decimal("0.01"),
            quote_unit="元/吨",
            lot_unit="吨",
            tonnes_per_lot=Decimal(1),
            fee_class=FeeClass.TODAY_FIRST,
            explicit_close_today=False,
            larger_side=False,
            vat_rate=terms.vat_rate,
        )


def _at_least(rate: Decimal | None, floor: Decimal | None) -> Decimal | None:
    return rate if floor is None or rate is None else max(rate, floor)  # a floor alone is no rate


def unknown(symbol: str) -> UserError:
    """Return the sentence for a symbol that no table knows."""
    return UserError(
        f"未知合约 {symbol}：请核对代码（如 DCE.i2101、CZCE.AP010），或在方案的 [[instrument]] 中写明它的规格。"
    )


def _delivery_month(digits: str, on: int) -> int | None:
    if not 1 <= int(digits[-2:]) <= 12:
        return None
    month = int(digits[-2:])
    if len(digits) == 4:
        return (2000 + int(digits[:2])) * 100 + month
    today = on // 10_000 * 12 + on // 100 % 100
    decade = on // 100_000 * 10
    years = (decade + shift + int(digits[0]) for shift in (-10, 0, 10))
    year = min(years, key=lambda year: abs(year * 12 + month - today))
    return year * 100 + month
