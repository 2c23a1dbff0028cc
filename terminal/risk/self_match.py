"""Control C14: no order may trade with one of our own, in this account or a jointly controlled one (实际控制).

An UNKNOWN order may be at the exchange and counts like a live one. Binds every order, reducing ones too: a trade with
oneself (自成交) is a breach whatever it is for. Values are prices; of an order in another account nothing is told.

Two orders on one combination meet by their differences, which is said once, at the first leg. An order on a
combination and one on its leg meet wherever the leg may trade: exchanges match them. For what opens that is anywhere up
to the day's limit price. What reduces is not held back by an order that cannot reach it now (SAFETY I22): for it a leg
trades no further than what its other leg shows allows, with a margin (`reach`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

from terminal.domain.books.holding import decimal_text
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.order import PriceKind, Side, TimeCondition
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check, Whole, Working
from terminal.risk.price import is_price
from terminal.risk.reach import trades_now
from terminal.risk.wording import SIDES, WORKING, order_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from terminal.domain.ids import InstrumentId, OrderId
    from terminal.risk.reach import Implied

One = TypeVar("One", bound=Working)
SELF_MATCH: Final = "SELF_MATCH"
_BUY = Side.BUY


def self_match(check: Check) -> Finding | None:
    """Refuse an order that could trade with an own working one."""
    terms, whole = check.terms, check.whole
    instrument, side, price = terms.instrument, terms.side, terms.price
    for working in check.jointly:
        for one in working:
            if one.terms.instrument != instrument:
                continue
            leg = None if whole is None else whole.same.get(one.order)
            if whole is not None and leg is not None:
                if leg.is_first and whole.is_first and _meet(whole, leg):
                    return _crossed(check, one, whole.price, leg)
            elif _meets(one, side, price) and (not check.reducing or _within_reach(check, one)):
                return _crossed(check, one, price, None)
    return None


def crossed_by(
    instrument: InstrumentId,
    side: Side,
    price: Decimal,
    jointly: Iterable[Iterable[One]],
    implied_of: Callable[[One], Implied | None] = lambda _: None,
) -> One | None:
    """Return the first own working order that an order of one contract could trade with, `None` where none is.

    `implied_of` is given for what reduces.
    """
    return next(
        (
            one
            for working in jointly
            for one in working
            if one.terms.instrument == instrument
            and _meets(one, side, price)
            and _reaches(one, implied_of(one), side, price)
        ),
        None,
    )


def _meets(one: Working, side: Side, price: Decimal) -> bool:
    other = one.terms
    if other.side is side or not is_price(price):
        return False
    return price >= other.price if side is _BUY else price <= other.price


def _within_reach(check: Check, one: Working) -> bool:
    # Asked of what meets at the day's limit prices alone, which is seldom.
    side, price = check.terms.side, check.terms.price
    if check.whole is None and _rests(check):
        return True
    own = None if check.whole is None else check.whole.implied
    return _reaches(one, check.implied_of(one), side, price if own is None else own.reach(side, price))


def _rests(check: Check) -> bool:
    terms, instrument = check.terms, check.instrument
    if terms.time_condition is not TimeCondition.GFD or terms.price_kind is not PriceKind.LIMIT or instrument is None:
        return False
    return not trades_now(check.quote, terms.side, int(terms.price / instrument.tick))


def _reaches(one: Working, derived: Implied | None, side: Side, price: Decimal) -> bool:
    other = one.terms.price if derived is None else derived.reach(one.terms.side, one.terms.price)
    return price >= other if side is _BUY else price <= other


def _meet(whole: Whole, leg: LegOf) -> bool:
    if whole.side is leg.side:
        return False
    return whole.price >= leg.price if whole.side is _BUY else whole.price <= leg.price


def _crossed(check: Check, one: Working, asked: Decimal, leg: LegOf | None) -> Finding:
    other = one.terms
    if other.account != check.terms.account:
        return _crossed_elsewhere(check)
    what, (side, price) = "", (other.side, other.price) if leg is None else (leg.side, leg.price)
    derived = None if leg is not None else check.implied_of(one)
    if derived is not None:  # it is the leg of another order on a combination, and has no price of its own
        price = derived.reach(side, price) if check.reducing else price
        what = "组合委托的一腿，"
    return Finding(
        control="C14",
        code=SELF_MATCH,
        verdict=Verdict.DENY,
        value=decimal_text(asked),
        limit=decimal_text(price),
        sentence=(
            f"{order_words(check)}可能与账户 {other.account} 的未了委托 {_listed_as(one)}"
            f"（{what}{SIDES[side]} {one.remaining} 手 @ {decimal_text(price)}，{WORKING[one.state]}）自成交；"
            "请先撤去该委托，或改价不与它交叉。"
        ),
    )


def _listed_as(one: Working) -> OrderId:
    # Both legs of an order on a combination are listed under the first one's id.
    return one.order if one.leg is None or one.leg.is_first else one.leg.other


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
