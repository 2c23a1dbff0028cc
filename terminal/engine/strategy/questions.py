"""Ask of a strategy's settings all that is asked where they are typed, foreseen and approved: one list for the three.

Each answer is a code and a sentence that does not name the strategy. What depends on who asks, on prices and on limits
is asked beside it: roles, the second person, the envelope, the states a spread can be caught in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.parameters.strategy import RollSettings
from terminal.engine.strategy.envelope import envelope_of, finer_than_priced, hopeless, not_listed, unfit
from terminal.engine.strategy.expired import why_expired
from terminal.engine.strategy.months import why_not_there
from terminal.engine.strategy.owners import why_owned
from terminal.engine.strategy.rebinding import why_not_fresh, why_not_taken, why_too_few
from terminal.engine.strategy.stopped import why_stopped
from terminal.engine.strategy.whereabouts import where_it_stands
from terminal.engine.wording import short
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.domain.orders.confirmation import Envelope
    from terminal.domain.parameters.limits import Limits
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow


class Fault(NamedTuple):
    """Hold why settings cannot be had, for programs and for people."""

    code: str
    sentence: str


def start_fault(look: Look, account: AccountState, strategy: StrategyId, settings: StrategySettings) -> Fault | None:
    """Return why a strategy that is not there yet cannot be started by these settings, or `None`."""
    wrong = why_not_fresh(settings) or strategy_of(settings).check(settings)
    if wrong:
        return Fault("BAD_SETTINGS", wrong)
    fault = _of_contracts(look, settings)
    if fault is not None:
        return fault
    wrong = why_expired(look, settings) or hopeless(look, settings)
    if isinstance(settings, RollSettings) and not wrong:
        wrong = why_not_taken(look, account, settings)
    if wrong:
        return Fault("BAD_SETTINGS", wrong)
    owned = why_owned(account, strategy, settings)
    return Fault("TARGET_OWNED", owned) if owned else None


def change_fault(look: Look, account: AccountState, row: StrategyRow, settings: StrategySettings) -> Fault | None:
    """Return why a strategy that is there cannot go on by these settings, or `None`; `changes.fault` is asked before.

    A running roll keeps its days that have passed under it, and what it takes along: of that only the lots are asked.
    """
    wrong = why_not_there(look, account, row, settings)
    if wrong:
        return Fault("BAD_SETTINGS", wrong)
    fault = _of_contracts(look, settings)
    if fault is not None:
        return fault
    wrong = hopeless(look, settings, row)
    if isinstance(settings, RollSettings) and not wrong:
        wrong = why_too_few(account, settings)
    return Fault("BAD_SETTINGS", wrong) if wrong else None


def barred_start(account: AccountState, strategy: StrategyId, settings: StrategySettings) -> Fault | None:
    """Return why the kill switch or the red level keeps a strategy from being started, or `None`."""
    why = why_stopped(account, strategy, settings)
    return Fault("STOPPED", f"{why}。") if why else None


def too_dear(look: Look, envelope: Envelope, limits: Limits, row: StrategyRow | None = None) -> Fault | None:
    """Return why a task is worth more than the account allows, second person or not, or `None`.

    What runs, and is `row`, may be changed all the same where it comes to be worth no more than it is: it opens nothing
    beyond the limit (C2), and nobody is kept from tightening its stop or making it smaller.
    """
    value = envelope.total_value_yuan
    if value <= limits.max_value_yuan:
        return None
    has = None if row is None else envelope_of(look, where_it_stands(row, row.settings), runs=True)
    if has is not None and value <= has.total_value_yuan:
        return None
    return Fault("PARENT_VALUE", f"总价值 {value:.0f} 元超过上限 {limits.max_value_yuan} 元。")


def _of_contracts(look: Look, settings: StrategySettings) -> Fault | None:
    unlisted = not_listed(look, settings)
    if unlisted is not None:
        return Fault("UNKNOWN_INSTRUMENT", unlisted)
    fine = finer_than_priced(look, settings)
    if fine is not None:
        return Fault("BAD_SETTINGS", f"{short(fine)} 的价格系数太细，价差算不到百万分之一元以内，请少写几位小数。")
    wrong = unfit(look, settings)
    return Fault("BAD_SETTINGS", wrong) if wrong else None
