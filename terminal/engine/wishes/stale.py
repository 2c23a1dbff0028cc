"""Say what has changed since something was asked for, so that a yes to it would come to nothing (SAFETY 7).

The runner asks when the yes comes; a desk asks beforehand, with its own prices, so that a checker sees it coming.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.ids import InstrumentId
from terminal.domain.products.combination import is_combination
from terminal.engine.combinations.prices import priced
from terminal.engine.confirmations.circumstances import level_over, position_sign
from terminal.engine.sandbox.gate import why_unrehearsed
from terminal.engine.strategy import changes
from terminal.engine.strategy.changes import FIRST_VERSION

if TYPE_CHECKING:
    from terminal.domain.orders.confirmation import Stored
    from terminal.engine.combinations.prices import Market, Priced
    from terminal.engine.state import AccountState, State

DRIFT_TICKS = 5
DRIFT_FRACTION = Decimal("0.003")


def signed_prices(stored: Stored) -> dict[InstrumentId, Decimal]:
    """Return the price of each contract when it was asked for; of a parent the middle of its signed band."""
    looked_at = stored.looked_at
    if looked_at is not None:
        seen = stored.reference_price
        return {} if seen is None else {looked_at.instrument: seen}
    band = stored.envelope
    lowest = {} if band is None else band.lowest_price
    return {InstrumentId(name): (low + band.highest_price[name]) / 2 for name, low in lowest.items() if band}


def allowed_drift(seen: Decimal, tick: Decimal) -> Decimal:
    """Return how far, in yuan, a price may be from the one it was asked for at."""
    return max(DRIFT_TICKS * tick, seen * DRIFT_FRACTION)


def drift_of(name: InstrumentId, seen: Decimal, now: Priced) -> Decimal:
    """Return the same of a contract or a combination, whose shares are the first leg's, as its collar's are."""
    return allowed_drift(seen if now.base is None or not is_combination(name) else now.base, now.tick)


def why_stale(state: State, account: AccountState, stored: Stored, market: Market) -> str:
    """Return why an approval now would be void; "" where nothing has changed. The gate judges an order besides."""
    holder = account.holder
    if holder is not None and stored.is_trade and holder[0] != stored.maker:
        return f"账户已由 {holder[0]} 接管，{stored.maker} 提交的没有执行；请由持有人重新提交。"
    limits = account.limits
    if (limits.version if limits is not None else 0) != stored.limits_version:
        return "限额在提交后已变更，请重新提交。"
    if stored.settings is not None and stored.strategy is not None:
        moved = changes.moved_on(account, stored.strategy, stored.settings, stored.settings_version or FIRST_VERSION)
        if moved:
            return moved
        untried = why_unrehearsed(state, account, stored.strategy, stored.settings)  # by a newer program, since then
        if untried:
            return f"策略 {stored.strategy}：{untried}"
    terms = stored.looked_at
    if level_over(account, stored.cause.strategy, terms) > stored.level:
        return "风险级别在提交后已升高，请重新提交。"
    if terms is not None and position_sign(account, terms) != stored.position_sign:
        return "持仓方向在提交后已变化，请重新提交。"
    if terms is not None and stored.reference_price is None:
        return f"{terms.instrument} 没有可比价格，请重新提交。"
    for name, seen in signed_prices(stored).items():
        now = priced(state.tenant.instruments, name, market)
        price = None if now is None else now.price
        if now is None or price is None:
            return f"{name} 没有可比价格，请重新提交。"
        allowed = drift_of(name, seen, now)
        if abs(price - seen) > allowed:
            return f"{name} 价格由 {seen:f} 变为 {price:f}，超出允许漂移 {allowed:f}，请重新提交。"
    return ""
