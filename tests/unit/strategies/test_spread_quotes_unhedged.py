"""A quote goes, and none is placed, where its fill could not be hedged: too late, nothing to close, not allowed."""

from __future__ import annotations

import msgspec

from terminal.domain.fact.marks import Repair
from terminal.strategies.spread.memory import SpreadMemory
from tests.unit.strategies.spreading import FAR, NEAR, market
from tests.unit.strategies.test_spread_quotes import quoted, resting
from tests.unit.strategies.world import SECOND, World


def test_a_quote_of_quick_hedges_is_withdrawn_and_cancelled_before_its_hedge_is_given_up() -> None:
    # Given hedges that take no time, by which the active leg may take until three seconds before a break
    made = quoted()
    assert isinstance(made.memory, SpreadMemory)
    made.memory.hedged_ms = [0] * 20
    made.sessions[NEAR] = msgspec.structs.replace(made.sessions[NEAR], ends_at=made.at + 12 * SECOND)
    made.step()
    row = resting(made)
    assert not row.cancel_asked
    # When seven seconds are left, then it is called back; a fill on the way, four seconds later, is still hedged.
    made.wait(5)
    made.step()
    assert row.cancel_asked
    made.wait(3.9)
    made.fill(row, 1)
    made.step()
    assert made.one("leg:1").terms.lots == 1
    made.cancelled(row)
    made.wait(2.2)
    made.step()
    assert made.live("leg:0") == [], "none is placed so late"


def test_a_quote_whose_cancel_was_lost_is_cancelled_while_winding_though_the_way_back_is_under_way() -> None:
    made = quoted()
    row = resting(made)
    made.fill(row, 1)
    made.step()
    made.accept(made.one("leg:1"))
    made.show(NEAR, None, None)
    made.wait(40)
    made.step()
    assert row.cancel_asked
    row.cancel_asked = False
    made.rest()
    for _ in range(40):
        made.wait(1, refresh=False)
        made.show(FAR, 7094, 7095)
        made.step()
        for one in made.live("leg:1"):
            if one.cancel_asked:
                made.cancelled(one)
    assert isinstance(made.memory, SpreadMemory)
    assert made.memory.legs[1].broken is Repair.UNWIND
    assert row.cancel_asked


def holding_and_selling() -> World:
    """Two sets are held, and the quote that sells them rests."""
    made = quoted(sets=2)
    made.fill(resting(made))
    made.step()
    made.fill(made.one("leg:1"))
    market(made, 106)
    for _ in range(3):
        made.wait(12)
        made.step()
    made.accept(resting(made))
    return made


def test_a_quote_whose_hedge_would_close_lots_that_another_order_has_frozen_is_withdrawn() -> None:
    made = holding_and_selling()
    made.step()
    assert not resting(made).cancel_asked
    made.short[NEAR] -= 1  # an order of a person closes it
    made.step()
    row = resting(made)
    assert row.cancel_asked
    made.cancelled(row)
    for _ in range(3):
        made.wait(30)
        made.step()
    assert made.live() == []
    made.short[NEAR] += 1
    made.wait(2)
    for _ in range(3):
        made.wait(12)
        made.step()
    assert resting(made).terms.lots == 2


def test_the_lots_its_own_hedge_is_closing_do_not_withdraw_the_rest_of_a_quote() -> None:
    made = holding_and_selling()
    made.fill(resting(made), 1)
    for _ in range(2):
        made.step()
        assert not resting(made).cancel_asked
    assert not made.one("leg:1").terms.is_opening


def test_a_hedge_leg_that_may_not_be_opened_withdraws_the_quote() -> None:
    made = quoted()
    made.closed_to_opening = {NEAR}
    made.step()
    row = resting(made)
    assert row.cancel_asked
    made.cancelled(row)
    made.wait(30)
    made.step()
    assert made.live() == []
    made.closed_to_opening = set()
    made.wait(30)
    made.step()
    made.step()
    assert resting(made)
