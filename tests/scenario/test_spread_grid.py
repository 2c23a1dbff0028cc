"""A grid over a spread and over a basis, as a hedger uses it: lines, stop, restart, spot that nobody states."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderFilled, StrategyMarked
from terminal.domain.fact.marks import RangeLeft
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import OutOfRange, SpreadGrid, SpreadLeg, SpreadSettings
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_world import FAR, NEXT_DAY, NEXT_NIGHT, ONE, OPENING_QUOTES, RB, SPOT, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.legs import SPREAD, alerts, spread_settings
from tests.unit.engine.foreseen import ask, start

LADDER = StrategyId("ladder")
LINES = SpreadGrid(side=Side.BUY, lines=3, stop=Decimal(65), lower=Decimal(75), upper=Decimal(130))


def ladder(**changes: object) -> SpreadSettings:
    """Buy two sets at 101, 91 and 81 yuan, sell each ten yuan higher."""
    settings = replace(spread_settings(sets=2, max_sets=6), sell_at=Decimal(111), grid=replace(LINES, **changes))
    return replace(settings, pause_seconds=1)


def basis(**changes: object) -> SpreadSettings:
    """Sell the basis of iron ore at 70, 80 and 90 yuan by buying futures, and close each ten yuan lower."""
    grid = SpreadGrid(side=Side.SELL, lines=3, stop=Decimal(110), lower=Decimal(40), upper=Decimal(100))
    return SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=SPOT, coefficient=Decimal(1), lots=0),
            SpreadLeg(instrument=I, coefficient=Decimal(-1), lots=-1, active=True),
        ),
        buy_at=Decimal(60),
        sell_at=Decimal(70),
        sets=2,
        max_sets=6,
        pause_seconds=1,
        grid=replace(grid, **changes),
    )


def begin(world: World, settings: SpreadSettings, name: StrategyId = SPREAD) -> None:
    """Start a spread in a market in which every contract was traded."""
    world.traded = set(OPENING_QUOTES)
    world.wait(1)
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=settings))
    assert done.code == "OK", done.sentence


def costs(world: World, spread: int) -> tuple[int, int]:
    """Move the spread to where buying it costs so much, give it time, and return the lots of both legs."""
    for _ in range(7):
        world.show({RB: (3599 + spread, 3600 + spread), FAR: (3600, 3602)}, lots=500)
        world.wait(2)
    return world.net(RB), world.net(FAR)


def ore(world: World, bid: int) -> int:
    for _ in range(7):
        world.show({I: (bid, bid + 1)}, lots=500)
        world.wait(2)
    return world.net(I)


def quote(world: World, price: int) -> None:
    done = world.do(TRADER, c.QuoteSpot(instrument=SPOT, price=Decimal(price), source="港口报价"))
    assert done.ok, done.sentence


def test_i_buy_the_spread_line_by_line_as_it_falls_and_sell_each_line_ten_yuan_higher(world: World) -> None:
    begin(world, ladder())
    assert costs(world, 105) == (0, 0)
    assert costs(world, 101) == (2, -2)
    assert costs(world, 85) == (4, -4)
    assert costs(world, 81) == (6, -6)
    assert costs(world, 94) == (4, -4)  # sells at 91: the third line leaves
    assert costs(world, 114) == (0, 0)  # sells at 111
    bought = [fill for fill in world.facts(OrderFilled) if world.account.orders[fill.order].terms.instrument == RB]
    assert sum(fill.lots for fill in bought) == 12


def test_after_a_night_a_gap_and_a_restart_it_goes_on_from_what_it_holds(world: World) -> None:
    begin(world, ladder())
    assert costs(world, 101) == (2, -2)
    world.show_at(NEXT_NIGHT + 60_000_000_000)
    world.restart()
    # The night opens at the second line: the first is not bought again.
    assert costs(world, 91) == (4, -4)
    world.restart()
    assert costs(world, 91) == (4, -4)
    assert costs(world, 104) == (2, -2)
    assert world.refolded().state_hash() == world.state.state_hash()


def test_at_the_stop_both_legs_are_closed_people_are_told_and_it_ends(world: World) -> None:
    begin(world, ladder())
    assert costs(world, 81) == (6, -6)
    assert costs(world, 60) == (0, 0)
    (alert,) = alerts(world, "GRID_STOPPED")
    assert "价差 60 到达止损价 65，价差网格持有" in alert.sentence
    assert "各腿平仓后停止" in alert.sentence
    row = world.account.strategies[SPREAD]
    assert (row.status, row.reason) == (StrategyStatus.FINISHED, "离开网格区间后停止，没有持仓")


def test_out_of_its_range_it_stops_and_keeps_what_it_holds_if_i_say_so(world: World) -> None:
    begin(world, ladder(out_of_range=OutOfRange.STOP))
    assert costs(world, 91) == (4, -4)
    costs(world, 70)
    assert world.account.strategies[SPREAD].status is StrategyStatus.FINISHED
    assert world.net(RB) == -world.net(FAR) > 0


def test_one_leg_that_stays_away_is_unwound_and_the_line_is_free_again(world: World) -> None:
    begin(world, replace(ladder(), hedge_seconds=1, max_chases=1))
    world.show({RB: (3700, 3701), FAR: (3600, 3602)}, lots=500)
    world.wait(1)
    for _ in range(20):
        world.show({RB: (3700, 3701), FAR: (None, 3602)}, lots=500)
        world.wait(2)
    assert world.net(RB) == -world.net(FAR)
    for _ in range(45):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)}, lots=500)
        world.wait(2)
    assert (world.net(RB), world.net(FAR)) == (2, -2)


def test_the_preview_says_lots_margin_and_loss_at_each_bound(world: World) -> None:
    found = ask(world, start(ladder(), LADDER))
    said = "\n".join(found.details)
    # (101 + 91 + 81 - 3 × 65) × 2 × 10 = 1,560; 6 sets, 2 lots each, in and out at 3 yuan a lot: 72
    assert "最坏：全部成交后到止损 65：持 6 套，保证金 ¥" in said
    assert "亏 1,632.00 元（价差 1,560.00，手续费 72.00；不含滑点）" in said
    # to 75: (26 + 16 + 6) × 2 × 10 = 960
    assert "到下限 75：持 6 套" in said
    assert "亏 1,032.00 元（价差 960.00，手续费 72.00；不含滑点）" in said
    assert "到上限 130：各线都已止盈，没有持仓" in said
    # 10 yuan × 2 sets × 10 t less 2 × 4 × 3 yuan
    assert "每格一个来回净得 176.00 元" in said
    assert "每越过 1 元多亏 60.00 元" in said
    assert "现在启动会先报：买开 rb2101 2 手" in said


def test_a_basis_grid_trades_the_future_alone(world: World) -> None:
    quote(world, 900)
    begin(world, basis())
    # A sold basis is worth what spot less the future's ask comes to: 900 - 831 = 69.
    assert ore(world, 830) == 0
    assert ore(world, 829) == 2
    assert ore(world, 815) == 4  # 84
    assert ore(world, 841) == 0  # bought back at 900 - 841 = 59
    quote(world, 915)
    assert ore(world, 830) == 4  # it is the basis that counts: 915 - 831 = 84


def test_without_a_spot_price_that_holds_the_grid_waits_and_says_so(world: World) -> None:
    waits = ask(world, start(basis(), LADDER))
    assert any("i.日照港 没有有效的现货价" in one for one in waits.details)
    quote(world, 900)
    begin(world, basis())
    assert ore(world, 829) == 2
    world.show_at(instant(NEXT_DAY, 10))  # the price of Friday is good on Monday
    assert ore(world, 819) == 4
    world.show_at(instant(20200825, 10))
    assert ore(world, 809) == 4  # and on Tuesday no more
    assert ore(world, 850) == 4
    assert world.account.strategies[SPREAD].status is StrategyStatus.RUNNING
    quote(world, 900)
    assert ore(world, 841) == 0


def test_spot_cannot_be_traded_and_nothing_but_spot_is_only_looked_at(world: World) -> None:
    quote(world, 900)
    settings = basis()
    lots = replace(settings, legs=(replace(settings.legs[0], lots=1), settings.legs[1]))
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=LADDER, settings=lots))
    assert "是现货，不能交易；基差网格里它只看价，手数写 0" in done.sentence
    legs = (replace(settings.legs[0], instrument=RB), settings.legs[1])
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=LADDER, settings=replace(settings, legs=legs)))
    assert "只有基差网格的现货可以只看价" in done.sentence


def test_leaving_its_bounds_is_told_in_words_of_what_it_trades(world: World) -> None:
    quote(world, 900)
    begin(world, basis(out_of_range=OutOfRange.FLATTEN))
    assert ore(world, 829) == 2
    assert ore(world, 865) == 0
    (left,) = [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, RangeLeft)]
    assert not left.stopped
    (alert,) = alerts(world, "GRID_STOPPED")
    assert "基差 35 离开区间 40 至 100，基差网格持有" in alert.sentence


def test_who_changes_a_grid_that_has_followed_reads_where_it_stands_now(world: World) -> None:
    # Given a grid written for 101, 91 and 81 that has followed the spread by twenty yuan
    begin(world, ladder(trail_to=Decimal(151), upper=Decimal(160)))
    costs(world, 135)
    row = world.account.strategies[SPREAD]
    assert isinstance(row.memory, SpreadMemory)
    assert row.memory.moved == 20
    # When a line is to be of three sets, then lines, stop and worst are those it will have, as on the approver's card.
    wanted = replace(row.settings, sets=3, max_sets=9)
    body = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=row.version, settings=wanted)
    found = ask(world, body)
    lines, stop = "等差 3 条线：价差 121 至 101，每条 3 套，共 9 套", "首线止盈 131，止损 85"
    assert {lines, stop} <= set(found.details)
    # (121 + 111 + 101 - 3 × 85) × 3 × 10 = 2,340
    assert any(one.startswith("最坏：全部成交后到止损 85：持 9 套") and "价差 2,340.00" in one for one in found.details)
    assert world.do(TRADER, body).code == "CONFIRM2"
    assert {lines, stop} <= set(Desk(world).card.details)
