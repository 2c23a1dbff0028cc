"""Turn a wish to exchange options and their future (期权期货互转) into the legs of a spread, and judge such legs.

A position long of the underlying is a bought call, a sold put, or a bought future; a short one mirrors it. What is
given up is closed, what is taken is opened, and the exposure's side stays: every verb is one spread that is bought
once. The option goes first: it is the thinner market, and the future follows what really filled.

合成互换: long call and short put of one strike and expiry are the future (DOMAIN 4.12). 等Delta互换: the future's lots
are round(|delta| x lots x multiplier of the option / of the future); what rounding leaves is shown. 保护替换: a future
gives way to a bought option of its side, or comes back for it, unit for unit: the loss gets a bottom, the gain stays.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings, Swap
from terminal.domain.products.option import OptionTerms, Right
from terminal.domain.words.amount_text import amount_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument


MOST_RATE: Final = Decimal(1)  # risk-free, a year


class SwapWish(NamedTuple):
    """Hold what a person wants: `side` is that of the option, held or to be held, `lots` count it.

    A synthetic swap names the call as `option` and the put as `other`; its put stands on the other side.
    """

    verb: Swap
    option: Instrument
    other: Instrument | None
    future: Instrument
    side: Side
    to_future: bool
    lots: int
    future_lots: int


class Parts(NamedTuple):
    """Hold the legs of a conversion by what they are: each with its instrument's terms."""

    options: tuple[tuple[SpreadLeg, Instrument, OptionTerms], ...]
    futures: tuple[tuple[SpreadLeg, Instrument], ...]

    @property
    def to_future(self) -> bool:
        """Return whether options are given up for the future."""
        return any(leg.closes for leg, _, _ in self.options)


def exposure(right: Right, lots: int) -> int:
    """Return 1 where lots of an option, signed, gain when the underlying rises, else -1."""
    return (1 if lots > 0 else -1) * (1 if right is Right.CALL else -1)


def delta_lots(delta: float, lots: int, option: Instrument, future: Instrument) -> int:
    """Return the future's lots that move like so many of the option's: round(|delta| x lots x m_opt / m_fut), half up.

    >>> from types import SimpleNamespace
    >>> m = SimpleNamespace(multiplier=Decimal(10))
    >>> delta_lots(-0.53, 10, m, m), delta_lots(0.55, 10, m, m)
    (5, 6)
    """
    exact = abs(Decimal(repr(delta))) * lots * option.multiplier / future.multiplier
    return int(exact.to_integral_value(rounding=ROUND_HALF_UP))


def swap_legs(wish: SwapWish, *, pay_up_ticks: int = 1) -> tuple[tuple[SpreadLeg, ...], int]:
    """Return the legs of one set, in their order, and how many sets the wish is; the smallest set that is whole."""
    sets = math.gcd(wish.lots, wish.future_lots) or 1
    many, few = wish.lots // sets, wish.future_lots // sets
    trade = -wish.side.sign if wish.to_future else wish.side.sign
    right = Right.CALL if wish.option.option is None else wish.option.option.right
    toward = -exposure(right, trade)
    legs = [(wish.option, trade * many, wish.to_future)]
    if wish.other is not None:
        legs.append((wish.other, -trade * many, wish.to_future))
    legs.append((wish.future, toward * few, not wish.to_future))
    unit = min(one.multiplier for one, _, _ in legs)
    even = all(one.multiplier % unit == 0 for one, _, _ in legs)
    return (
        tuple(
            SpreadLeg(
                instrument=one.id,
                coefficient=lots * (one.multiplier / unit if even else one.multiplier),
                lots=lots,
                active=place == 0,
                pay_up_ticks=pay_up_ticks,
                closes=closes,
            )
            for place, (one, lots, closes) in enumerate(legs)
        ),
        sets,
    )


def parts_of(settings: SpreadSettings, known: Callable[[InstrumentId], Instrument]) -> Parts:
    """Return the legs of a conversion, sorted into options and futures."""
    pairs = [(leg, known(leg.instrument)) for leg in settings.legs]
    return Parts(
        tuple((leg, one, one.option) for leg, one in pairs if one.option is not None),
        tuple((leg, one) for leg, one in pairs if one.option is None),
    )


