"""Say what the order ticket begins with: the settings of a person (下单设置), and the rule made of them.

Nothing here knows Qt, and nothing here touches a ticket: it is asked when a contract is chosen, when the ticket is
emptied and after something was sent. The settings are a document of the person, so they are there at the next machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Final, NamedTuple

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import ProductId
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.words.terms import Term
from terminal.widgets.ticket.fields import FIRST_LOTS, MODES, PriceMode

NAME: Final = "ticket"
MOST_LOTS: Final = 999_999
PRICES: Final = {
    **{mode: MODES[mode] for mode in (PriceMode.COUNTER, PriceMode.LAST, PriceMode.QUEUE)},
    PriceMode.FIXED: Term.NO_PRICE,
}
EXAMPLE: Final = "rb 5，沪铜 2"
_PART: Final = re.compile(r"(.*?[^\s\d:：=])\s*[:：=]?\s*([0-9]{1,9})\s*手?")
_BETWEEN: Final = re.compile(r"[,，、;；\n]")

Lots = Annotated[int, msgspec.Meta(ge=1, le=MOST_LOTS)]


class TicketSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a ticket begins with; `price` FIXED leaves the field empty, `lots` `None` are those opened last."""

    reopens: bool = True  # after sending: 开仓 with the defaults; else what was chosen stays
    price: PriceMode = PriceMode.COUNTER  # one of PRICES
    lots: Lots | None = None
    products: dict[ProductId, Lots] = {}

    def __post_init__(self) -> None:
        """Hold the settings to a price a ticket may begin with."""
        if self.price not in PRICES:
            raise ValueError(f"no ticket begins with {self.price}")


class Orderable(NamedTuple):
    """Hold a product that can be ordered: its id like SHFE.rb, its name, and the most lots of one order."""

    product: ProductId
    name: str
    most: int

    @property
    def code(self) -> str:
        """Return its letters, without the exchange."""
        return self.product.rpartition(".")[2]


class TicketDefaults:
    """Hold the settings, and what was opened last of each product."""

    def __init__(self) -> None:
        self.settings = TicketSettings()
        self._opened: dict[ProductId, int] = {}

    def note_opened(self, instrument: Instrument, lots: int) -> None:
        """Take how many lots were opened."""
        self._opened[instrument.product] = lots

    def lots_of(self, instrument: Instrument | None) -> int:
        """Return the lots an order of a contract begins with, never more than its exchange takes in one."""
        settings = self.settings
        if instrument is None:
            return settings.lots or FIRST_LOTS
        lots = settings.products.get(instrument.product) or settings.lots
        lots = lots or self._opened.get(instrument.product, FIRST_LOTS)
        return min(lots, instrument.max_lots or MOST_LOTS)


def read_settings(body: str) -> TicketSettings:
    """Return the settings in a document; what is empty or junk is as if there were none."""
    try:
        return msgspec.json.decode(body, type=TicketSettings)
    except msgspec.MsgspecError:
        return TicketSettings()


def orderable(instruments: Iterable[Instrument]) -> tuple[Orderable, ...]:
    """Return the products of the listed futures, each once."""
    futures = {one.product: one for one in instruments if one.kind is Kind.FUTURE}
    return tuple(Orderable(name, one.product_name, one.max_lots or MOST_LOTS) for name, one in futures.items())


def read_lots(typed: str, products: tuple[Orderable, ...]) -> int | None:
    """Return the lots for every product, `None` where the field is empty; `UserError` says what is wrong."""
    if not typed.strip():
        return None
    return _bounded(Term.DEFAULT_LOTS, typed, max((one.most for one in products), default=MOST_LOTS))


def read_products(typed: str, products: tuple[Orderable, ...], kept: dict[ProductId, int]) -> dict[ProductId, int]:
    """Return the lots by product of a text like `rb 5，沪铜 2`; `UserError` says what is wrong.

    `kept` are those set before: a product that is not listed now may stay.
    """
    found: dict[ProductId, int] = {}
    for part in filter(None, map(str.strip, _BETWEEN.split(typed))):
        read = _PART.fullmatch(part)
        if read is None:
            raise UserError(f"“{part}”读不懂，请写品种和手数，如 {EXAMPLE}。")
        one = _named(read[1], products, kept)
        if one.product in found:
            raise UserError(f"{one.name}写了两次，请留一个。")
        found[one.product] = _bounded(one.name, read[2], one.most)
    return found


def in_text(settings: TicketSettings, products: tuple[Orderable, ...]) -> str:
    """Return the lots by product as `read_products` reads them."""
    names = {one.product: one.name for one in products if sum(other.name == one.name for other in products) == 1}
    return "，".join(f"{names.get(product, product)} {lots}" for product, lots in settings.products.items())


def _named(typed: str, products: tuple[Orderable, ...], kept: dict[ProductId, int]) -> Orderable:
    word = typed.lower()
    known = {one.product for one in products}
    there = (*products, *(Orderable(one, one, MOST_LOTS) for one in kept if one not in known))
    named = [one for one in there if word in (one.product.lower(), one.code.lower(), one.name.lower())]
    if not named:
        raise UserError(f"没有品种“{typed}”，请写行情里有的代码或名称，如 {EXAMPLE}。")
    if len(named) > 1:
        raise UserError(f"“{typed}”不止一个品种，请写明是 {' 还是 '.join(one.product for one in named)}。")
    return named[0]


def _bounded(what: str, typed: str, most: int) -> int:
    lots = int(typed)
    if not 1 <= lots <= most:
        raise UserError(f"{what}应为 1 至 {most:,} 手，现为 {typed}。")
    return lots
