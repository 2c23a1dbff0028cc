"""Judge the price of an order on a combination: on its grid (C1), and not far through what its legs show (C3).

Nobody quotes the combination; what both legs cost together at their opposite prices stands for the opposite price. The
difference may be near zero, so the shares of the collar are those of the first leg's price. Both rules speak of the
whole once, at its first leg. Values are yuan for prices, ticks for distances, and lots.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from terminal.domain.books.holding import decimal_text
from terminal.domain.orders.order import PriceKind
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check, Whole
from terminal.risk.second_person import second_person
from terminal.risk.unset import DEFAULTS
from terminal.risk.wording import whole_words


def combined_price(check: Check) -> Finding | None:
    """Refuse an order on a combination of a kind, off a grid or of more lots than the exchange takes of it (C1)."""
    whole = check.whole
    if whole is None or not whole.is_first:
        return None
    if whole.terms.price_kind is not PriceKind.LIMIT:
        sentence = f"{whole_words(check, whole)}：交易所对组合合约只接受限价委托；请改用限价。"
        return _deny("C1", "ORDER_KIND_NOT_TAKEN", whole.terms.price_kind.value, "", sentence)
    if not whole.price.is_finite() or whole.price % whole.tick:
        tick = decimal_text(whole.tick)
        sentence = f"{whole_words(check, whole)}：价差 {whole.price} 不是最小变动价位 {tick} 的整数倍，请改价。"
        return _deny("C1", "PRICE_OFF_TICK", str(whole.price), tick, sentence)
    if whole.max_lots is not None and check.terms.lots > whole.max_lots:
        sentence = f"{whole_words(check, whole)}：超过交易所对该组合每次最大下单量 {whole.max_lots:,} 手，请分成几笔。"
        return _deny("C1", "ORDER_LOTS_ABOVE_MAXIMUM", str(check.terms.lots), str(whole.max_lots), sentence)
    return None


def difference_collar(check: Check, whole: Whole, limits: Limits) -> Finding | None:
    """Refuse, or put before a checker, a difference far through what the legs show (C3)."""
    if not whole.is_first:
        return None
    if whole.shown is None or whole.base is None:
        sentence = f"{whole_words(check, whole)}：两腿没有都显示对手价，价差无从比较，不能开仓；请等行情到达。"
        return _deny("C3", "NO_REFERENCE_PRICE", "", "", sentence)
    through = _through(check, whole, whole.shown)
    if through is None:
        return None
    most = _ticks(limits.collar_max_fraction * whole.base, whole)
    if through.ticks > most:
        share = decimal_text(limits.collar_max_fraction * 100)
        sentence = f"{through.what}，超过第一腿价格的 {share}%，请改价。"
        return _deny("C3", "PRICE_FAR_THROUGH_MARKET", str(through.ticks), str(most), sentence)
    free = _free(limits, whole, whole.base)
    if through.ticks <= free:
        return None
    return second_person(
        check,
        control="C3",
        code="PRICE_THROUGH_MARKET",
        value=str(through.ticks),
        limit=str(free),
        what=through.what,
        otherwise=f"改到 {free} 跳以内",
    )


def difference_band(check: Check, whole: Whole) -> Finding | None:
    """Refuse a difference that both legs' limit prices of the day do not allow, whatever it is for (C3)."""
    if not whole.is_first or not whole.price.is_finite():
        return None  # C1 refuses what is no number
    lowest, highest = whole.band
    if highest is not None and whole.price > highest:
        word, bound, code = "高于", highest, "PRICE_ABOVE_UPPER_LIMIT"
    elif lowest is not None and whole.price < lowest:
        word, bound, code = "低于", lowest, "PRICE_BELOW_LOWER_LIMIT"
    else:
        return None
    limit = amount_text(bound)
    sentence = f"{whole_words(check, whole)}：价差 {amount_text(whole.price)} {word}两腿停板价之差 {limit}，请改价。"
    return _deny("C3", code, str(whole.price), decimal_text(bound), sentence)


def difference_warning(check: Check, whole: Whole) -> Finding | None:
    """Warn of a close at a difference far through what the legs show: nothing but the band refuses it (C3)."""
    limits = DEFAULTS if check.limits is None else check.limits
    if not whole.is_first or whole.shown is None or whole.base is None:
        return None
    through, free = _through(check, whole, whole.shown), _free(limits, whole, whole.base)
    if through is None or through.ticks <= free:
        return None
    return Finding(
        control="C3",
        code="PRICE_THROUGH_MARKET",
        verdict=Verdict.WARN,
        value=str(through.ticks),
        limit=str(free),
        sentence=f"{through.what}；请核对价差的正负号。",
    )


class _Through(NamedTuple):
    ticks: int
    what: str


def _through(check: Check, whole: Whole, shown: Decimal) -> _Through | None:
    through = (whole.price - shown) * whole.side.sign
    if not whole.price.is_finite() or through <= 0:
        return None
    ticks, asked = int(through / whole.tick), amount_text(whole.price)
    what = f"{whole_words(check, whole)}：价差 {asked} 越过两腿对手价之差 {amount_text(shown)} {ticks} 跳"
    return _Through(ticks, what)


def _free(limits: Limits, whole: Whole, base: Decimal) -> int:
    return max(limits.collar_confirm_ticks, _ticks(limits.collar_confirm_fraction * base, whole))


def _ticks(distance: Decimal, whole: Whole) -> int:
    return int(distance / whole.tick)


def _deny(control: str, code: str, value: str, limit: str, sentence: str) -> Finding:
    return Finding(control=control, code=code, verdict=Verdict.DENY, value=value, limit=limit, sentence=sentence)
