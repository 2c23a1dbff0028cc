"""Say why a conversion (期权期货互转) may not start: its legs, what is held, its delta, and the money on its way (G4).

The gate asks an opening order for its margin; what a conversion closes is asked for nothing there, and buying back a
short option costs a premium. So 可用 is reckoned in every state it can be caught in, at the worst prices of the chases,
and one below zero refuses the whole.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.products import conversion
from terminal.engine.book.claims import claims_on
from terminal.engine.book.promised import promised
from terminal.engine.exercise.quote_ages import aged
from terminal.engine.orders.imagined import book_after
from terminal.engine.strategy.legged_orders import held_lots, holds_words, orders_to
from terminal.engine.wording import short, yuan
from terminal.risk.tradable import lacks
from terminal.strategies.spread.delta import Unknown, delta_standing
from terminal.strategies.spread.legged import legged_states

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.domain.orders.close_plan import PlannedOrder
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.strategies.spread.legged import Legged


def why_not_converted(look: Look, account: AccountState, strategy: StrategyId, settings: SpreadSettings) -> str:
    """Return in one sentence what is in the way of a conversion; "" where nothing is, or where it is none."""
    wrong = conversion.fault(settings, look.instrument, account.trading_day)
    if wrong or settings.conversion is None:
        return wrong
    wrong = _unknown(look, settings) or _not_held(look, account, strategy, settings)
    if not wrong and _comes_nearer(account.strategies.get(strategy), settings):
        wrong = _wrong_delta(look, settings)
    if wrong:
        return wrong
    worst = poorest(look, account, strategy, settings)
    if worst is None or worst[1] >= 0:
        return ""
    state, available = worst
    legs = zip(settings.legs, state.lots, state.lacking, strict=True)
    there = "、".join(holds_words(leg, lots, lack) for leg, lots, lack in legs)
    return f"互转途中若停在 {there}，可用 {yuan(available)}，资金不足；整组不报，请减少手数、平仓或入金。"


def poorest(
    look: Look, account: AccountState, strategy: StrategyId, settings: SpreadSettings
) -> tuple[Legged, Decimal] | None:
    """Return the state with the least 可用, and how much that is; `None` for what has no state."""
    held, found = held_lots(account, strategy, settings), []

    @cache
    def orders_of(leg: int, lots: int) -> tuple[PlannedOrder, ...]:
        return orders_to(look, account, settings, leg, lots, held=held[leg])

    for state in legged_states(settings):
        orders = [one for leg, lots in enumerate(state.lots) for one in orders_of(leg, lots)]
        book = book_after(account, look.state.tenant.instruments, orders, look.now)
        found.append((state, book.view(look.columns.last_price).available))
    return min(found, key=lambda one: one[1], default=None)


def _unknown(look: Look, settings: SpreadSettings) -> str:
    # The gate opens no option of which this is unknown, and the way back of one that is closed opens it again.
    for leg in settings.legs:
        what = lacks(look.instrument(leg.instrument))
        if what:
            where = "方案的 [[instrument]] 或 reference/options.csv"
            return f"{short(leg.instrument)} 的{'、'.join(what)}未知，开不出也开不回，不能互转；请在{where} 中写明。"
    return ""


def _not_held(look: Look, account: AccountState, strategy: StrategyId, settings: SpreadSettings) -> str:
    done = held_lots(account, strategy, settings)
    for leg, own in zip(settings.legs, done, strict=True):
        wanted = abs(settings.max_sets * leg.lots - own)
        if not leg.closes or not wanted:
            continue
        side = Side.BUY if leg.lots > 0 else Side.SELL
        position = account.book.position(leg.instrument, settings.hedge_flag)
        closable = position.short_closable if side is Side.BUY else position.long_closable
        asked = account.exercises.lots(leg.instrument, settings.hedge_flag) if side is Side.SELL else 0
        theirs = promised(account, leg.instrument, settings.hedge_flag, side, beside=strategy)
        name, way = short(leg.instrument), "空" if side is Side.BUY else "多"
        free = closable - asked - theirs.lots
        if free < wanted:
            spoken = "，".join(filter(None, (f"另有 {asked} 手在行权、放弃申请里" if asked else "", theirs.words)))
            said, stop = f"（{spoken}）" if spoken else "", "停止该策略" if theirs.lots else "撤单"
            what = f"要平 {name} {way}头 {wanted} 手，可平只有 {max(free, 0)} 手{said}"
            return f"{what}；请减少手数或先{stop}。"
        claims = claims_on(account, _close(look, account, settings, leg.instrument, side, wanted))
        if claims is not None and claims.free < wanted:
            owners = "、".join(claims.strategies)
            return f"{name} {way}头里有策略 {owners} 的持仓，不归它的只有 {claims.free} 手；请减少手数或先停止该策略。"
    return ""


def _close(
    look: Look, account: AccountState, settings: SpreadSettings, name: InstrumentId, side: Side, lots: int
) -> OrderTerms:
    price = look.columns.last_price(name) or look.instrument(name).tick
    return OrderTerms(
        account=account.account,
        instrument=name,
        side=side,
        offset=Offset.CLOSE,
        lots=lots,
        price=price,
        hedge_flag=settings.hedge_flag,
    )


def _comes_nearer(row: StrategyRow | None, settings: SpreadSettings) -> bool:
    # Whether it is started, or its limit raised: what trades no sooner than before may be changed at any delta.
    return row is None or not isinstance(row.settings, SpreadSettings) or settings.buy_at > row.settings.buy_at


def _wrong_delta(look: Look, settings: SpreadSettings) -> str:
    stands = delta_standing(look, settings)
    if stands is None or stands.equal:
        return ""
    option, future = short(stands.option.id), short(stands.future.id)
    match stands.why:
        case Unknown.NO_QUOTE:
            return f"{option} 或标的没有双边报价，算不出 Delta；请在有行情时再试。"
        case Unknown.OLD_QUOTE:
            old = "，".join(aged(look, (stands.option.id, stands.future.id)))
            return f"{old}，算出的 Delta 不算数；请在有新报价时再试。"
        case Unknown.LAST_DAY:
            return f"{option} 本交易日到期，没有 Delta 可等量；请行权、放弃或平仓。"
        case Unknown.NO_VOLATILITY:
            return f"{option} 的价格不高于行权所得，算不出隐含波动率和 Delta；请用合成互换、保护替换或行权。"
    now = f"{option} {stands.lots} 手"
    if not stands.wanted:
        return f"{now}的 Delta（{stands.delta:.4f}）不到半手期货，换不成；请加大手数或直接平仓。"
    return (
        f"{now}现在的 Delta 是 {stands.delta:.4f}，等量是 {future} {stands.wanted} 手，"
        f"填的是 {stands.given} 手；请把期货手数改为 {stands.wanted}。"
    )
