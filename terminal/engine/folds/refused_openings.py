"""Fold for what the gate refused a strategy's openings last; its card says so (`not_opening`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.engine.standing import Refusal
from terminal.risk.self_match import SELF_MATCH

if TYPE_CHECKING:
    from terminal.domain.fact.facts import OrderRefused
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.state import AccountState, StrategyRow


def fold_refusal(row: StrategyRow, fact: OrderRefused, at: int, trading_day: int) -> None:
    """Fold that the gate refused an opening of a strategy."""
    worst = max(fact.findings, key=lambda finding: finding.verdict)
    if not fact.terms.is_opening or worst.code == SELF_MATCH:
        return
    known, name = row.refused, fact.terms.instrument
    goes_on = known is not None and (known.instrument, known.code, known.trading_day) == (name, worst.code, trading_day)
    row.refused = Refusal(
        instrument=name,
        code=worst.code,
        sentence=worst.sentence,
        since=known.since if known is not None and goes_on else at,
        until=at,
        times=known.times + 1 if known is not None and goes_on else 1,
        trading_day=trading_day,
    )


def fold_let_out(row: StrategyRow, terms: OrderTerms) -> None:
    """Fold that an order of a strategy was let out: what refused an opening there, or held a hedge back, is over."""
    row.hedge_held_at.pop(terms.instrument, None)
    if row.refused is not None and terms.is_opening and terms.instrument == row.refused.instrument:
        row.refused = None


def fold_other_limits(account: AccountState) -> None:
    """Fold that an account's limits were set anew: what those of before refused says nothing of an opening now."""
    for row in account.strategies.values():
        row.refused = None
