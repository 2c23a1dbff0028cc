"""Say who may have caused what stands latched in an account: they take no part in letting it go (SAFETY 5 and 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.order import OrderState, Origin
from terminal.domain.words.risk import Level, Scope
from terminal.engine.refused import Refused
from terminal.engine.wording import person_name
from terminal.risk.levels import STATEMENT_SIGNAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import PersonId
    from terminal.engine.standing import LevelRow
    from terminal.engine.state import AccountState, OrderRow


def causing_persons(account: AccountState, scope: Scope) -> set[PersonId]:
    """Return who may have caused what stands latched in a scope: they take no part in its release (SAFETY 5 and 6).

    Under a red level that is whoever opened there today, or may have. A kill switch alone says nothing of what was
    filled before: it is whose opening orders it took back, or whose are unknown. A strategy's orders under red are
    those persons' who set it going; a kill switch that takes them back is no fault of theirs, unless they asked for the
    approval that the orders cite. A statement that differs is of a day that is over: today's orders did not cause it.
    """
    red = any(
        row.level is Level.RED and row.scope == scope and row.signal != STATEMENT_SIGNAL
        for row in account.levels.values()
    )
    return {
        person
        for row in account.orders.values()
        if row.trading_day == account.trading_day
        and row.terms.is_opening
        and ((red and row.filled) or row.killed or row.state is OrderState.UNKNOWN)
        and scope.strategy in {None, row.cause.strategy}
        and scope.instrument in {None, row.terms.instrument}
        for person in _who_wanted(account, row, red=red)
    }


def _who_wanted(account: AccountState, row: OrderRow, *, red: bool) -> Iterable[PersonId]:
    if row.cause.origin is Origin.MANUAL:
        return () if row.cause.person is None else (row.cause.person,)
    owner = account.strategies.get(row.cause.strategy) if red and row.cause.strategy is not None else None
    cited = account.confirmations.get(row.confirmation) if row.confirmation is not None else None
    return (*(owner.people if owner else ()), *((cited.confirmation.maker,) if cited else ()))


def barred_from_loosening(account: AccountState, person: PersonId) -> bool:
    """Return whether a person caused what is red in the account, and so loosens no limit of it."""
    return any(person in causing_persons(account, row.scope) for row in reds(account))


def refuse_causing(account: AccountState, person: PersonId) -> None:
    """Refuse whoever caused what is red in the account: they take no part in taking its cause away."""
    if barred_from_loosening(account, person):
        who = person_name(account, person)
        raise Refused(
            "CAUSING_TRADER",
            f"账户有红色级别，{who} 今日的开仓与此有关，不能提出或复核放宽限额、入金；请由另外两人（含一位风控）办理。",
        )


def reds(account: AccountState) -> list[LevelRow]:
    """Return what is red in the account."""
    return [row for row in account.levels.values() if row.level is Level.RED]
