"""Write kinds of order and their prices as every sentence does."""

from __future__ import annotations

from typing import Final

from terminal.domain.books.holding import decimal_text
from terminal.domain.orders.kinds import OrderKind, conditions_of
from terminal.domain.orders.order import OrderTerms, PriceKind, Side
from terminal.domain.words.terms import Term

PRICE_KINDS: Final = {
    PriceKind.LIMIT: "限价",
    PriceKind.MARKET: Term.MARKET_PRICE.value,
    PriceKind.BEST: Term.BEST_PRICE.value,
    PriceKind.FIVE: Term.FIVE_LEVELS.value,
    PriceKind.LEG: "组合腿",
}


def not_taken(kinds: tuple[OrderKind, ...], terms: OrderTerms) -> str:
    """Return in words what its exchange does not take of an order: 市价委托, or FOK 限价委托; "" where it takes it."""
    conditions = conditions_of(kinds, terms.price_kind)
    if terms.time_condition in conditions:
        return ""
    name = f"{PRICE_KINDS[terms.price_kind]}委托"
    return f" {terms.time_condition} {name}" if conditions else name


def taken(kinds: tuple[OrderKind, ...]) -> str:
    """Return the kinds an exchange takes, for a sentence: 限价（GFD、FAK、FOK）、市价（FAK）."""
    return "、".join(f"{PRICE_KINDS[kind.price_kind]}（{'、'.join(kind.conditions)}）" for kind in kinds)


def worst_price_words(side: Side) -> str:
    """Return what the worst price of an order without a price of its own is called."""
    return Term.UPPER_LIMIT if side is Side.BUY else Term.LOWER_LIMIT


def price_words(terms: OrderTerms) -> str:
    """Return where an order's price comes from: 3215, or 市价（按涨停价 3400 核算）, 市价（不低于跌停价 3100）."""
    price = decimal_text(terms.price)
    if terms.price_kind is PriceKind.LIMIT:
        return price
    how = f"按{Term.UPPER_LIMIT} {price} 核算" if terms.side is Side.BUY else f"不低于{Term.LOWER_LIMIT} {price}"
    return f"{PRICE_KINDS[terms.price_kind]}（{how}）"