def fault(settings: SpreadSettings, known: Callable[[InstrumentId], Instrument], trading_day: int) -> str:
    """Return in one sentence why the legs are not the conversion they say they are; "" where they are."""
    if settings.conversion is None:
        closing = [_name(leg.instrument) for leg in settings.legs if leg.closes]
        return f"{'、'.join(closing)} 写了平仓，只有期权期货互转的腿才平已有持仓；请改腿。" if closing else ""
    parts = parts_of(settings, known)
    wrong = _strangers(parts) or _ended(parts, trading_day) or _sides(parts) or rate_fault(settings)
    if wrong:
        return wrong
    return _synthetic(parts) if settings.conversion.verb is Swap.SYNTHETIC else _single(settings.conversion.verb, parts)


def rate_fault(settings: SpreadSettings) -> str:
    """Return in one sentence why a conversion cannot be reckoned with its rate; "" where it can.

    Beyond `MOST_RATE` discounts vanish, and no model answers: whoever types so much means per cent.
    """
    if settings.conversion is None:
        return ""
    rate = settings.conversion.rate
    if rate < 0:
        return f"年利率 {amount_text(rate * 100)}% 不能为负，请改为 0 或正数。"
    if rate > MOST_RATE:
        return (
            f"年利率 {amount_text(rate * 100)}% 超过 100%，算不出平价和 Delta；请核对单位后改小，已在运行的停止后另建。"
        )
    return ""


def _strangers(parts: Parts) -> str:
    if len(parts.futures) != 1 or not parts.options:
        return "互转的腿应是期权和它们的一个标的期货，请重新选择合约。"
    _, future = parts.futures[0]
    for _, one, option in parts.options:
        if option.cash_settled:
            return f"{_name(one.id)} 现金结算，行权得不到期货，不能互转；请选期货期权。"
        if option.underlying != future.id:
            return f"{_name(one.id)} 的标的是 {_name(option.underlying)}，不是 {_name(future.id)}；请换期货合约。"
    return ""


def _ended(parts: Parts, trading_day: int) -> str:
    for _, one, _ in parts.options:
        if one.expiry is None:
            return f"{_name(one.id)} 的到期日未知，算不出期限；请在方案的 [[instrument]] 里写明 expiry。"
        if one.expiry < trading_day:
            return f"{_name(one.id)} 已过到期日 {one.expiry}，不能互转；请换合约。"
    return ""


def _sides(parts: Parts) -> str:
    options = {leg.closes for leg, _, _ in parts.options}
    (future, one) = parts.futures[0]
    if options != {not future.closes}:
        return "互转是平一边、开另一边：期权与期货应恰有一边平仓，请改腿。"
    for leg, _, option in parts.options:
        if exposure(option.right, leg.lots) * future.lots > 0:
            what = "买" if future.lots < 0 else "卖"
            return f"换前换后方向相反：{_name(one.id)} 应{what}，互转才不改变多空；请改腿的买卖。"
    return ""


def _synthetic(parts: Parts) -> str:
    if sorted(option.right for _, _, option in parts.options) != [Right.CALL, Right.PUT]:
        return "合成互换要一个看涨、一个看跌，请各选一个。"
    (one, first, terms), (other, second, others) = parts.options
    if (terms.strike, first.expiry) != (others.strike, second.expiry):
        return f"{_name(first.id)} 与 {_name(second.id)} 的行权价或到期日不同，合不成期货；请选同一行权价、同一到期。"
    if abs(one.lots) != abs(other.lots) or not _whole(parts):
        return "合成互换的看涨、看跌与期货应是同样的数量，请改手数。"
    return ""


def _single(verb: Swap, parts: Parts) -> str:
    if len(parts.options) != 1:
        return "这种互转只用一个期权合约，请去掉其余的。"
    if verb is Swap.DELTA:
        return ""
    leg, one, _ = parts.options[0]
    if (leg.lots < 0) != leg.closes:
        return f"保护替换用买入的期权，{_name(one.id)} 不能是卖方；要换卖方期权请用等Delta互换。"
    return "" if _whole(parts) else "保护替换的期权与期货应是同样的数量，请改手数。"


def _whole(parts: Parts) -> bool:
    # Unit for unit: so many tonnes of the option for as many of the future.
    future, known = parts.futures[0]
    tonnes = abs(future.lots) * known.multiplier
    return all(abs(leg.lots) * one.multiplier == tonnes for leg, one, _ in parts.options)


def earned(known: Instrument, lots: int, price: Decimal, underlying: Decimal) -> Decimal:
    """Return what signed lots that count at `price` now earn by the option's end with the underlying there, in yuan."""
    then = underlying if known.option is None else known.option.worth(underlying)
    return lots * known.multiplier * (then - price)


def _name(instrument: InstrumentId) -> str:
    return instrument.partition(".")[2] or instrument
