"""Control C3b: an aggressive order leans on a quote of its own contract that is recent.

A quiet contract is not a dead feed (that is C3): its old quote is shown and never holds back a passive order, nor a
reducing one. Aggressive here is an order that would trade at once: at or through the opposite price, or through the
last price where no opposite price is shown; of an order on a combination, which trades in both legs or in neither, one
whose difference reaches what both legs show. Outside continuous trading quotes are old by nature. Values are seconds.
"""

from __future__ import annotations

from terminal.domain.days.sessions import Phase
from terminal.domain.orders.order import Side
from terminal.domain.parameters.limits import NANOSECONDS
from terminal.domain.view import Quote
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.second_person import second_person
from terminal.risk.unset import DEFAULTS, limits_unset
from terminal.risk.wording import contract_name

_BUY = Side.BUY
_CONTINUOUS = Phase.CONTINUOUS


def quote_age(check: Check) -> Finding | None:
    """Ask a checker for an aggressive opening order on an old quote; warn of any other."""
    limits = check.limits
    if limits is None:
        if not check.reducing:
            return limits_unset(check, "C3b")
        limits = DEFAULTS
    quote, session, terms = check.quote, check.session, check.terms
    if quote is None or session is None or session.phase is not _CONTINUOUS:
        return None  # C3 refuses what has no reference
    most = limits.quote_max_age_seconds
    if limits.quote_max_age_by_instrument:
        most = limits.quote_max_age_by_instrument.get(terms.instrument, most)
    if check.now - quote.received_at <= most * NANOSECONDS or check.instrument is None or not check.has_price:
        return None
    age = (check.now - quote.received_at) // NANOSECONDS
    what = f"{contract_name(check)}的报价已 {age} 秒没有变化（提醒线 {most} 秒）"
    if check.reducing or not _is_aggressive(check, quote, int(terms.price / check.instrument.tick)):
        return Finding(
            control="C3b",
            code="QUOTE_OLD",
            verdict=Verdict.WARN,
            value=str(age),
            limit=str(most),
            sentence=f"{what}；请核对价格。",
        )
    return second_person(
        check,
        control="C3b",
        code="QUOTE_OLD_AGGRESSIVE",
        value=str(age),
        limit=str(most),
        what=f"{what}，而委托会立即按旧报价成交",
        otherwise="改为挂单或等新报价",
    )


def _is_aggressive(check: Check, quote: Quote, ticks: int) -> bool:
    whole = check.whole
    if whole is None:
        return _takes(quote, check.terms.side, ticks)
    # A leg's own price is the day's limit price. Where one leg shows nothing there is nothing to trade with.
    return whole.shown is not None and (whole.price - whole.shown) * whole.side.sign >= 0


def _takes(quote: Quote, side: Side, ticks: int) -> bool:
    if side is _BUY:
        if quote.ask is not None:
            return ticks >= quote.ask
        return quote.last is None or ticks > quote.last
    if quote.bid is not None:
        return ticks <= quote.bid
    return quote.last is None or ticks < quote.last
