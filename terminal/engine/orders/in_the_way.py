"""Hold back an order of a strategy while an own order stands in its way, and say whose it is (control C14).

What would trade with an own working order is refused, of this account or of one under joint control, and would be
refused again for as long as that order stands: each refusal counts as an error (差错率) and makes the strategy wait
longer, and three of them in half a minute pause it. So one refusal is enough, also for what else the same decision
would send into an own order. It is stated with the order that stands there (`WayBarred`); from then on the strategy's
orders of that contract and side that would trade with an own order are not sent to the gate (`Draft.order`). Nothing
else of the strategy changes: it wants them still, its time-outs go on, a leg that lacks lots breaks and is told of when
its time has come.

The wait is over once nothing stands in the way, once the strategy's own price no longer meets it, or when it has wanted
nothing of the kind for a while: a book that blinks is no end. People are told of a leg alone once in each wait. A
pause, an end, and a new trading day forget it as well: then the gate is asked once more, and people read the reason of
the day. All of it is folded from facts, but for when it was last wanted: after a restart that counts anew.

Of an order of another account nothing is told but that it is there (SAFETY I25).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from terminal.domain.orders.order import OrderState
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.terms import Term
from terminal.engine.folds.barred import key_of
from terminal.engine.orders.reach import implied_of
from terminal.engine.wording import BUY_SELL, OFFSETS, person_name
from terminal.risk.reach import trades_now
from terminal.risk.self_match import crossed_by

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId, OrderId
    from terminal.domain.orders.order import Side
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow, StrategyRow

ELSEWHERE: Final = "实际控制关系账户的一笔未了委托"


def stands_in_way(
    look: Look,
    account: AccountState,
    instrument: InstrumentId,
    side: Side,
    price: Decimal,
    *,
    closing: bool,
    without: Collection[OrderId] = (),
) -> OrderRow | None:
    """Return the own working order that an order could trade with, this account's first; `None` where none is.

    Orders of the account named by `without` count as gone.
    """
    others = (one.live.values() for one in look.state.accounts.values() if one is not account)
    own = account.live.values() if not without else [row for row in account.live.values() if row.order not in without]
    jointly = (own, *others)
    known = look.instrument(instrument)
    if not closing or not trades_now(look.columns.quote(instrument), side, int(price / known.tick)):
        return crossed_by(instrument, side, price, jointly)
    return crossed_by(instrument, side, price, jointly, partial(implied_of, look))


def whose_words(account: AccountState, order: OrderRow) -> str:
    """Return whose an order in the way is and what it is, as far as an account may know it (SAFETY I25)."""
    terms, cause = order.terms, order.cause
    if terms.account != account.account:
        return ELSEWHERE
    owner = f"策略 {cause.strategy}" if cause.strategy is not None else person_name(account, cause.person)
    what = f"{BUY_SELL[terms.side]}{OFFSETS[terms.offset]} {terms.lots} 手 @ {amount_text(terms.price)}"
    unknown = f"，{Term.STATE_UNKNOWN}" if order.state is OrderState.UNKNOWN else ""
    return f"{owner} 的委托 {order.order}（{what}{unknown}）"


def is_barred(
    look: Look,
    account: AccountState,
    row: StrategyRow,
    instrument: InstrumentId,
    side: Side,
    price: Decimal,
    *,
    closing: bool,
) -> bool:
    """Return whether the gate would refuse a strategy's order for the reason for which it has refused one already."""
    known = row.barred.get(key_of(instrument, side))
    if known is None or known.trading_day != account.trading_day:
        return False
    return stands_in_way(look, account, instrument, side, price, closing=closing) is not None


def waiting_words(row: StrategyRow) -> str:
    """Return whose orders a strategy waits for, "" for none."""
    waits = sorted({known.why for known in row.barred.values()})
    return f"等待{'、'.join(waits)}让开（会自成交），让开即报" if waits else ""
