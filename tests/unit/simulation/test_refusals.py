"""A spread that broke a leg of a refused hedge begins no round that day; one that leaves at its exit closes at once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec import structs

from terminal.domain.fact.facts import OrderRefused, StrategyMarked, StrategyResumed
from terminal.domain.fact.marks import ExitReached, LegBroken, Repair, RoundBegan, RoundEnded
from terminal.domain.fact.way_marks import WayBarred
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.simulation.rough.refusal_judge import Refusals
from tests.unit.simulation.made import CAUSE, DAY, IRON, STRATEGY, TERMS, TRADER, A

REFUSED = OrderRefused(terms=TERMS, cause=CAUSE, findings=())
APPROVED = Finding(
    control="C2", code="ORDER_VALUE_LARGE", verdict=Verdict.WARN, value="6", limit="5", sentence="已由另一人复核。"
)
IN_WAY = Finding(control="C14", code="SELF_MATCH", verdict=Verdict.DENY, value="", limit="", sentence="会自成交。")
BY_OWN = OrderRefused(terms=TERMS, cause=CAUSE, findings=(APPROVED, IN_WAY))
BY_MORE = OrderRefused(terms=TERMS, cause=CAUSE, findings=(structs.replace(APPROVED, verdict=Verdict.DENY), IN_WAY))
OF_BOTH = OrderRefused(terms=TERMS, cause=CAUSE, findings=(), combination=InstrumentId("DCE.SP i2509&i2601"))
RESUMED = StrategyResumed(account=A, strategy=STRATEGY, person=TRADER)


def marked(mark):
    return StrategyMarked(account=A, strategy=STRATEGY, at=0, mark=mark)


BEGAN = marked(RoundBegan(round=1, sets=1, price=Decimal(1)))
ENDED = marked(RoundEnded(round=1, residual=(), over=False))
EXIT = marked(ExitReached(price=Decimal(1), level=Decimal(1), stopped=True))
FREE = marked(
    WayBarred(
        instrument=IRON,
        side=Side.BUY,
        price=Decimal(1),
        tag="",
        trading_day=DAY,
        since=0,
        why="",
        told=False,
        free=True,
    )
)
BROKEN = marked(LegBroken(leg=1, instrument=IRON, lots=1, value_yuan=None, repair=Repair.UNWIND, plan=""))


@pytest.mark.parametrize(
    ("facts", "faults"),
    [
        ((BEGAN, REFUSED, BROKEN, ENDED, BEGAN), 1),
        ((BEGAN, REFUSED, BROKEN, ENDED, RESUMED, BEGAN), 0),
        ((BEGAN, OF_BOTH, BROKEN, ENDED, BEGAN), 0),
        # An own order that is gone bars nothing more; what a second person had approved never did.
        ((BEGAN, BY_OWN, BROKEN, FREE, ENDED, BEGAN), 0),
        ((BEGAN, BY_MORE, BROKEN, FREE, ENDED, BEGAN), 1),
        # What was refused to its openings holds no closing back: before the exit, or in the round still under way.
        ((BEGAN, REFUSED, BROKEN, ENDED, EXIT, BEGAN), 0),
        ((BEGAN, EXIT, REFUSED, BROKEN, ENDED, BEGAN), 0),
        # What is refused to the closing does.
        ((EXIT, BEGAN, REFUSED, BROKEN, ENDED, BEGAN), 1),
        ((BEGAN, EXIT, ENDED, BEGAN, REFUSED, BROKEN, ENDED, BEGAN), 1),
    ],
)
def test_a_round_after_a_refused_hedge_is_blamed_unless_it_closes_at_an_exit(facts, faults):
    judge = Refusals()
    assert len([fault for fact in facts for fault in judge.kept(fact, DAY)]) == faults
    assert not list(judge.kept(BEGAN, DAY + 1))
