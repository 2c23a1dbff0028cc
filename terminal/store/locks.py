"""Fold what forbids orders: levels, kill switches and barriers per account and scope (SAFETY 6), and who holds it.

This is a second, smaller fold beside the engine's own, on purpose: a verifier that used the engine's words for what
was locked could not show that the engine had been wrong.
"""

from __future__ import annotations

from collections.abc import Iterable

from terminal.domain.fact import facts as f
from terminal.domain.fact.statement import Verdict
from terminal.domain.ids import AccountId, DeviceId, PersonId
from terminal.domain.orders.order import Origin
from terminal.domain.words.risk import Level, Scope
from terminal.risk.levels import STATEMENT_SIGNAL


class Locks:
    """Know at each record what may not be opened."""

    def __init__(self) -> None:
        self._levels: dict[tuple[AccountId, Scope, str], Level] = {}
        self._kills: set[tuple[AccountId, Scope]] = set()
        self._barriers: dict[AccountId, bool] = {}
        self._holders: dict[AccountId, tuple[PersonId, DeviceId]] = {}
        self._unlike: set[tuple[AccountId, int]] = set()  # days whose statement differs from the books

    def see(self, fact: f.Fact) -> Iterable[str]:
        """Take the next fact; return what is wrong with it."""
        match fact:
            case f.LevelChanged():
                self._levels[fact.account, fact.scope, fact.signal] = fact.after
                return self._still_unlike(fact)
            case f.StatementReconciled():
                self._compared(fact)
            case f.LevelReleased():
                if fact.scope == Scope():
                    self._unlike = {one for one in self._unlike if one[0] != fact.account}
                for key, level in self._levels.items():
                    if key[:2] == (fact.account, fact.scope) and level is Level.RED:
                        self._levels[key] = Level.ORANGE
                return _two_persons(fact)
            case f.KillSwitched():
                self._kills.add((fact.account, fact.scope))
            case f.KillReleased():
                self._kills.discard((fact.account, fact.scope))
                return _two_persons(fact)
            case f.BarrierBegan() | f.LinkLost():
                self._barriers[fact.account] = False
            case f.AccountTaken():
                self._holders[fact.account] = (fact.person, fact.device)
            case f.BarrierPassed():
                self._barriers[fact.account] = True
            case _:
                pass
        return ()

    def _compared(self, fact: f.StatementReconciled) -> None:
        day = fact.account, fact.result.trading_day
        if fact.result.verdict is Verdict.DIFFERS:
            self._unlike.add(day)
        elif fact.result.verdict is Verdict.CLEAN:
            self._unlike.discard(day)

    def _still_unlike(self, fact: f.LevelChanged) -> Iterable[str]:
        lifted = fact.signal == STATEMENT_SIGNAL and fact.before is Level.RED and fact.after is not Level.RED
        days = sorted(day for account, day in self._unlike if account == fact.account)
        return (f"{days[0]} 的结算单仍与账不符，只平仓却已解除",) if lifted and days else ()

    def level(self, order: f.OrderRecorded) -> Level:
        """Return the worst level that covers an order."""
        return max(
            (
                level
                for (account, scope, _), level in self._levels.items()
                if account == order.terms.account and _covers(scope, order)
            ),
            default=Level.NORMAL,
        )

    def is_killed(self, order: f.OrderRecorded) -> bool:
        """Return whether a kill switch covers an order."""
        return any(account == order.terms.account and _covers(scope, order) for account, scope in self._kills)

    def is_behind_barrier(self, order: f.OrderRecorded) -> bool:
        """Return whether the account was still reconciling after a cut when the order was recorded (SAFETY I7)."""
        return not self._barriers.get(order.terms.account, True)

    def is_anothers(self, order: f.OrderRecorded) -> bool:
        """Return whether an order by hand came from a desk that did not hold the account it had been taken by.

        One that a checker released was asked for earlier, when another desk may have held it.
        """
        by_hand = order.cause.origin is Origin.MANUAL and order.confirmation is None
        here = (order.cause.person, order.cause.device)
        return by_hand and self._holders.get(order.terms.account, here) != here


def _covers(scope: Scope, order: f.OrderRecorded) -> bool:
    return scope.strategy in (None, order.cause.strategy) and scope.instrument in (None, order.terms.instrument)


def _two_persons(fact: f.LevelReleased | f.KillReleased) -> Iterable[str]:
    return ("解除锁定的两人是同一人",) if fact.first == fact.second else ()
