"""A target whose group holds options: they count by their delta, and who takes them in is told what will happen."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.facts import OrderRefused
from terminal.domain.fact.target_marks import Obstacle, TargetHindered
from terminal.domain.ids import InstrumentId, ProductId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.otc import HandMark, OtcKind, OtcTerms
from terminal.domain.otc_commands import BookOtc, MarkOtc
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.parameters.strategy import Swap
from terminal.domain.parameters.target import FixedBand, TargetMode
from terminal.domain.products.option import Right
from terminal.domain.words.risk import Verdict
from tests.engine_market import CALL_830, PUT_830, WITH_PAIR
from tests.engine_world import CHECKER, DAY, NEXT_DAY, ONE, TRADER, I, Shown, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.converting import SHOWN, foresee, lots, settings, tick
from tests.scenario.converting import start as convert
from tests.scenario.targets import KEEPER, ORE, TONNES, change, marks, memory, ore_limits, start, target
from tests.unit.engine.foreseen import ask

FAR_BELOW: dict[InstrumentId, Shown] = {I: ("600", "600.5"), CALL_830: ("0.5", "1")}
FUTURES, OPTIONS = ProductId("DCE.i"), ProductId("DCE.i_o")
"""Ten thousand tonnes of ore; a call at 830 while its future is at 600 moves with it by next to nothing."""


def weighed(*products: ProductId) -> Limits:
    """Return limits whose ore group weighs these products, a hundred tonnes a lot."""
    bound = HedgeBound(group=ORE, physical_tonnes=TONNES, weights=dict.fromkeys(products, Decimal(100)))
    return msgspec.structs.replace(ore_limits(), hedge_bounds=(bound,))


def yard(begin: Begin, *products: ProductId) -> World:
    world = begin(universe=WITH_PAIR, limits=weighed(*products))
    tick(world, SHOWN)
    return world


def ticks(world: World, count: int, shown: dict[InstrumentId, Shown] | None = None) -> None:
    for _ in range(count):
        tick(world, shown)


def foreseen(world: World) -> str:
    seen = ask(world, c.StartStrategy(account=ONE, strategy=KEEPER, settings=target()))
    return "\n".join(seen.details)


def card(world: World, desk: Desk) -> str:
    desk.look()
    return desk.strategies[KEEPER].sentence


def test_short_calls_that_no_longer_move_hedge_next_to_nothing(begin: Begin) -> None:
    # Given 45 futures and 10 calls sold, and the market far below the strike
    world = yard(begin, FUTURES, OPTIONS)
    world.sell(45, "830", instrument=I)
    world.sell(10, "40", instrument=CALL_830)
    ticks(world, 1, FAR_BELOW)
    # When a person asks what a target would do, it is told what of the ratio the options are
    text = foreseen(world)
    assert "铁矿石 敞口 10000 吨，期货 −4500 吨，期权按 Delta −" in text
    assert "i2101-C-830 空 10 手 Delta 0.0" in text
    assert "须卖 i2101 35 手" in text
    # Then the target sells what is truly lacking: with ten whole lots counted it would have sold ten fewer.
    assert start(world, target()).ok
    ticks(world, 10)
    assert world.net(I) == -80
    ratio = -(100 * world.net(I) - 10 * 100 * _delta(world)) / TONNES * 100
    assert 80 < ratio < 81


def test_it_sells_no_more_than_the_control_that_counts_options_whole_lets_it_and_says_so(begin: Begin) -> None:
    # Given 45 futures and 40 calls sold: 85 % for control C5, which asks for a checker beyond 90 %
    world = yard(begin, FUTURES, OPTIONS)
    world.sell(45, "830", instrument=I)
    world.sell(40, "40", instrument=CALL_830)
    ticks(world, 1, FAR_BELOW)
    desk = Desk(world)
    assert start(world, target()).ok
    ticks(world, 20)
    # Then it sells the five lots there is room for, nothing of it is refused, and it says what is in the way.
    assert world.net(I) == -50
    assert world.facts(OrderRefused) == []
    assert [(mark.obstacle, mark.lots) for mark in marks(world, TargetHindered)] == [(Obstacle.BOUND, 30)]
    assert "超过 C5 的复核线（期权按整手算）" in card(world, desk)


def _delta(world: World) -> Decimal:
    standing = world.engine.look.hedge(ONE, ORE, I, KEEPER)
    assert standing is not None
    (part,) = standing.options
    assert (part.name, part.lots) == ("i2101-C-830", -10)
    assert part.tonnes == -10 * 100 * part.delta
    return part.delta


def test_bought_puts_hedge_and_the_target_follows_their_delta_as_the_market_falls(begin: Begin) -> None:
    # Given 45 futures sold and 40 puts bought at the money: about 65 % together
    world = yard(begin, FUTURES, OPTIONS)
    world.sell(45, "830", instrument=I)
    world.buy(40, "39.5", instrument=PUT_830)
    assert start(world, target(source=FixedBand(low=Decimal(60), high=Decimal(70)))).ok
    ticks(world, 40)
    assert world.net(I) == -45
    assert memory(world).proposal is None
    # When the market falls, the puts hedge more and more: above the band futures are bought back, by quotes alone.
    ticks(world, 40, {I: ("760", "760.5"), PUT_830: ("75", "75.5"), CALL_830: ("5", "5.5")})
    assert -45 < world.net(I) < -30
    assert world.net(PUT_830) == 40


def held(begin: Begin) -> World:
    """Return a yard with 65 futures and 20 calls sold: more than half hedged, whole lots or none."""
    world = yard(begin, FUTURES, OPTIONS)
    world.sell(65, "830", instrument=I)
    world.sell(20, "40", instrument=CALL_830)
    return world


def test_an_option_nobody_can_price_stops_the_target_where_the_side_hangs_on_it(begin: Begin) -> None:
    # Given 65 futures and 20 calls sold, at the money and without a bid: between 65 and 85 % are hedged
    world = held(begin)
    desk = Desk(world)
    ticks(world, 1, {CALL_830: (None, "1")})
    text = foreseen(world)
    assert "期权的 Delta 算不出（i2101-C-830 没有买价），期权按 Delta −2000 至 0 吨" in text
    assert "i2101-C-830 空 20 手 Delta 0 至 1，−2000 至 0 吨），套保比例 65.0% 至 85.0%（按吨）" in text
    assert "现在 65.0% 至 85.0%，买卖还是不动，要看算不出的 Delta：等到看得清" in text
    assert start(world, target()).ok
    ticks(world, 100)
    # Then nothing is sent, it is said once, and the card says it
    assert world.net(I) == -65
    assert [mark.obstacle for mark in marks(world, TargetHindered)] == [Obstacle.NO_DELTA]
    assert "组里有期权的 Delta 算不出" in card(world, desk)
    # When both sides are shown, it goes on by itself, and the card says no more of it.
    ticks(world, 10, {CALL_830: ("40", "40.5")})
    assert -71 <= world.net(I) <= -69
    assert "算不出" not in card(world, desk)


def test_the_last_quote_of_an_option_tells_its_delta_for_half_an_hour(begin: Begin) -> None:
    world = yard(begin, FUTURES, OPTIONS)
    world.sell(10, "40", instrument=CALL_830)
    ticks(world, 1)
    read = world.at
    del world.quotes[CALL_830]  # nothing is heard of it any more
    world.show_at(read + 30 * 60 * SECOND_NS)
    assert "Delta 算不出" not in foreseen(world)
    world.show()
    assert "期权的 Delta 算不出（i2101-C-830 没有 30 分钟内的报价）" in foreseen(world)
    # In the break nothing is quoted: what was shown last still tells how the group stands.
    world.quotes[CALL_830] = ("40", "40.5")
    world.show_at(instant(DAY, 11, 29) + 59_000_000_000)
    del world.quotes[CALL_830], world.quotes[I]
    world.show_at(instant(DAY, 13, 20), {})
    assert "Delta 算不出" not in foreseen(world)
    # Nor has it grown older by the break; but beside the future's first quote after it, it says nothing, until its own.
    desk = Desk(world)
    assert start(world, target()).ok
    reopens = instant(DAY, 13, 30)
    steps: tuple[tuple[dict[InstrumentId, Shown], bool], ...] = (
        ({}, False),
        ({I: ("830", "830.5")}, True),
        ({CALL_830: ("40", "40.5")}, False),
    )
    for seconds, (shown, unknown) in enumerate(steps):
        world.show_at(reopens + seconds * SECOND_NS, shown)
        standing = world.engine.look.hedge(ONE, ORE, I, KEEPER)
        assert standing is not None
        assert bool(standing.unknown) is unknown
        assert ("i2101-C-830 休市后还没有报价" in card(world, desk)) is unknown


@pytest.mark.parametrize(
    ("closes", "opens"),
    [
        (instant(DAY, 22, 59), instant(NEXT_DAY, 9)),
        (instant(DAY, 11, 29), instant(DAY, 13, 30)),
        (instant(DAY, 10, 14), instant(DAY, 10, 30)),
    ],
)
def test_a_premium_of_before_a_break_is_not_read_beside_the_future_of_after_it(
    begin: Begin, closes: int, opens: int
) -> None:
    # Given 45 futures and 40 calls sold, in the band after the market has risen to 867
    world = yard(begin, FUTURES, OPTIONS)
    world.sell(45, "830", instrument=I)
    world.sell(40, "40", instrument=CALL_830)
    assert start(world, target(source=FixedBand(low=Decimal(60), high=Decimal(72)))).ok
    ticks(world, 30)
    world.show_at(closes, SHOWN)
    ticks(world, 20)
    assert world.net(I) == -45
    # When the future opens there after a break, and the calls are not quoted yet
    world.quotes.pop(CALL_830)
    gap: dict[InstrumentId, Shown] = {I: ("867", "867.5")}
    world.show_at(opens, gap)
    for _ in range(25):
        world.show(gap)
    # Then nothing is bought back by what they cost before it: 85 % it would have read.
    assert world.net(I) == -45
    # When they are quoted, there is nothing to do: 71 % are hedged.
    for _ in range(20):
        world.show({**gap, CALL_830: ("62.5", "63")})
    assert world.net(I) == -45


@pytest.mark.parametrize("closes", [instant(DAY, 15), instant(DAY, 11, 30)])
def test_what_the_future_shows_after_a_close_is_beside_the_options_last_premium(begin: Begin, closes: int) -> None:
    world = yard(begin, FUTURES, OPTIONS)
    world.sell(45, "830", instrument=I)
    world.sell(40, "40", instrument=CALL_830)
    ticks(world, 3)
    world.show_at(closes - SECOND_NS, SHOWN)
    world.quotes.clear()
    # When the future alone says something more, as with its settlement: no session has begun since.
    world.show_at(closes + 16 * 60 * SECOND_NS, {I: ("831", "831.5")})
    assert "Delta 算不出" not in foreseen(world)


def test_what_a_session_s_auction_says_of_an_option_is_of_that_session(begin: Begin) -> None:
    world = yard(begin, FUTURES, OPTIONS)
    world.sell(45, "830", instrument=I)
    world.sell(40, "40", instrument=CALL_830)
    ticks(world, 3)
    # Given an option whose night began with its auction, and that is not quoted again
    world.show_at(instant(DAY, 20, 59) - SECOND_NS, SHOWN)
    world.quotes.clear()
    world.show_at(instant(DAY, 21) + 30 * SECOND_NS, {I: ("830", "830.5")})
    assert "Delta 算不出" not in foreseen(world)
    # When the morning's auction has moved the future alone, the night's premium is not read beside it.
    world.show_at(instant(DAY, 22, 59), SHOWN)
    world.quotes.clear()
    world.show_at(instant(NEXT_DAY, 8, 59), {I: ("867", "867.5")})
    world.quotes.clear()
    for opened in (0, SECOND_NS):
        world.show_at(instant(NEXT_DAY, 9) + opened, {})
        assert "i2101-C-830 休市后还没有报价" in foreseen(world)


def test_a_proposal_outlives_a_moment_without_a_delta(begin: Begin) -> None:
    world = held(begin)
    assert start(world, target(mode=TargetMode.PROPOSE)).ok
    ticks(world, 5)
    stands = memory(world).proposal
    assert stands is not None
    ticks(world, 5, {CALL_830: (None, "1")})
    assert memory(world).proposal == stands
    # A person may agree meanwhile; nothing is sent before it is known which side is right.
    assert change(world, go=1).ok
    ticks(world, 5)
    assert world.net(I) == -65
    ticks(world, 10, {CALL_830: ("40", "40.5")})
    assert world.net(I) == -65 - stands.lots


def test_options_the_group_does_not_weigh_are_named_and_a_swap_into_them_is_warned_of(begin: Begin) -> None:
    # Given a target that holds 80 lots over a group of futures alone
    world = yard(begin, FUTURES)
    assert start(world, target()).ok
    ticks(world, 8)
    assert world.net(I) == -80
    # When 40 of them are to become puts, the person is told that the target would sell them again, and what to do
    wanted = settings(Swap.PROTECTIVE, to_future=False, side=Side.BUY, lots=40, naked_lots=40, option=PUT_830)
    seen = foresee(world, wanted)
    assert seen.verdict is Verdict.WARN
    assert "套保组 铁矿石 没有折算 i2101-P-830，自动配平 keeper 只看见期货的增减，换完会补回差额" in seen.sentence
    assert "请先停止 keeper" in seen.sentence
    # And once it is done all the same, card and preview name the puts that no ratio counts.
    desk = Desk(world)
    assert convert(world, wanted).ok
    ticks(world, 20)
    assert lots(world) == (0, 40, -80)
    left = "i2101-P-830 多 40 手 不计入：组里没有折算 DCE.i_o"
    assert left in card(world, desk)


def test_a_swap_is_warned_of_where_it_changes_the_ratio_and_only_there(begin: Begin) -> None:
    world = yard(begin, FUTURES, OPTIONS)
    world.sell(80, "830", instrument=I)
    protective = settings(Swap.PROTECTIVE, to_future=False, side=Side.BUY, lots=40, naked_lots=5, option=PUT_830)
    assert foresee(world, protective).verdict is Verdict.ALLOW  # there is no target
    assert start(world, target()).ok
    ticks(world, 3)
    seen = foresee(world, protective)
    assert seen.verdict is Verdict.WARN
    assert "保护替换会改变套保组 铁矿石 按 Delta 算的比例" in seen.sentence
    # A synthetic one moves with the future it replaces, lot for lot.
    synthetic = settings(Swap.SYNTHETIC, to_future=False, side=Side.BUY, lots=40, naked_lots=5)
    assert "自动配平" not in foresee(world, synthetic).sentence
    # It is warned of as well where the conversion was there first.
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=KEEPER)).ok
    waits = msgspec.structs.replace(protective, buy_at=Decimal(-9999))
    assert convert(world, waits).code == "OK"
    late = ask(world, c.StartStrategy(account=ONE, strategy=StrategyId("late"), settings=target()))
    assert late.verdict is Verdict.WARN
    assert "互转 互转：保护替换会改变套保组 铁矿石 按 Delta 算的比例，出了区间自动配平 late 会补回差额" in late.sentence


def test_a_target_trades_futures_and_no_options(begin: Begin) -> None:
    world = yard(begin, FUTURES, OPTIONS)
    refused = start(world, target(instrument=CALL_830))
    assert "DCE.i2101-C-830 是期权" in refused.sentence
    assert "请改用它的标的期货" in refused.sentence


def test_an_option_of_the_counter_counts_by_the_delta_of_its_valuation(begin: Begin) -> None:
    # Given a put on four thousand tonnes, agreed with a trading firm, that nobody has valued
    world = yard(begin, FUTURES)
    terms = OtcTerms(
        number="QQ-1", counterparty="某贸易公司", kind=OtcKind.OPTION, side=Side.BUY, right=Right.PUT,
        premium=Decimal(9), tonnes=Decimal(4000), reference=I, price=Decimal(830), expires=20201231, group=ORE,
    )  # fmt: skip
    assert world.do(TRADER, BookOtc(account=ONE, terms=terms, reason="签订")).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    assert "期权的 Delta 算不出（QQ-1 尚未估值" in foreseen(world)
    # When the firm's statement says what one tonne moves with, the ratio takes half of them
    row = world.account.otc.rows["QQ-1"]
    mark = HandMark(value=Decimal(30_000), source="对手报价", delta=Decimal("-0.5"))
    assert world.do(
        TRADER, MarkOtc(account=ONE, number="QQ-1", booking=row.booking, base_version=row.version, mark=mark)
    ).ok
    text = foreseen(world)
    assert "期货 0 吨，期权按 Delta −2000 吨（QQ-1 Delta 0.5，−2000 吨），套保比例 20.0%" in text
    # Control C5 goes on counting all of it: there is room for 50 lots of the 60 that are lacking.
    assert start(world, target()).ok
    ticks(world, 10)
    assert world.net(I) == -50
    assert [mark.obstacle for mark in marks(world, TargetHindered)] == [Obstacle.BOUND]


def test_net_of_tax_an_option_covers_what_its_futures_cover(begin: Begin) -> None:
    world = yard(begin, FUTURES, OPTIONS)
    world.sell(40, "830", instrument=I)
    world.buy(10, "39.5", instrument=PUT_830)
    ticks(world, 1)
    plain = world.engine.look.hedge(ONE, ORE, I, KEEPER)
    taxed = world.engine.look.hedge(ONE, ORE, I, KEEPER, Decimal("0.13"))
    assert plain is not None
    assert taxed is not None
    assert taxed.cover is not None
    assert -4600 < plain.futures < -4400
    assert taxed.cover.futures == plain.futures * Decimal("1.13")
    assert taxed.room == plain.room == TONNES * Decimal("0.9") - 5000
