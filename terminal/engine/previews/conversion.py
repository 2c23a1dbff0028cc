"""Say what a conversion (期权期货互转) does step by step: premium, fee, margin, 可用, and what is earned (G1, G4).

The steps are the legs in their order, each whole, at the opposite price now; the check before the start walks every
state in between at the worst price. What is earned is counted from the prices now to the options' end: of what is given
up, and of what takes its place, the spread and the fees of the exchange taken off.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Swap
from terminal.domain.products import parity
from terminal.domain.products.conversion import Parts, earned, parts_of
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Rounding
from terminal.domain.products.option import Right, Style
from terminal.domain.products.option_figures import life_of, model_of
from terminal.domain.words.amount_text import amount_text
from terminal.engine.exercise.quote_ages import aged
from terminal.engine.orders.imagined import book_after
from terminal.engine.strategy.legged_orders import orders_to
from terminal.engine.wording import BUY_SELL, short, signed_yuan, yuan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.close_plan import PlannedOrder
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState

NUMBERS = "①②③④⑤⑥⑦⑧"
AROUND = tuple(Decimal(one) for one in ("0.8", "0.9", "0.95", "1", "1.05", "1.1", "1.2"))  # of the future's price now


def conversion_foreseen(look: Look, account: AccountState, settings: SpreadSettings) -> Iterator[str]:
    """Yield what a person must read before a conversion starts, a sentence each; nothing while a price is missing."""
    yield from _lives(look, settings)
    orders = [
        orders_to(look, account, settings, leg, settings.max_sets * one.lots, held=0, chases=0)
        for leg, one in enumerate(settings.legs)
    ]
    if not all(orders):
        return
    yield from _steps(look, account, settings, orders)
    parts = parts_of(settings, look.instrument)
    yield from _figures(look, settings, parts)
    yield from _parity(look, settings, parts, orders)
    yield from _earned(look, settings, parts, orders)


def _lives(look: Look, settings: SpreadSettings) -> Iterator[str]:
    for _, one, _ in parts_of(settings, look.instrument).options:
        if one.expiry is not None:
            left = round(life_of(look, one) * parity.YEAR)
            yield f"{short(one.id)} 到期日 {one.expiry}，{f'剩 {left} 天' if left else '本交易日是最后交易日'}"


def last_day_words(look: Look, settings: SpreadSettings) -> str:
    """Return that an option of a conversion ends today, and what that means; "" where none does."""
    if settings.conversion is None:
        return ""
    parts = parts_of(settings, look.instrument)
    ending = [short(one.id) for _, one, _ in parts.options if one.expiry == look.trading_day]
    then = "收市时没有换完的不再换" if parts.to_future else "收市时没有换完的不再换，换到的期权当天就到期"
    return f"本交易日（{look.trading_day}）是 {'、'.join(ending)} 的最后交易日：{then}" if ending else ""


def _steps(
    look: Look, account: AccountState, settings: SpreadSettings, orders: list[tuple[PlannedOrder, ...]]
) -> Iterator[str]:
    listed, mark = look.state.tenant.instruments, look.columns.last_price
    done: list[PlannedOrder] = []
    before = account.book.view(mark)
    start = before
    for place, several in enumerate(orders):
        done += several
        after = book_after(account, listed, done, look.now).view(mark)
        leg, terms = settings.legs[place], several[0].terms
        premium = _premium(listed[leg.instrument], several)
        yield (
            f"{NUMBERS[place]} {BUY_SELL[terms.side]}{'平' if leg.closes else '开'} {short(leg.instrument)} "
            f"{sum(one.terms.lots for one in several)} 手 @{amount_text(terms.price)}"
            f"{premium}，手续费 {_fee(several)}，保证金 {yuan(before.margin)} → {yuan(after.margin)}，"
            f"可用 {yuan(before.available)} → {yuan(after.available)}"
        )
        before = after
    fees = _fee([one for several in orders for one in several])
    yield (
        f"合计：权利金 {signed_yuan(before.premium - start.premium)}，手续费 {fees}，"
        f"保证金 {signed_yuan(before.margin - start.margin)}，可用 {signed_yuan(before.available - start.available)}；"
        f"{'①先成交，其余随即跟上' if len(orders) > 1 else ''}"
    )


def _premium(known: Instrument, orders: tuple[PlannedOrder, ...]) -> str:
    if known.option is None:
        return ""
    paid = sum((known.value(one.terms.price, one.terms.lots) for one in orders), ZERO)
    return f"，{'付' if orders[0].terms.side.sign > 0 else '收'}权利金 {yuan(paid)}"


def _fee(orders: list[PlannedOrder] | tuple[PlannedOrder, ...]) -> str:
    fees = [one.fee for one in orders]
    return "未知" if None in fees else yuan(sum((one for one in fees if one is not None), ZERO), 2)


def _figures(look: Look, settings: SpreadSettings, parts: Parts) -> Iterator[str]:
    # Delta in lots of the future: what the options move with, what the future does, and what is left of both.
    future, known = parts.futures[0]
    options, words = ZERO, []
    old = "，".join(aged(look, (*(one.id for _, one, _ in parts.options), known.id)))
    if old:
        yield f"{old}：隐含波动率、Delta 和平价按旧报价算，只供参考"
    for leg, one, _ in parts.options:
        found = model_of(look, settings, one)
        if found is None or found.greeks is None:
            yield f"{short(one.id)} 的隐含波动率现在算不出（没有双边报价、本交易日到期，或价格不高于行权所得）"
            return
        delta = Decimal(repr(found.greeks.delta))
        words.append(
            f"{short(one.id)} 隐含波动率 {found.greeks.volatility * 100:.2f}%，Delta {amount_text(round(delta, 4))}"
        )
        options += delta * leg.lots * settings.max_sets * one.multiplier / known.multiplier
    left = options + future.lots * settings.max_sets
    yield (
        f"{'；'.join(words)}；Delta 变化（折 {short(known.id)}）：期权 {_lots(options)}，期货 "
        f"{_lots(Decimal(future.lots * settings.max_sets))}，余 {_lots(left)}"
    )


def _lots(lots: Decimal) -> str:
    rounded = lots.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{'+' if rounded > 0 else ''}{amount_text(rounded)} 手"


def _parity(
    look: Look, settings: SpreadSettings, parts: Parts, orders: list[tuple[PlannedOrder, ...]]
) -> Iterator[str]:
    chosen = settings.conversion
    if chosen is None or chosen.verb is not Swap.SYNTHETIC:
        return
    price = {several[0].terms.instrument: several[0].terms.price for several in orders}
    by_right = {option.right: (one, option) for _, one, option in parts.options}
    (call, terms), (put, _) = by_right[Right.CALL], by_right[Right.PUT]
    future, known = parts.futures[0]
    life, at = life_of(look, call), price[known.id]
    difference = price[call.id] - price[put.id]
    inputs = f"年利率 {amount_text(chosen.rate * 100)}%，剩 {round(life * parity.YEAR)} 天"
    if terms.style is Style.AMERICAN:
        low, high = parity.bounds(terms.strike, at, rate=chosen.rate, life=life)
        where = "在之内"
        if not low <= difference <= high:
            where = f"在之外：{_outside(look, settings, parts, earns=(difference > high) is (future.lots > 0))}"
        yield (
            f"平价（{inputs}）：美式期权没有等式，C − P 应在 {amount_text(low)} 至 {amount_text(high)}，"
            f"按要成交的价是 {amount_text(difference)}，{where}；卖出的期权可能提前被行权"
        )
    else:
        forward = parity.synthetic(terms.strike, difference, rate=chosen.rate, life=life)
        yield f"平价（{inputs}）：合成期货 F = K + (C − P)·e^(rT) = {amount_text(forward)}，期货 {amount_text(at)}"
    gain = parity.edge(terms.strike, difference, at, buys=future.lots > 0, rate=chosen.rate, life=life)
    lots = abs(future.lots) * settings.max_sets
    whole = known.value(gain, lots)
    fees = [one.fee for several in orders for one in several]
    if None in fees:
        yield f"互换价差 {_signed(gain)} 元，共 {signed_yuan(whole)}；手续费未知，净得算不出"
        return
    net = whole - sum((one for one in fees if one is not None), ZERO)
    about = "约" if terms.style is Style.AMERICAN else ""
    yield f"互换价差{about} {_signed(gain)} 元，{lots} 手共 {signed_yuan(whole)}，扣手续费净得 {signed_yuan(net)}"


def _outside(look: Look, settings: SpreadSettings, parts: Parts, *, earns: bool) -> str:
    # Beyond a bound nothing is for nothing unless whoever trades there earns by it, this way or the other.
    if earns:
        return "报价可疑，或有无风险的差"
    return "报价可疑，反方向换才有无风险的差" if _other_way_earns(look, settings, parts) else "只付了买卖价差"


def _other_way_earns(look: Look, settings: SpreadSettings, parts: Parts) -> bool:
    # The same bounds at the sides that are not traded here.
    price: dict[InstrumentId, Decimal] = {}
    for leg in settings.legs:
        quote, known = look.quote(leg.instrument), look.instrument(leg.instrument)
        ticks = None if quote is None else quote.bid if leg.lots > 0 else quote.ask
        if ticks is None:
            return False
        price[leg.instrument] = known.price(ticks)
    chosen, future = settings.conversion, parts.futures[0][0]
    by_right = {option.right: (one, option) for _, one, option in parts.options}
    (call, terms), (put, _) = by_right[Right.CALL], by_right[Right.PUT]
    rate = ZERO if chosen is None else chosen.rate
    low, high = parity.bounds(terms.strike, price[future.instrument], rate=rate, life=life_of(look, call))
    difference = price[call.id] - price[put.id]
    return difference < low if future.lots > 0 else difference > high


def exercise_earns(look: Look, option: Instrument, lots: int, *, fee: Decimal, netted: int) -> Iterator[str]:
    """Yield what long lots of an option earn if they are kept, and if they are exercised now, a sentence a price.

    `netted` lots of the future that comes are closed at once against lots that are held.
    """
    terms = option.option
    if terms is None or terms.cash_settled:
        return
    future, mark = look.instrument(terms.underlying), look.columns.last_price(option.id)
    now = look.columns.last_price(future.id)
    if mark is None or now is None:
        return
    sign = terms.future_side(Side.BUY).sign
    for point in _points(future, now, [terms.strike]):
        before = earned(option, lots, mark, point) + earned(future, -sign * netted, now, point)
        gone = lots * option.multiplier * mark  # what the option is worth goes with it
        after = earned(future, sign * (lots - netted), terms.strike, point)
        after += earned(future, sign * netted, terms.strike, now) - gone - fee
        yield _at(point, before, after)


def _signed(amount: Decimal) -> str:
    return f"{'+' if amount > 0 else ''}{amount_text(amount)}"


def _earned(
    look: Look, settings: SpreadSettings, parts: Parts, orders: list[tuple[PlannedOrder, ...]]
) -> Iterator[str]:
    future = parts.futures[0][1]
    now = look.columns.last_price(future.id)
    if now is None:
        return
    marks = {leg.instrument: look.columns.last_price(leg.instrument) for leg in settings.legs}
    if None in marks.values():
        return
    for point in _points(future, now, [one.strike for _, _, one in parts.options]):
        before, after = ZERO, ZERO
        for leg, several in zip(settings.legs, orders, strict=True):
            known, mark = look.instrument(leg.instrument), marks[leg.instrument]
            if mark is None:
                continue
            lots, paid = leg.lots * settings.max_sets, several[0].terms.price
            fees = sum((one.fee or ZERO for one in several), ZERO)
            if leg.closes:
                before += earned(known, -lots, mark, point)
                after += -lots * known.multiplier * (paid - mark) - fees
            else:
                after += earned(known, lots, paid, point) - fees
        yield _at(point, before, after)


def _points(future: Instrument, now: Decimal, strikes: list[Decimal]) -> list[Decimal]:
    return sorted({future.snap(now * share, Rounding.DOWN) for share in AROUND} | set(strikes))


def _at(point: Decimal, before: Decimal, after: Decimal) -> str:
    gained = signed_yuan(after - before)
    return f"到期标的 {amount_text(point)}：换前 {signed_yuan(before)}，换后 {signed_yuan(after)}，差 {gained}"
