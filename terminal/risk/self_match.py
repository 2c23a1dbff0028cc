"""Control C14: no order may trade with one of our own, in this account or a jointly controlled one (实际控制).

An UNKNOWN order may be at the exchange and counts like a live one. Binds every order, reducing ones too: a trade with
oneself (自成交) is a breach whatever it is for. Values are prices; of an order in another account nothing is told.

Two orders on one combination meet by their differences, which is said once, at the first leg. An order on a
combination and one on its leg meet wherever the leg may trade, up to the day's limit price: exchanges match them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

from terminal.domain.books.holding import decimal_text
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check, Whole, Working
from terminal.risk.price import is_price
from terminal.risk.wording import SIDES, WORKING, order_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import InstrumentId

One = TypeVar("One", bound=Working)
SELF_MATCH: Final = "SELF_MATCH"
_BUY = Side.BUY


def self_match(check: Check) -> Finding | None:
    """Refuse an order that could trade with an own working one."""
    terms, whole = check.terms, check.whole
    instrument, side, price = terms.instrument, terms.side, terms.price
    for working in check.jointly:
        for one in working:
            leg = None if whole is None else whole.same.get(one.order)
            if whole is not None and leg is not None:
                if leg.is_first and whole.is_first and _meet(whole, leg):
                    return _crossed(check, one, whole.price, leg)
            elif _meets(one, instrument, side, price):
                return _crossed(check, one, price, None)
    return None


def crossed_by(instrument: InstrumentId, side: Side, price: Decimal, jointly: Iterable[Iterable[One]]) -> One | None:
    """Return the first own working order that an order of one contract could trade with, `None` where none is."""
    return next((one for working in jointly for one in working if _meets(one, instrument, side, price)), None)


def _meets(one: Working, instrument: InstrumentId, side: Side, price: Decimal) -> bool:
    other = one.terms
    if other.instrument != instrument or other.side is side or not is_price(price):
        return False
    return price >= other.price if side is _BUY else price <= other.price


def _meet(whole: Whole, leg: LegOf) -> bool:
    if whole.side is leg.side:
        return False
    return whole.price >= leg.price if whole.side is _BUY else whole.price <= leg.price


def _crossed(check: Check, one: Working, asked: Decimal, leg: LegOf | None) -> Finding:
    other = one.terms
    if other.account != check.terms.account:
        return _crossed_elsewhere(check)
    side, price = (other.side, decimal_text(other.price)) if leg is None else (leg.side, decimal_text(leg.price))
    return Finding(
        control="C14",
        code=SELF_MATCH,
        verdict=Verdict.DENY,
        value=decimal_text(asked),
        limit=price,
        sentence=(
            f"{order_words(check)}可能与账户 {other.account} 的未了委托 {one.order}"
            f"（{SIDES[side]} {one.remaining} 手 @ {price}，{WORKING[one.state]}）自成交；"
            "请先撤去该委托，或改价不与它交叉。"
        ),
    )


def _crossed_elsewhere(check: Check) -> Finding:
    # That there is such an order cannot be kept from whoever is refused for it; whose it is and what it says can (I25).
    return Finding(
        control="C14",
        code=SELF_MATCH,
        verdict=Verdict.DENY,
        value=decimal_text(check.terms.price),
        limit="",
        sentence=f"{order_words(check)}可能与实际控制关系账户的未了委托自成交；请改价不与它交叉，或稍后再报。",
    )
