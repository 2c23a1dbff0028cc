"""A leg that stands alone when its market is about to close: people are told before, not after it has opened again."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain.commands import SubmitOrder
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.domain.reports import Traded
from terminal.domain.words.risk import Level
from tests.engine_market import AU, WITH_GOLD
from tests.engine_world import AP, DAY, FAR, ONE, RB, TRADER, Shown, World, terms
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, show, spread_settings
from tests.scenario.test_spread_sessions import gold
from tests.unit.engine.foreseen import start

LUNCH, AFTERNOON = instant(DAY, 11, 30), instant(DAY, 13, 30)
CODE = "LEG_OVER_BREAK"


def naked_before_lunch(begin: Begin, *, by_hand: int = 0) -> World:
    """Begin a world whose spread learns of its first leg ten seconds before lunch, while nobody bids for the other.

    Of the other a person has sold `by_hand` lots.
    """
    world = begin(at=LUNCH - 60 * SECOND_NS)
    if by_hand:
        show(world)
        world.sell(by_hand, 3600, instrument=FAR)
    world.do(TRADER, start(spread_settings()))
    world.wire.hold = (Traded,)
    show(world)
    world.show_at(LUNCH - 10 * SECOND_NS, {FAR: (None, 3602)})
    world.tell_held()
    world.show()
    assert (world.net(RB), world.net(FAR)) == (3, -by_hand)
    return world


def test_a_leg_that_goes_naked_into_lunch_is_told_once_before_it(begin: Begin) -> None:
    world = naked_before_lunch(begin)
    assert alerts(world, CODE) == []
    # When three seconds are left, in which nothing of it may be sent any more, and then lunch
    world.wait_until(LUNCH)
    (told,) = alerts(world, CODE)
    assert told.level is Level.ORANGE
    assert "rb2105（SHFE.rb2105）还应卖出 3 手" in told.sentence.replace("螺纹钢2105", "rb2105")
    assert "开市后策略先补齐" in told.sentence
    for minute in range(1, 120, 7):
        world.show_at(LUNCH + minute * 60 * SECOND_NS)
    # Then it was told once; and after lunch the leg is hedged, or told again when the day ends.
    assert len(alerts(world, CODE)) == 1
    world.show_at(AFTERNOON + SECOND_NS, {RB: (3700, 3701), FAR: (3600, 3602)})
    world.wait(5)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    world.show_at(instant(DAY, 15) - 2 * SECOND_NS)
    assert len(alerts(world, CODE)) == 1


def test_a_leg_still_naked_at_the_next_close_is_told_again(begin: Begin) -> None:
    world = naked_before_lunch(begin)
    world.wait_until(LUNCH)
    limit_down: dict[InstrumentId, Shown] = {RB: (None, 3500), FAR: (None, 3400)}
    world.show_at(AFTERNOON + SECOND_NS, limit_down)
    world.wait(10)
    assert len(alerts(world, CODE)) == 1
    world.show_at(instant(DAY, 15) - 2 * SECOND_NS, limit_down)
    assert len(alerts(world, CODE)) == 2
    assert world.net(RB) == 3


def test_a_balanced_spread_goes_into_lunch_without_a_word(begin: Begin) -> None:
    world = begin(at=LUNCH - 60 * SECOND_NS)
    world.do(TRADER, start(spread_settings()))
    for _ in range(5):
        show(world)
    assert world.net(RB) == -world.net(FAR) != Decimal(0)
    world.wait_until(LUNCH + 5 * SECOND_NS)
    assert alerts(world, CODE) == []


def test_a_leg_alone_while_both_months_are_locked_is_told_before_its_market_closes(begin: Begin) -> None:
    # Given a spread that holds its first leg, and a morning in which all months fall to their limit at once
    world = naked_before_lunch(begin)
    world.wait_until(LUNCH)
    limit_down: dict[InstrumentId, Shown] = {RB: (None, 3500), FAR: (None, 3400)}
    world.show_at(AFTERNOON + SECOND_NS, limit_down)
    # When its chases have had their time: nobody bids for the second leg, nor for the first one on its way back
    world.wait(30)
    (told,) = alerts(world, "LEG_BROKEN")
    assert "缺 3 手" in told.sentence
    assert "两腿都没有对手价" in told.sentence
    # Then it stays with that word, and when somebody bids again the second leg is sold.
    world.wait(60)
    assert len(alerts(world, "LEG_BROKEN")) == 1
    world.show({FAR: (3400, 3401)}, last={RB: 3500, FAR: 3400})
    world.wait(40)
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_a_naked_leg_is_chased_while_both_its_contracts_say_nothing(begin: Begin) -> None:
    # Found by the rough markets: a hedge was taken back to be chased, and then neither leg quoted for a while.
    world = begin()
    world.do(TRADER, start(spread_settings()))
    world.wire.hold = (Traded,)
    show(world)
    show(world, lots=1)
    world.tell_held()
    show(world, (3590, 3592))
    assert (world.net(RB), world.net(FAR)) == (3, -1)
    sent = len(world.wire.sent)
    del world.quotes[RB], world.quotes[FAR]
    for _ in range(40):
        world.show()
    assert len(world.wire.sent) > sent
    assert (world.net(RB), world.net(FAR)) == (3, -3)


APPLES = SpreadSettings(
    account=ONE,
    legs=(
        SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=AP, coefficient=Decimal(-1), lots=-1),
    ),
    buy_at=Decimal(0),
    sell_at=Decimal(1000),
)
CLOSE, NIGHT, REBAR_ENDS = instant(DAY, 15), instant(DAY, 21), instant(DAY, 23)


def close(world: World, instrument: InstrumentId, price: str, offset: Offset) -> None:
    order = replace(terms(Side.SELL, 1, Decimal(price), instrument=instrument), offset=offset)
    assert world.do(TRADER, SubmitOrder(terms=order)).ok


def naked_without_apples(begin: Begin, held_by: Offset | None = None) -> World:
    """Come to the close of the day with rebar bought, and apples, which have no night, not sold: nobody bid."""
    world = begin(at=CLOSE - 60 * SECOND_NS)
    world.show({RB: (3700, 3701), AP: (7400, 7401)})
    assert world.do(TRADER, start(APPLES, SPREAD)).ok
    world.wire.hold = (Traded,)
    world.show()
    world.show_at(CLOSE - 10 * SECOND_NS, {AP: (None, 7401)})
    world.tell_held()
    if held_by is not None:
        close(world, RB, "3790", held_by)
    world.wait_until(CLOSE + 5 * SECOND_NS)
    assert (world.net(RB), world.net(AP)) == (1, 0)
    return world


def test_a_leg_whose_lead_trades_at_night_is_told_to_be_taken_back_and_not_to_be_hedged(begin: Begin) -> None:
    # Given rebar bought in the last minute of the day, and apples that are not sold
    world = naked_without_apples(begin)
    (told,) = alerts(world, CODE)
    assert "苹果101（CZCE.AP101）还应卖出 1 手" in told.sentence
    assert told.sentence.endswith(
        "休市前已来不及补齐；AP101 休市期间 rb2101 仍要交易，策略会先退回主动腿 rb2101，请勿重复对冲。"
    )
    assert "人工对冲" not in told.sentence
    # When the night begins, then rebar goes back as they read, and apples are not touched.
    world.show_at(NIGHT + SECOND_NS, {RB: (3700, 3701)})
    world.wait(5)
    assert (world.net(RB), world.net(AP)) == (0, 0)
    assert len(alerts(world, CODE)) == 1


def test_a_close_that_ends_with_the_day_keeps_no_lead_from_being_told_to_go_back_at_night(begin: Begin) -> None:
    # Given a person's close of that rebar, which is no order any more at night
    world = naked_without_apples(begin, held_by=Offset.CLOSE_TODAY)
    (told,) = alerts(world, CODE)
    assert "策略会先退回主动腿 rb2101" in told.sentence
    world.show_at(NIGHT + SECOND_NS, {RB: (3700, 3701)})
    world.wait(5)
    assert (world.net(RB), world.net(AP)) == (0, 0)


def gold_alone(begin: Begin, held_by: Offset | None = None) -> World:
    """Come to the last second of rebar's night with gold bought, and ten of rebar not sold: nobody bid."""
    world = begin(at=REBAR_ENDS - 35 * SECOND_NS, universe=WITH_GOLD)
    world.show({AU: (460, "460.02"), RB: (3700, 3701)})
    assert world.do(TRADER, start(gold(), SPREAD)).ok
    world.wire.hold = (Traded,)
    world.show()
    world.show_at(REBAR_ENDS - 10 * SECOND_NS, {RB: (None, 3701)})
    world.tell_held()
    world.show()
    if held_by is not None:
        close(world, AU, "470", held_by)
    world.wait_until(REBAR_ENDS - SECOND_NS)
    assert (world.net(AU), world.net(RB)) == (1, 0)
    return world


def test_gold_that_trades_on_is_told_to_go_back_for_rebar_whose_night_has_ended(begin: Begin) -> None:
    world = gold_alone(begin)
    (told,) = alerts(world, CODE)
    assert told.sentence.endswith("rb2101 休市期间 au2012 仍要交易，策略会先退回主动腿 au2012，请勿重复对冲。")
    for _ in range(40):
        world.show({AU: (460, "460.02")})
    assert (world.net(AU), world.net(RB)) == (0, 0)


def test_gold_whose_lot_another_close_holds_is_not_told_to_go_back(begin: Begin) -> None:
    # Given a person's close of the gold, far above the market
    world = gold_alone(begin, held_by=Offset.CLOSE_TODAY)
    (told,) = alerts(world, CODE)
    assert "开市后策略先补齐" in told.sentence
    for _ in range(40):
        world.show({AU: (460, "460.02")})
    assert (world.net(AU), world.net(RB)) == (1, 0)
