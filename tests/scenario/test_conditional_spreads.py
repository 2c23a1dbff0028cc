"""Orders that wait for a spread or a basis (C13): read across both books, while both legs are there to trade."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.order import Side
from tests.engine_world import AP, DAY, FAR, NEXT_DAY, ONE, RB, SPOT, TRADER, I, Price, Shown, World
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import ABOVE, BELOW, close, place, send, sent, wanted

SOLD, BOUGHT = d.Quoted.BID, d.Quoted.ASK


def spread(
    value: Price,
    way: d.Way = ABOVE,
    *,
    quoted: d.Quoted = SOLD,
    times: Price = 1,
    less: InstrumentId = FAR,
    of: InstrumentId = RB,
) -> d.SpreadReaches:
    return d.SpreadReaches(
        instrument=of, less=less, coefficient=Decimal(times), quoted=quoted, way=way, value=Decimal(value)
    )


def basis(
    value: Price,
    way: d.Way = ABOVE,
    *,
    quoted: d.Quoted = d.Quoted.BID,
    spot: InstrumentId = SPOT,
    of: InstrumentId = I,
) -> d.BasisReaches:
    return d.BasisReaches(instrument=of, spot=spot, quoted=quoted, way=way, value=Decimal(value))


def state_spot(world: World, price: Price) -> None:
    done = world.do(TRADER, c.QuoteSpot(instrument=SPOT, price=Decimal(price), source="日照港现货商"))
    assert done.ok, done.sentence


@pytest.mark.parametrize(
    ("condition", "before", "after", "seen"),
    [
        # Sold: our bid less their ask. The ask of the one and the bid of the other would have said 101 and more.
        (spread(100), {FAR: (3600, 3602)}, {FAR: (3599, 3600)}, "rb2101−rb2105 卖出价差 100"),
        (spread(97, BELOW), {FAR: (3600, 3602)}, {FAR: (3601, 3603)}, "rb2101−rb2105 卖出价差 97"),
        # Bought: our ask less their bid.
        (spread(102, quoted=BOUGHT), {FAR: (3600, 3602)}, {FAR: (3599, 3602)}, "rb2101−rb2105 买入价差 102"),
        (spread(100, BELOW, quoted=BOUGHT), {FAR: (3600, 3602)}, {FAR: (3601, 3602)}, "rb2101−rb2105 买入价差 100"),
        (
            spread("1900", times="0.5"),
            {FAR: (3601, 3602)},
            {FAR: (3598, 3600)},
            "rb2101−0.5×rb2105 卖出价差 1900",
        ),
        (spread(-100, of=FAR, less=RB), {FAR: (3600, 3602)}, {FAR: (3601, 3602)}, "rb2105−rb2101 卖出价差 -100"),
    ],
)
def test_a_spread_is_what_trading_it_across_both_books_would_bring(
    begin: Begin,
    condition: d.SpreadReaches,
    before: dict[InstrumentId, Shown],
    after: dict[InstrumentId, Shown],
    seen: str,
) -> None:
    world = begin()
    row = place(world, wanted(condition, send(price=3690)))
    world.show(before)
    assert row.state is S.WAITING
    world.show(after)
    assert (row.state, row.seen) == (S.RELEASED, seen)


@pytest.mark.parametrize("leg", [RB, FAR])
@pytest.mark.parametrize("side", [0, 1])
def test_a_leg_without_both_sides_makes_no_spread(begin: Begin, leg: InstrumentId, side: int) -> None:
    world = begin()
    row = place(world, wanted(spread(98), send(price=3690)))
    whole = world.quotes[leg]
    bid, ask = whole
    world.show({leg: (None, ask) if side == 0 else (bid, None)}, last={leg: 3650})
    assert row.state is S.WAITING
    world.show({leg: whole})
    assert row.state is S.RELEASED


@pytest.mark.parametrize("leg", [RB, FAR])
def test_a_leg_whose_bid_stands_above_its_ask_makes_no_spread(begin: Begin, leg: InstrumentId) -> None:
    world = begin()
    row = place(world, wanted(spread(98), send(price=3690)))
    whole = world.quotes[leg]
    world.show({leg: (whole[1], whole[0])})
    assert row.state is S.WAITING
    world.show({leg: whole})
    assert row.state is S.RELEASED


@pytest.mark.parametrize("silent", [RB, FAR])
def test_a_leg_that_fell_silent_triggers_nothing_until_it_is_heard_again(begin: Begin, silent: InstrumentId) -> None:
    world = begin()
    row = place(world, wanted(spread(200), send(price=3690)))
    other = FAR if silent is RB else RB
    kept = world.quotes.pop(silent)
    world.wait(61)
    world.show({other: (3400, 3401) if other is FAR else (3900, 3901)})  # the spread would be there
    assert row.state is S.WAITING
    world.show({silent: kept})
    assert row.state is S.RELEASED


def test_a_leg_at_its_limit_makes_no_spread(begin: Begin) -> None:
    world = begin()
    world.show(facts=[DayFacts(instrument=FAR, trading_day=DAY, upper_limit=3700, lower_limit=3500)])
    row = place(world, wanted(spread(90), send(price=3690)))
    world.show({FAR: (None, 3500)}, last={FAR: 3500})
    assert row.state is S.WAITING


def test_a_session_break_of_one_leg_makes_no_spread(begin: Begin) -> None:
    world = begin(at=instant(NEXT_DAY, 8, 59, 50))  # apples have no night, and both have the break of the morning
    row = place(world, wanted(spread(3000, of=AP, less=RB), send(price=3690)))
    world.show_at(instant(NEXT_DAY, 10, 14, 59), {AP: (6000, 6001)})
    world.show_at(instant(NEXT_DAY, 10, 15, 1), {AP: (7400, 7401)})
    assert row.state is S.WAITING
    world.show_at(instant(NEXT_DAY, 10, 30))
    assert row.state is S.RELEASED


def test_at_night_a_spread_with_a_contract_without_a_night_waits_for_the_morning(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 59, 50))
    row = place(world, wanted(spread(3000, of=AP, less=RB), send(price=3690, instrument=RB), d.Validity.GTC))
    world.quotes[AP] = (6000, 6001)
    world.show_at(instant(DAY, 14, 59, 55))
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    world.show_at(instant(DAY, 21, 0, 5), {AP: (7400, 7401)})
    world.wait(5)
    assert (row.state, sent(world)) == (S.WAITING, [])


def test_a_stop_on_a_spread_closes_a_leg_and_does_it_once(begin: Begin) -> None:
    world = begin()
    world.buy(4, 3701)
    row = place(world, wanted(spread(80, BELOW), close(4)))
    world.show({RB: (3690, 3691)})
    assert row.state is S.WAITING
    world.show({RB: (3680, 3681)})
    world.show({RB: (3670, 3671)})
    assert (row.state, world.net(), len(sent(world, 1))) == (S.RELEASED, 0, 1)
    world.check()


@pytest.mark.parametrize(
    ("quoted", "value", "seen"),
    [
        (d.Quoted.BID, "40", "i.日照港−i2101 买价 基差 40"),
        (d.Quoted.ASK, "39.5", "i.日照港−i2101 卖价 基差 39.5"),
        (d.Quoted.LAST, "39.5", "i.日照港−i2101 最新价 基差 39.5"),
    ],
)
def test_a_basis_is_the_stated_spot_less_the_contract(begin: Begin, quoted: d.Quoted, value: str, seen: str) -> None:
    world = begin()
    row = place(world, wanted(basis(value, quoted=quoted), send(lots=1, price=820, instrument=I)))
    world.show(last={I: "830.5"})
    assert row.state is S.WAITING  # nobody has stated a spot price yet
    state_spot(world, 869)
    world.show(last={I: "830.5"})
    assert row.state is S.WAITING
    state_spot(world, 870)
    world.show(last={I: "830.5"})
    assert (row.state, row.seen) == (S.RELEASED, seen)


def test_a_basis_needs_both_sides_of_the_contract_whatever_price_it_takes(begin: Begin) -> None:
    world = begin()
    state_spot(world, 870)
    row = place(world, wanted(basis(30, quoted=d.Quoted.LAST), send(lots=1, price=820, instrument=I)))
    world.show({I: (None, "830.5")}, last={I: 830})
    assert row.state is S.WAITING
    world.show({I: (830, "830.5")}, last={I: 830})
    assert row.state is S.RELEASED


def test_a_spot_price_of_two_trading_days_ago_makes_no_basis(begin: Begin) -> None:
    world = begin()
    state_spot(world, 870)
    wish = wanted(basis(35), send(lots=1, price=820, instrument=I), d.Validity.GTC)
    row = place(world, wish)
    facts = [DayFacts(instrument=name, trading_day=DAY, settlement=3700) for name in (RB, FAR)]
    world.show_at(instant(DAY, 15, 1), facts=[*facts, DayFacts(instrument=I, trading_day=DAY, settlement=1660)])
    world.quotes[I] = (836, "836.5")
    world.show_at(instant(NEXT_DAY, 14, 59), {I: (836, "836.5")})
    world.show_at(instant(NEXT_DAY, 17, 0, 1))
    world.show_at(instant(NEXT_DAY, 21, 0, 5))
    world.show_at(instant(NEXT_DAY, 21, 0, 10), {I: (830, "830.5")})
    world.wait(5)
    assert row.state is S.WAITING
    state_spot(world, 870)
    world.show()
    assert row.state is S.RELEASED


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (spread(1, less=RB), "两腿都是 rb2101"),
        (spread(1, times=0), "系数应大于 0"),
        (spread(1, times=-1), "系数应大于 0"),
        (spread(1, times="0.00001"), "最多 4 位小数"),
        (spread(1, times=1001), "至多 1000"),
        (spread("0.00001"), "最多 4 位小数"),
        (spread("1000000000"), "应小于 1000000000"),
        (spread(1, quoted=d.Quoted.LAST), "不看最新价"),
        (spread(1, less=SPOT), "没有可交易的合约 SPOT.i.日照港"),
        (spread(1, less=InstrumentId("SHFE.rb9999")), "没有可交易的合约 SHFE.rb9999"),
        (basis(1, spot=RB), "没有现货品种 SHFE.rb2101"),
        (basis(1, spot=InstrumentId("SPOT.x.哪里")), "没有现货品种 SPOT.x.哪里"),
        (basis(1, of=RB), "不是同一品种"),
        (basis("1.00001"), "最多 4 位小数"),
        (basis(1, of=SPOT), "没有可交易的合约"),
    ],
)
def test_what_makes_no_spread_or_basis_is_refused_with_what_to_do(
    begin: Begin, condition: d.Condition, said: str
) -> None:
    world = begin()
    done = world.do(TRADER, c.PlaceConditional(account=ONE, wanted=wanted(condition, send(Side.BUY))))
    assert (done.code, said in done.sentence, done.sentence.count("。")) == ("BAD_CONDITIONAL", True, 1), done.sentence


def test_a_spread_stands_in_a_condition_of_several_parts(begin: Begin) -> None:
    world = begin()
    state_spot(world, 870)
    either = d.AnyOf(parts=(spread(150), basis("45")))
    both = d.AllOf(parts=(spread(90), basis("39")))
    one, two = place(world, wanted(either, send(price=3690))), place(world, wanted(both, send(price=3689)))
    world.show()
    assert (one.state, two.state) == (S.WAITING, S.RELEASED)
    assert two.seen == "rb2101−rb2105 卖出价差 98，i.日照港−i2101 买价 基差 40"
    world.show({I: (825, "825.5")})
    assert (one.state, one.seen) == (S.RELEASED, "i.日照港−i2101 买价 基差 45")


def test_good_till_a_day_past_the_contracts_last_is_refused(begin: Begin) -> None:
    world = begin()
    wish = wanted(spread(200), send(), d.Validity.GTD, 20210520)
    done = world.do(TRADER, c.PlaceConditional(account=ONE, wanted=wish))
    assert (done.code, "最后交易日" in done.sentence) == ("BAD_CONDITIONAL", True), done.sentence
