"""A rule of one's own over several contracts, in the users' words: a signal from one, lots of another; two at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderRecorded, StrategyMarked
from terminal.domain.fact.marks import OwnAimed
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.parameters.own import OwnContract, OwnSettings
from terminal.domain.reports import Accepted, Traded
from terminal.strategies.own.code import Aim, OwnCode, Seen
from terminal.strategies.own.windows import watches_of
from terminal.strategies.table import OWN
from tests.engine_market import AU, WITH_GOLD
from tests.engine_world import DAY, FAR, NEXT_DAY, NEXT_NIGHT, ONE, RB, SPOT, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin, relist
from tests.scenario.legs import ROLL
from tests.scenario.test_own_strategy import LEVEL, NAME, around, learned, start
from tests.scenario.test_roll import go, roll
from tests.unit.engine.foreseen import ask

ORE = ("ore", I, 4)
Asked = list[Mapping[str, Seen]]


def taught(rule: Any, *others: tuple[str, InstrumentId, int], first: str = "steel", **changes: Any) -> OwnSettings:
    """Teach the house a rule of rebar and others, and return settings that name it."""
    sha256 = f"{rule.__name__:1>64}"
    names = (first, *(name for name, _, _ in others))
    targets = (first, *(name for name, _, most in others if most))
    code = OwnCode("pair.py", sha256, "配对", (LEVEL,), 1, 10, rule, lambda _: "", None, names, targets)
    OWN.learn(code)
    made = OwnSettings(
        account=ONE, instrument=RB, code="pair.py", sha256=sha256, title="配对", max_lots=5, numbers=(LEVEL,),
        sample_seconds=1, window=10,
        others=tuple(OwnContract(name=name, instrument=one, max_lots=most) for name, one, most in others),
    )  # fmt: skip
    return replace(made, **changes)


def by_steel(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
    """Be long steel and short ore above the level, the other way below it."""
    if not seen["steel"].prices:
        return None
    up = seen["steel"].prices[-1] > float(numbers["level"])
    return {"steel": Aim(3 if up else -3, "螺纹"), "ore": Aim(-2 if up else 2, "铁矿")}


def by_ore(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
    """Hold steel as ore goes, which is only looked at."""
    ore = seen["ore"].prices
    return {"steel": Aim(2 if ore[-1] > 830 else -2, f"铁矿 {ore[-1]:g}")} if ore else None


def orders(world: World) -> list[OrderRecorded]:
    return [fact for fact in world.facts(OrderRecorded) if fact.cause.strategy == NAME]


def aims(world: World) -> Iterable[OwnAimed]:
    return (fact.mark for fact in world.facts(StrategyMarked) if isinstance(fact.mark, OwnAimed))


def test_two_contracts_go_to_their_targets_and_each_closes_before_it_opens(world: World) -> None:
    # Given a rule that is long rebar and short ore above 3700, and a market at 3706
    start(world, taught(by_steel, ORE))
    world.show({RB: (3705, 3707)})
    world.wait(12)
    assert (world.net(RB), world.net(I)) == (3, -2)
    # When rebar goes below
    world.show({RB: (3690, 3692)})
    world.wait(12)
    # Then both have turned; each target was said with the name of its contract, before anything was ordered.
    assert (world.net(RB), world.net(I)) == (-3, 2)
    said = [(mark.contract or "", mark.before, mark.lots) for mark in aims(world)]
    assert said == [("", 0, 3), ("ore", 0, -2), ("", 3, -3), ("ore", -2, 2)]
    for name, lots in ((RB, 3), (I, 2)):
        mine = [one.terms for one in orders(world) if one.terms.instrument == name]
        assert [(one.is_opening, one.lots) for one in mine] == [(True, lots), (False, lots), (True, lots)]
    assert {one.cause.tag for one in orders(world)} == {"aim", "aim:ore"}
    desk = Desk(world)
    assert any("i2101 目标由 空 2 手 改为 多 2 手：铁矿" in one for one in desk.said())
    assert any("rb2101 目标由 多 3 手 改为 空 3 手：螺纹" in one for one in desk.said())


def test_a_signal_of_one_contract_trades_another_and_never_itself(world: World) -> None:
    start(world, taught(by_ore, ("ore", I, 0)))
    world.show({I: ("831", "831.5")})
    world.wait(12)
    assert (world.net(RB), world.net(I)) == (2, 0)
    assert {one.terms.instrument for one in orders(world)} == {RB}
    desk = Desk(world)
    assert desk.strategies[NAME].sentence == "“配对” rb2101，持 多 2 手，目标 多 2 手：铁矿 831.25；看 i2101"


def test_prices_stand_in_rows_of_one_instant_and_none_is_taken_while_one_is_one_sided(world: World) -> None:
    asked: Asked = []

    def seeing(numbers: Any, seen: Mapping[str, Seen]) -> None:
        asked.append(dict(seen))

    start(world, taught(seeing, ("ore", I, 0), ("far", FAR, 0)))
    ore = ["829", "830", "831", None, "833"]
    for place, bid in enumerate(ore):
        shown = (bid, None if bid is None else str(Decimal(bid) + 1))
        world.show({RB: (3700 + place, 3702 + place), I: shown, FAR: (3600 + place, 3602 + place)})
    # Then the row of the instant at which ore had no quotes is missing from all of them, and no price is of later on.
    rows = list(zip(*(asked[-1][name].prices for name in ("steel", "ore", "far")), strict=True))
    assert rows[-3:] == [(3702.0, 830.5, 3602.0), (3703.0, 831.5, 3603.0), (3705.0, 833.5, 3605.0)]
    for seen in asked:
        assert len({len(one.prices) for one in seen.values()}) == 1


def test_a_contract_that_does_not_trade_now_waits_for_its_session_and_the_card_says_so(begin: Begin) -> None:
    # Given rebar that trades until 23:00 and gold until 02:30, and a rule that turns both by gold
    def by_gold(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
        gold = seen["gold"].prices
        way = 1 if gold and gold[-1] > 400 else -1
        return {"gold": Aim(way, "金"), "steel": Aim(2 * way, "金")} if gold else None

    world = begin(universe=WITH_GOLD, at=NEXT_NIGHT)
    gold: dict[InstrumentId, Any] = {AU: ("401", "401.02")}
    world.show(gold)
    start(world, taught(by_gold, ("gold", AU, 2)))
    world.wait(12)
    assert (world.net(AU), world.net(RB)) == (1, 2)
    # When gold falls two seconds before rebar closes for the night
    world.show_at(instant(DAY, 22, 59, 58), {AU: ("399", "399.02")})
    world.show_at(instant(DAY, 23, 0, 5))
    world.wait(12)
    # Then gold has turned and rebar waits with its target; the card says which of them rests.
    assert (world.net(AU), world.net(RB)) == (-1, 2)
    card = Desk(world).strategies[NAME].sentence
    assert card.startswith("rb2101 休市；")
    assert "rb2101，持 多 2 手，目标 空 2 手：金；au2012，持 空 1 手，目标 空 1 手" in card
    # And it goes there when its exchange trades again: its own orders never lay outside its session.
    world.show_at(instant(NEXT_DAY, 9, 0, 1))
    world.wait(12)
    assert (world.net(AU), world.net(RB)) == (-1, -2)
    engine = world.engine
    for entry in world.journal.replay():
        fact = getattr(entry.record, "fact", None)
        if isinstance(fact, OrderRecorded) and fact.terms.instrument == RB:
            assert not instant(DAY, 23) <= entry.record.utc < instant(NEXT_DAY, 9)
    assert engine.look.trading_day == NEXT_DAY


def test_a_rule_that_holds_and_is_shown_nothing_tells_so_once_until_it_sees_again(world: World) -> None:
    # Given a rule that holds rebar and ore, and ore at its upper limit: nobody sells it
    def told() -> list[str]:
        return [one.sentence for one in world.facts(AlertRaised) if one.code == "OWN_UNSEEN"]

    start(world, taught(by_steel, ORE))
    world.show({RB: (3705, 3707)})
    world.wait(12)
    # When rebar falls, the rule sees neither, and cannot turn
    world.show({RB: (3690, 3692), I: ("860", None)})
    world.wait(150)
    assert told() == []  # a book that blinks is nothing to call people for
    world.wait(400)
    # Then people are told once, of which contract and since when, and the card says it as long as it lasts.
    assert (world.net(RB), world.net(I)) == (3, -2)
    (sentence,) = told()
    assert "i2101 只有买价，" in sentence
    assert "起没有取价，规则看不到行情，不改目标，也不离场，恢复后照常；要先走请人工平仓" in sentence
    desk = Desk(world)
    assert "起没有取价，规则看不到行情" in desk.strategies[NAME].sentence
    # A restart tells it to nobody anew; once ore is quoted again the rule turns, and the card is clear.
    world.restart()
    world.wait(200)
    assert told() == [sentence]
    world.show({I: ("859", "859.5")})
    world.wait(12)
    assert (world.net(RB), world.net(I)) == (-3, 2)
    assert "看不到行情" not in Desk(world).strategies[NAME].sentence
    # And it is told of what comes later, which is nothing over the break.
    world.show_at(instant(DAY, 10, 14, 58))
    world.show({I: ("859", None)})
    world.show_at(instant(DAY, 10, 30, 1))
    world.wait(120)
    assert len(told()) == 1
    world.wait(80)
    assert len(told()) == 2


def test_an_order_no_longer_wanted_is_taken_back_though_its_contract_is_out_of_sight(begin: Begin) -> None:
    # Given a rule that turns gold and rebar by gold, and half of its order for rebar resting
    def by_gold(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
        gold = seen["gold"].prices
        way = 1 if gold and gold[-1] > 400 else -1
        return {"gold": Aim(way, "金"), "steel": Aim(2 * way, "金")} if gold else None

    world = begin(universe=WITH_GOLD, at=NEXT_NIGHT)
    world.show({AU: ("401", "401.02")})
    world.show_at(instant(DAY, 22, 59, 50))
    start(world, taught(by_gold, ("gold", AU, 2)))
    world.show(lots=1)
    world.show(lots=1)
    world.show({RB: (3720, 3721)}, lots=1)
    assert [(row.terms.instrument, row.remaining) for row in world.account.live.values()] == [(RB, 1)]
    # When gold falls in the last three seconds of rebar's session, in which no order for rebar is sent any more
    world.show_at(instant(DAY, 22, 59, 58), {AU: ("399", "399.02"), RB: (3740, 3741)})
    world.show()
    # Then the order is taken back at once: it might fill when rebar opens, before rebar is in sight again.
    assert (world.net(RB), [*world.account.live.values()]) == (1, [])
    assert not [one for one in orders(world) if one.terms.instrument == RB and not one.terms.is_opening]


def test_no_row_is_taken_while_one_contract_is_closed_or_in_its_auction_or_unquoted_since(begin: Begin) -> None:
    # Given a rule that sells gold while it stands far above rebar, which closes at 23:00
    rows: list[tuple[float, float]] = []

    def apart(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
        gold, steel = seen["gold"].prices, seen["steel"].prices
        rows[:] = zip(gold, steel, strict=True)
        return {"gold": Aim(-1 if gold[-1] * 10 - steel[-1] > 310 else 0, "差")} if gold else None

    world = begin(universe=WITH_GOLD, at=NEXT_NIGHT)
    world.show({AU: ("400", "400.02")})
    start(world, taught(apart, ("steel", RB, 0), first="gold", instrument=AU))
    world.show_at(instant(DAY, 22, 59, 58))
    known = list(rows)
    # When gold rises after rebar has closed: rebar's last quote is not a minute old, and says nothing of this moment
    world.show_at(instant(DAY, 23, 0, 5), {AU: ("402", "402.02")})
    world.wait(12)
    # Then there is no row, and gold is not sold against it.
    assert (rows, world.net(AU), list(aims(world))) == (known, 0, [])
    # Nor is there one in the auction before the day, nor before rebar is quoted in the session itself.
    for clock in ((8, 56), (8, 59, 58)):
        world.show_at(instant(NEXT_DAY, *clock), {RB: (3690, 3691)})
    world.quotes.pop(RB)
    world.show_at(instant(NEXT_DAY, 9, 0, 1))
    assert rows == known
    world.show_at(instant(NEXT_DAY, 9, 0, 2), {RB: (3691, 3692)})
    assert rows == [*known, (402.01, 3691.5)]
    world.wait(12)
    assert world.net(AU) == -1


@pytest.mark.parametrize("several", [True, False])
def test_a_restart_shows_a_rule_what_it_saw_and_none_of_what_was_before_its_start(world: World, several: bool) -> None:
    # Given a market that has risen for a while, and a rule that buys what eight samples of ten seconds have seen rise
    def rising(numbers: Any, seen: Any) -> dict[str, Aim] | Aim | None:
        prices = seen["steel"].prices if several else seen.prices
        if len(prices) < 8:
            return None
        aim = Aim(2 if prices[-1] > prices[0] else -2, "涨")
        return {"steel": aim} if several else aim

    def rise(seconds: int) -> None:
        for _ in range(seconds):
            world.show({RB: (world.quotes[RB][0] + 1, world.quotes[RB][1] + 1)})  # type: ignore[operator]

    def seen() -> list[tuple[float, ...]]:
        return [world.engine.look.samples(one) for one in watches_of(settings)]

    settings = replace(taught(rising, ("ore", I, 0)) if several else learned(rising), sample_seconds=10)
    OWN.learn(OWN._codes[settings.sha256]._replace(sample_seconds=10))
    rise(37)
    start(world, settings)
    rise(45)
    before = seen()
    assert {len(one) for one in before} == {5}
    # When the terminal is restarted, and reads the whole tape again
    world.restart()
    # Then the rule sees the same rows, of the same instants, and does not trade for the restart alone.
    assert seen() == before
    rise(3)
    assert orders(world) == []
    # And it goes on in step: it buys when it would have bought.
    rise(30)
    assert world.net(RB) == 2


@pytest.mark.parametrize("held_back", [(), (Traded,), (Accepted, Traded)])
def test_a_restart_in_the_middle_buys_no_lot_twice_of_either(world: World, held_back: tuple[type, ...]) -> None:
    start(world, taught(by_steel, ORE))
    world.wire.hold = held_back
    world.show({RB: (3705, 3707)})
    world.wait(2)
    world.restart()
    world.wait(25)
    assert (world.net(RB), world.net(I)) == (3, -2)
    assert [mark.lots for mark in aims(world)] == [3, -2]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"ore": Aim(1, "它只看")}, "要持 ore，它不是可以交易的合约"),
        ({"gold": Aim(1, "没有它")}, "要持 gold，它不是可以交易的合约"),
        ({"steel": Aim(6, "太多")}, "要持 6 手，超过最多 5 手（steel）"),
        ({"steel": 3}, "应返回 Aim(整数手数, 原因) 或 None，返回了 3（steel）"),
        (Aim(1, "哪一个"), "应返回 {合约的名字: Aim(整数手数, 原因)} 或 None"),
        ({1: Aim(1, "不是名字")}, "应返回 {合约的名字"),
    ],
)
def test_what_cannot_be_heeded_ends_it_before_any_order(world: World, answer: Any, said: str) -> None:
    start(world, taught(lambda numbers, seen: answer, ("ore", I, 0)))
    world.wait(3)
    row = world.account.strategies[NAME]
    assert row.status is StrategyStatus.FINISHED
    assert said in row.reason
    assert not orders(world)


def test_a_rule_that_fails_leaves_what_it_holds_of_each(world: World) -> None:
    def failing(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
        if seen["ore"].held and seen["steel"].held:
            raise ValueError("够了")
        return by_steel(numbers, seen)

    start(world, taught(failing, ORE))
    world.show({RB: (3705, 3707)})
    world.wait(12)
    row = world.account.strategies[NAME]
    assert row.status is StrategyStatus.FINISHED
    held = {name: world.net(name) for name in (RB, I)}
    assert f"持有的 rb2101 {held[RB]} 手、i2101 {held[I]} 手留在账户里" in row.reason


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ((("ore", RB, 1),), "合约 SHFE.rb2101 写了两次"),
        ((("ore", I, 1), ("again", I, 0)), "合约 DCE.i2101 写了两次"),
        ((("ore", InstrumentId("SHFE.rb2999"), 0),), "合约 SHFE.rb2999 不在行情中"),
        ((("spot", SPOT, 0),), "是现货，自编策略只看合约"),
    ],
)
def test_contracts_that_do_not_go_together_are_refused_before_anything_starts(
    world: World, others: tuple[tuple[str, InstrumentId, int], ...], said: str
) -> None:
    body = c.StartStrategy(account=ONE, strategy=NAME, settings=taught(by_steel, *others))
    assert said in ask(world, body).sentence
    assert said in world.do(TRADER, body).sentence


def test_contracts_in_two_currencies_are_refused(world: World) -> None:
    relist(world, replace(world.engine.look.instrument(I), quote_unit="美元/吨"))
    body = c.StartStrategy(account=ONE, strategy=NAME, settings=taught(by_steel, ORE))
    assert "i2101 以美元计价，rb2101 以元计价" in world.do(TRADER, body).sentence


def test_settings_that_name_other_contracts_than_the_code_are_refused(world: World) -> None:
    settings = taught(by_steel, ORE)
    for other in (
        {"others": ()},
        {"others": (OwnContract(name="gold", instrument=I, max_lots=4),)},
        {"others": (OwnContract(name="ore", instrument=I),)},
    ):
        body = c.StartStrategy(account=ONE, strategy=NAME, settings=replace(settings, **other))
        assert "设置的合约与它不一致" in world.do(TRADER, body).sentence
    one = replace(learned(around), others=settings.others)
    assert (
        "代码 mine.py 看 一个合约"
        in world.do(TRADER, c.StartStrategy(account=ONE, strategy=NAME, settings=one)).sentence
    )


def test_a_preview_tells_of_each_contract_its_worst_and_its_cost_and_of_all_of_them(world: World) -> None:
    world.show(
        facts=(
            DayFacts(instrument=RB, trading_day=DAY, upper_limit=3950, lower_limit=3450),
            DayFacts(instrument=I, trading_day=DAY, upper_limit=1700, lower_limit=1600),
        )
    )
    found = ask(world, c.StartStrategy(account=ONE, strategy=NAME, settings=taught(by_steel, ORE)))
    rebar, ore = (world.engine.columns.last_price(name) or Decimal(0) for name in (RB, I))
    losses = {
        RB: (abs(3450 - rebar) * 50, abs(3950 - rebar) * 50),
        I: (abs(800 - ore) * 400, abs(850 - ore) * 400),
    }
    for name, lots in ((RB, 5), (I, 4)):
        down, up = losses[name]
        (said,) = [one for one in found.details if one.startswith(f"{name.rpartition('.')[2]} 最坏")]
        assert f"多 {lots} 手遇跌停亏 ¥{down:,.0f}；空 {lots} 手遇涨停亏 ¥{up:,.0f}" in said
        assert f"{lots} 手一个来回的手续费 {6 * lots}.00 元" in said
    whole = sum(max(each) for each in losses.values())
    assert any(f"共亏 ¥{whole:,.0f}" in one and "没有止损" in one for one in found.details)
    assert "rb2101 最多 5 手、i2101 最多 4 手" in found.sentence


def test_a_preview_names_the_first_target_of_each_contract(world: World) -> None:
    def always(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim]:
        return {"steel": Aim(2, "螺纹"), "ore": Aim(-3, "铁矿")}

    world.show()
    found = ask(world, c.StartStrategy(account=ONE, strategy=NAME, settings=taught(always, ORE)))
    said = "现在启动：rb2101 目标由 空仓 改为 多 2 手：螺纹；i2101 目标由 空仓 改为 空 3 手：铁矿"
    assert said in found.details


def test_its_numbers_may_change_while_it_runs_and_no_contract_or_its_most_lots(world: World) -> None:
    settings = taught(by_steel, ORE)
    start(world, settings)
    world.show({RB: (3705, 3707)})
    world.wait(12)
    higher = replace(settings, numbers=(replace(LEVEL, value=Decimal(3720)),))
    body = c.ChangeStrategy(account=ONE, strategy=NAME, base_version=1, settings=higher)
    assert world.do(TRADER, body).ok
    world.wait(12)
    assert (world.net(RB), world.net(I)) == (-3, 2)
    more = replace(higher, others=(OwnContract(name="ore", instrument=I, max_lots=9),))
    for other in (replace(higher, max_lots=6), more, replace(higher, instrument=FAR)):
        assert "不能在运行中修改" in world.do(TRADER, replace(body, base_version=2, settings=other)).sentence


@pytest.mark.parametrize("most", [0, 4])
def test_a_roll_takes_along_any_of_its_contracts_and_moves_the_prices_of_that_one_alone(
    world: World, most: int
) -> None:
    # Given a rule whose first contract is ore, and which trades rebar beside it or only looks at it
    asked: Asked = []

    def holding(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim]:
        asked.append(dict(seen))
        return {"ore": Aim(1, "铁矿"), **({"steel": Aim(2, "螺纹")} if most else {})}

    start(world, taught(holding, ("steel", RB, most), first="ore", instrument=I))
    world.show({RB: (3700, 3701), FAR: (3602, 3603)})
    if not most:
        world.buy(2, 3701)
    world.wait(12)
    assert (world.net(I), world.net(RB)) == (1, 2)
    row = world.account.strategies[NAME]
    # When a roll takes it a hundred yuan down
    far_alone = c.StartStrategy(account=ONE, strategy=ROLL, settings=roll(strategies=(NAME,), lots=2))
    assert world.do(TRADER, far_alone).ok
    while row.version == 1:
        world.show()
    world.wait(4)
    # Then rebar's prices stand where far stands, ore's where they stood, and the rows are whole.
    settings = row.settings
    assert isinstance(settings, OwnSettings)
    ((before,),) = (one.before for one in settings.rest)
    assert (settings.instrument, settings.rest[0].instrument, before.instrument) == (I, FAR, RB)
    seen = asked[-1]
    assert set(seen["steel"].prices) == {3602.5, 3700.5 + float(before.shift)}
    assert set(seen["ore"].prices) == {830.25}
    assert len(seen["ore"].prices) == len(seen["steel"].prices) == 10
    assert (world.net(I), world.net(RB), world.net(FAR)) == (1, 0, 2)
    assert seen["steel"].held == (2 if most else 0)
    # And a process that comes back reads the very same off the tape, and goes on from there.
    at_last = [world.engine.look.samples(watch) for watch in watches_of(settings)]
    world.restart()
    assert [world.engine.look.samples(watch) for watch in watches_of(settings)] == at_last
    go(world, 5)
    assert (world.net(I), world.net(RB), world.net(FAR)) == (1, 0, 2)


def test_two_of_its_contracts_never_come_to_be_one_by_a_roll(world: World) -> None:
    start(world, taught(by_steel, ("ore", FAR, 1)))
    settings = roll(strategies=(NAME,), lots=2)
    assert (
        "已看着 rb2105，改绑后两个合约会是同一个"
        in world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).sentence
    )


def test_a_rule_of_one_contract_writes_what_it_wrote_before_there_were_several(world: World) -> None:
    start(world, learned(around))
    world.show({RB: (3705, 3707)})
    world.wait(12)
    written = [msgspec.to_builtins(getattr(entry.record, "fact", None)) for entry in world.journal.replay()]
    started = next(one["settings"] for one in written if "settings" in (one or {}))
    assert "others" not in started
    assert list(started)[-1] == "before"
    (mark,) = [one["mark"] for one in written if "mark" in (one or {})]
    assert mark == {"type": "own_aimed", "lots": 3, "before": 0, "reason": "价在 3706"}
