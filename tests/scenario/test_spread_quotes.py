"""A spread whose active leg rests in the book: filled, hedged, withdrawn; over breaks and restarts; its cancels."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.days.sessions import Phase
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, CancelRecorded, OrderFilled, OrderRecorded, OrderRefused
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.cancel_line import CancelLine
from terminal.domain.orders.order import Origin, Side, TimeCondition
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.words.risk import Level, Scope, Verdict
from terminal.engine.book.scopes import worst_level
from terminal.engine.state import OrderRow
from tests import engine_market
from tests.engine_world import DAY, FAR, LIMITS, ONE, RB, RISK, TRADER, Shown, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import PAUSED, SPREAD, spread_settings, stop
from tests.unit.engine.foreseen import ask, start

QUOTING = SpreadQuoting(tolerance_ticks=1, reach_ticks=8, rest_seconds=5, max_cancels=30)


def quoting(**changes: object) -> SpreadSettings:
    """Buy the spread at 95; it costs 101 now, so that rebar rests six ticks below its offer."""
    asked = {"buy_at": Decimal(95), "sell_at": Decimal(150), "quoting": QUOTING}
    return replace(spread_settings(), **{**asked, **changes})


def began(begin: Begin, settings: SpreadSettings | None = None, **options: object) -> World:
    world = begin(**options)
    done = world.do(TRADER, start(quoting() if settings is None else settings, SPREAD))
    assert done.code == "OK", done.sentence
    world.show()
    return world


def quotes(world: World) -> list[OrderRow]:
    return [row for row in world.account.live.values() if row.terms.instrument == RB]


def paid(world: World, name: InstrumentId) -> list[Decimal]:
    return [one.price for one in world.facts(OrderFilled) if one.instrument == name]


def test_rebar_rests_where_its_fill_gives_the_asked_spread_and_the_far_month_follows(begin: Begin) -> None:
    # Given a spread to be bought at 95 that costs 101
    world = began(begin)
    (row,) = quotes(world)
    assert (row.terms.side, row.terms.price, row.terms.lots) == (Side.BUY, Decimal(3695), 3)
    assert row.terms.time_condition is TimeCondition.GFD
    # When rebar comes down to what was bid
    world.show({RB: (3694, 3695)})
    world.wait(5)
    # Then three sets are held, each at 95.
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert (set(paid(world, RB)), set(paid(world, FAR))) == ({Decimal(3695)}, {Decimal(3600)})
    assert world.facts(CancelRecorded) == []


def test_what_the_exchange_fills_in_parts_is_hedged_in_parts(begin: Begin) -> None:
    world = began(begin)
    world.show({RB: (3694, 3695)}, lots=1)
    world.show({RB: (3700, 3701)})
    world.wait(3)
    bought = world.net(RB)
    assert 0 < bought < 3
    assert world.net(FAR) == -bought
    # Both showed one lot only, too few to hedge the rest: it was withdrawn, and rests anew once they show more.
    world.wait(12)
    (row,) = quotes(world)
    assert row.terms.lots == 3 - bought


def test_the_quote_follows_the_far_month(begin: Begin) -> None:
    world = began(begin)
    world.show({FAR: (3598, 3600)})
    world.wait(8)
    (row,) = quotes(world)
    assert row.terms.price == Decimal(3693)
    assert len(world.facts(CancelRecorded)) == 1


def test_it_goes_when_the_far_month_loses_its_bid_and_comes_back_with_it(begin: Begin) -> None:
    world = began(begin)
    world.show({FAR: (None, 3602)})
    world.wait(1)
    assert quotes(world) == []
    world.wait(10)
    assert quotes(world) == []
    world.show({FAR: (3600, 3602)})
    world.wait(12)
    assert len(quotes(world)) == 1


def test_it_goes_by_the_clock_alone_when_its_contracts_say_nothing_more(begin: Begin) -> None:
    # Given a quote, and a market in which only ore is quoted from now on
    world = began(begin)
    world.quotes = {}
    for _ in range(70):
        world.show({engine_market.I: (780, "780.5")})
    # Then what the hedge would meet is a minute old, and the quote is gone.
    assert quotes(world) == []


def test_a_restart_finds_its_quote_and_places_no_second_one(begin: Begin) -> None:
    world = began(begin)
    world.restart()
    world.wait(15)
    assert len(quotes(world)) == 1
    placed = [one for one in world.facts(OrderRecorded) if one.terms.instrument == RB]
    assert len(placed) == 1
    world.show({RB: (3694, 3695)})
    world.wait(5)
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_pause_stop_and_kill_withdraw_it(begin: Begin) -> None:
    for act in ("pause", "stop", "kill"):
        world = began(begin)
        if act == "pause":
            assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
        elif act == "stop":
            assert stop(world).ok
        else:
            assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
        world.wait(2)
        assert quotes(world) == []
        status = world.account.strategies[SPREAD].status
        assert status is (StrategyStatus.STOPPED if act == "stop" else PAUSED), act


# --- over a whole morning and its lunch ------------------------------------------------------------------------------


def messages(world: World) -> list[tuple[int, Phase]]:
    """Return when each order and cancel of the strategy was recorded, and what the exchange did then."""
    calendar, found = world.engine.look.calendar, []
    session = world.state.tenant.instruments[RB].session
    assert session is not None
    for record in world.records():
        fact = record.fact
        if (isinstance(fact, OrderRecorded) and fact.cause.origin is Origin.STRATEGY) or isinstance(
            fact, CancelRecorded
        ):
            found.append((record.utc, calendar.session(session, record.utc).phase))
    return found


def wobbling(step: int) -> dict[InstrumentId, Shown]:
    jump = (0, 3, -2, 4, -4)[step % 5]
    return {FAR: (3600 + jump, 3602 + jump)}


def test_over_lunch_it_sends_nothing_and_a_wild_morning_costs_no_more_cancels_than_it_may(begin: Begin) -> None:
    # Given a far month that jumps every three seconds, from eleven o'clock over lunch (11:30 to 13:30)
    world = began(begin, at=instant(DAY, 11))
    step = 0
    while world.at < instant(DAY, 13, 45):
        step += 1
        lunch = instant(DAY, 11, 30) <= world.at < instant(DAY, 13, 30)
        world.show_at(world.at + (60 if lunch else 3) * SECOND_NS, wobbling(step))
    # Then every message was sent while the exchange traded, and no more cancels than the day's ration.
    assert {phase for _, phase in messages(world)} == {Phase.CONTINUOUS}
    assert [at for at, _ in messages(world) if instant(DAY, 11, 30) <= at < instant(DAY, 13, 30)] == []
    cancels = world.facts(CancelRecorded)
    assert 10 <= len(cancels) <= QUOTING.max_cancels
    assert world.account.cancels[RB] <= QUOTING.max_cancels


def test_near_the_break_it_is_withdrawn_while_there_is_time_to_hedge(begin: Begin) -> None:
    # Given a spread whose chases take (5 + 1) x 3 seconds
    world = began(begin, at=instant(DAY, 10, 14))
    assert len(quotes(world)) == 1
    world.wait_until(instant(DAY, 10, 14, 45))
    assert quotes(world) == []
    assert len(world.facts(CancelRecorded)) == 1


def test_at_three_fifths_of_the_exchange_line_it_rests_no_more(begin: Begin) -> None:
    rebar = replace(engine_market.instruments()[RB], cancel_line=CancelLine(5, ()))
    world = began(begin, changed={(RB, DAY): rebar})
    for step in range(200):
        world.show(wobbling(step))
    assert world.account.cancels[RB] == 3
    assert quotes(world) == []
    (card,) = [one for one in ask(world, start(quoting(), StrategyId("another"))).details if "不挂单" in one]
    assert card == "现在不挂单：rb2101 今日撤单 3 次，已用认定线 5 次的六成，只按对手价成交"
    # What can be had at once it still takes.
    world.show({RB: (3693, 3694), FAR: (3600, 3602)})
    world.wait(6)
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_a_hedge_that_the_gate_refuses_ends_quoting_for_the_day_and_is_told_once(begin: Begin) -> None:
    # Given an own bid in the far month, against which the hedge would trade with itself
    world = begin()
    world.buy(5, 3600, instrument=FAR)
    assert world.do(TRADER, start(quoting(), SPREAD)).ok
    world.show()
    assert len(quotes(world)) == 1
    # When the quote is filled, then its hedge is refused, and however long it goes on nothing rests again.
    world.show({RB: (3694, 3695)}, lots=1)
    world.wait(2)
    assert {one.terms.instrument for one in world.facts(OrderRefused)} == {FAR}
    for _ in range(40):
        world.show({RB: (3700, 3701)})
        world.wait(10)
        assert quotes(world) == []
    placed = [one for one in world.facts(OrderRecorded) if one.terms.instrument == RB]
    assert sum(one.terms.time_condition is TimeCondition.GFD for one in placed) == 1
    assert [one.code for one in world.facts(AlertRaised)].count("HEDGE_REFUSED") == 1


# The line of the exchange for the far month is ten cancels.
SHORT_LINE = {(FAR, DAY): replace(engine_market.instruments()[FAR], cancel_line=CancelLine(10, ()))}


def cancel_eight(world: World) -> None:
    """Let a person cancel eight orders of the far month, which is orange then."""
    for _ in range(8):
        row = world.buy(1, 3590, instrument=FAR)
        assert world.do(TRADER, c.CancelOrder(account=ONE, order=row.order)).ok
        world.wait(3)
    assert worst_level(world.account, None, FAR) is Level.ORANGE


def test_at_an_orange_level_of_the_far_month_alone_nothing_rests(begin: Begin) -> None:
    world = began(begin, changed=SHORT_LINE)
    assert len(quotes(world)) == 1
    cancel_eight(world)
    assert worst_level(world.account, None, RB) is Level.NORMAL
    # Then no far month could be sold against rebar, and no rebar is bid for.
    world.wait(20)
    assert quotes(world) == []


# --- before it starts ------------------------------------------------------------------------------------------------


def test_the_preview_says_what_it_quotes_how_far_off_and_what_cancels_it_may_cost(begin: Begin) -> None:
    world = begin()
    seen = ask(world, start(quoting(), SPREAD))
    told = "\n".join(seen.details)
    assert "买入价差 95 的挂单是买 rb2101 @3695 3 手，离对手价 6 跳；成交后他腿按对手价对冲，不差于这个价差" in told
    assert "卖出价差 150 的挂单是卖 rb2101 @3752，离对手价 52 跳，太远，现在不挂" in told
    assert "容差之内成交，价差最多比所要的差 1 元" in told
    assert "挂单每个交易日最多撤 30 次" in told
    assert "主动腿挂单等成交，容差 1 跳，最远 8 跳，至少挂 5 秒，每日最多撤 30 次" in told
    assert "现在启动会先报：买开 rb2101 3 手 @3695" in told
    assert "挂单" not in "\n".join(ask(world, start(spread_settings(), SPREAD)).details)


def test_the_preview_tells_what_is_taken_at_once_and_why_else_nothing_rests(begin: Begin) -> None:
    def told(world: World, settings: SpreadSettings) -> str:
        (found,) = [one for one in ask(world, start(settings, SPREAD)).details if one.startswith("买入价差")]
        return found

    # Given a spread that costs 101
    world = begin()
    assert told(world, quoting(buy_at=Decimal(101))) == "买入价差 101 现在就能成交，按对手价直接成交，不挂"
    assert "@3700 3 手，离对手价 1 跳" in told(world, quoting(buy_at=Decimal("100.5")))
    # At an orange level of the far month it is not its book that keeps the quote back.
    orange = begin(changed=SHORT_LINE)
    cancel_eight(orange)
    assert told(orange, quoting()).endswith("，rb2105 现在不能开仓对冲，现在不挂")
    # A far month that shows nothing to sell to says so itself.
    thin = begin()
    thin.show({FAR: (3600, 3602)}, lots=1)
    legs = tuple(replace(leg, lots=leg.lots * (1 if leg.active else 2)) for leg in quoting().legs)
    assert told(thin, quoting(naked_lots=6, sets=1, legs=legs)).endswith("，他腿盘口不够对冲一手，现在不挂")


def test_the_check_of_legged_states_knows_how_dear_a_sale_may_rest(begin: Begin) -> None:
    # Given money that lasts for a sale of rebar at its bid, but not for one that rests a hundred ticks above
    taking = replace(spread_settings(max_sets=30, naked_lots=30), buy_at=Decimal(50), sell_at=Decimal(140))
    resting = replace(taking, quoting=replace(QUOTING, reach_ticks=100))
    limits = replace(LIMITS, margin_max=Decimal("0.9"), margin_confirm=Decimal("0.0600"))
    codes = {}
    for cash in range(1_400_000, 1_700_000, 10_000):
        world = begin(limits=limits, cash=cash)
        seen = [ask(world, start(one, SPREAD)).verdict is Verdict.DENY for one in (taking, resting)]
        codes[cash] = tuple(seen)
    # Then what may start as a taker may not start as a quoter, in some of these accounts, and never the other way.
    assert (False, True) in codes.values()
    assert (True, False) not in codes.values()


def test_no_child_of_a_quoting_spread_is_refused_by_the_gate(begin: Begin) -> None:
    world = began(begin, quoting(sets=1, max_sets=3))
    for step in range(300):
        low = 6 if step % 20 == 7 else 0
        world.show({RB: (3700 - low, 3701 - low), **wobbling(step)})
    assert world.facts(OrderRefused) == []
    assert world.net(RB) == -world.net(FAR) > 0
