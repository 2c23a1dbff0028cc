"""What the gate gathers for the rules: worst case, both accounts, the moment (SAFETY I6, I19, I20)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain import commands as c
from terminal.domain.ids import DeviceId, InstrumentId, PersonId, ProductId, StrategyId
from terminal.domain.orders.order import Cause, Offset, OrderTerms, Origin, Side
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Verdict
from terminal.engine.orders.gate import Parent, gather, judge, verdict_of
from terminal.risk.check import Check
from tests.engine_world import FAR, LIMITS, ONE, OTHER, RB, STRANGER, TRADER, I, World, terms

BY_HAND = Cause(origin=Origin.MANUAL, person=TRADER, device=DeviceId("desk"))
STEEL = HedgeBound(
    group="钢材",
    physical_tonnes=Decimal(500),
    weights={ProductId("SHFE.rb"): Decimal(10), ProductId("DCE.i"): Decimal(-100)},
)
HEDGED = msgspec.structs.replace(LIMITS, hedge_bounds=(STEEL,))


def ask(world: World, wanted: OrderTerms, cause: Cause = BY_HAND) -> Check:
    return gather(world.engine.look, wanted, cause, parent=Parent(wanted.lots, Decimal(1)), approved=False)


def sell(lots: int, *, instrument: InstrumentId = RB, price: str | int = 3700) -> OrderTerms:
    return terms(Side.SELL, lots, price, instrument=instrument)


def test_live_and_unknown_orders_count_as_filled_and_so_does_the_proposed_one() -> None:
    world = World()
    world.buy(2, 3701)
    world.buy(3, 3690)
    world.wire.lose_orders = True
    world.buy(4, 3689)
    world.wait(5)
    check = ask(world, terms(Side.BUY, 1, 3688))
    assert (check.worst_long, check.worst_short) == (10, 0)
    assert (ask(world, sell(5)).worst_long, ask(world, sell(5)).worst_short) == (9, 5)
    assert len(check.working) == 2


def test_a_close_is_reducing_only_up_to_what_is_still_closable() -> None:
    world = World()
    world.buy(5, 3701)
    world.close_long(2, 3720)
    closing = terms(Side.SELL, 3, 3700, offset=Offset.CLOSE_TODAY)
    assert ask(world, closing).reducing
    assert not ask(world, msgspec.structs.replace(closing, lots=4)).reducing
    assert not ask(world, msgspec.structs.replace(closing, offset=Offset.CLOSE_YESTERDAY)).reducing
    assert not ask(world, sell(1)).reducing


def test_what_nobody_knows_reaches_the_rules_as_none() -> None:
    world = World(limits=None)
    check = ask(world, terms(Side.BUY, 1, 3700, instrument=InstrumentId("SHFE.xx2101")))
    assert (check.instrument, check.session, check.quote, check.limits, check.money_after) == (None,) * 5
    findings = judge(world.engine.look, terms(Side.BUY, 1, 3701), BY_HAND, parent=Parent(1, Decimal(1)), approved=False)
    assert verdict_of(findings) is Verdict.DENY


def test_orders_and_messages_of_jointly_controlled_accounts_are_seen() -> None:
    world = World()
    elsewhere = terms(Side.SELL, 2, 3700, account=OTHER)
    assert world.do(STRANGER, c.SubmitOrder(terms=msgspec.structs.replace(elsewhere, price=Decimal(3705)))).ok
    check = ask(world, terms(Side.BUY, 1, 3706))
    assert [len(orders) for orders in check.jointly] == [0, 1]
    assert [len(stamps) for stamps in check.messages] == [0, 1]
    assert world.order(Side.BUY, 1, 3706).code == "SELF_MATCH"
    assert [len(stamps) for stamps in ask(world, terms(Side.BUY, 1, 830, instrument=I)).messages] == [0, 0]


def test_the_feed_is_that_of_the_orders_own_exchange() -> None:
    world = World()
    world.show_at(world.at + 1)
    assert ask(world, sell(1)).feed_at == world.at
    assert ask(world, sell(1, instrument=FAR)).feed_at == world.at


# --- hedge groups ----------------------------------------------------------------------------------------------


def tonnes(world: World, wanted: OrderTerms) -> tuple[Decimal, Decimal]:
    return ask(world, wanted).group_tonnes["钢材"]


def test_a_groups_tonnes_add_up_over_its_products_and_their_signs() -> None:
    world = World(limits=HEDGED)
    world.sell(20, 3700)
    world.buy(1, "830.5", instrument=I)
    assert tonnes(world, sell(5)) == (-300, -350)
    assert tonnes(world, terms(Side.BUY, 2, "830.5", instrument=I)) == (-300, -500)
    assert ask(world, terms(Side.BUY, 1, 7400, instrument=InstrumentId("CZCE.AP101"))).group_tonnes == {}


def test_orders_that_may_fill_count_on_their_own_side_and_never_make_room_for_the_other() -> None:
    # Given 200 t short and 100 t of buys that may never fill
    world = World(limits=HEDGED)
    world.sell(20, 3700)
    world.buy(10, 3690)
    # Then more selling is judged as if they did not, and more buying as if they did.
    assert tonnes(world, sell(5)) == (-200, -250)
    assert tonnes(world, terms(Side.BUY, 5, 3689)) == (-100, -50)


def test_a_bound_is_not_passed_by_resting_orders_of_the_other_side() -> None:
    limits: Limits = msgspec.structs.replace(HEDGED, hedge_confirm_fraction=Decimal(1))
    world = World(limits=limits)
    world.sell(45, 3700)
    world.buy(40, 3690)
    assert world.order(Side.SELL, 6, 3700).code == "HEDGE_ABOVE_EXPOSURE"
    assert world.order(Side.SELL, 5, 3700).ok


# --- strategies ------------------------------------------------------------------------------------------------


def test_a_strategys_own_loss_is_what_its_lots_and_fees_cost_today() -> None:
    world = World()
    grid = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3700),
        step=Decimal(10),
        lines=3,
        lots_per_line=2,
        stop=Decimal(3500),
        lower=Decimal(3600),
        upper=Decimal(3800),
    )
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId("g"), settings=grid))
    world.show()
    world.show({RB: (3680, 3681)})
    by_strategy = Cause(
        origin=Origin.STRATEGY, person=PersonId("runner"), device=DeviceId("runner"), strategy=StrategyId("g")
    )
    # Two lots at 3690, marked at 3680.5: 190 yuan and 6 of fees. The account has lost no more and no less.
    check = ask(world, sell(1), by_strategy)
    assert check.strategy_day_loss == 2 * 10 * Decimal("9.5") + 6
    assert check.day_loss == check.strategy_day_loss
    assert check.strategy_running
    assert ask(world, sell(1)).strategy_day_loss == 0
    world.do(TRADER, c.StopStrategy(account=ONE, strategy=StrategyId("g")))
    assert not ask(world, sell(1), by_strategy).strategy_running
