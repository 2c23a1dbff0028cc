"""What a second person reads of an order on a combination: both legs, the difference, and the account after it."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain.orders.order import Offset, Side
from terminal.engine.wording import signed_yuan, yuan
from tests.engine_market import FAR_ORE, ORE_SPREAD, WITH_FAR_ORE
from tests.engine_world import CHECKER, LIMITS, I, World
from tests.picture_desk import Desk
from tests.scenario.combining import FACTS, show
from tests.unit.shell.picture.parked import figures


def spread_world() -> World:
    world = World(universe=WITH_FAR_ORE, facts=FACTS, limits=replace(LIMITS, confirm_value_yuan=Decimal(400_000)))
    show(world)
    return world


def test_a_card_of_a_combination_shows_both_legs_and_the_difference() -> None:
    world = spread_world()
    world.buy(1, "830.5", instrument=I)
    assert world.order(Side.BUY, 3, "30.5", instrument=ORE_SPREAD).code == "CONFIRM2"
    card = Desk(world).card
    assert card.title == "买开 SP i2101&i2105 3 手 @30.5"
    assert (card.reference_price, card.price, card.drift_ticks) == (Decimal(30), Decimal(30), 0)
    shown = figures(card)
    assert shown["持仓 i2101"][:2] == ("多 1 手", "多 4 手")
    assert shown["持仓 i2105"][:2] == ("无持仓", "空 3 手")
    assert "风险度（含挂单）" in shown
    assert [name for name in shown if name.startswith("限仓占用")] == ["限仓占用 i2101", "限仓占用 i2105"]
    # At worst the near month is at 763 and the far one at 864: 131.5 yuan of 300 tonnes, and 18 yuan of fees.
    assert card.details == ("若两腿各到不利的停板（i2101 跌停 763、i2105 涨停 864）：本单 −¥39,468",)


def test_a_card_of_a_close_says_which_leg_has_too_little_left() -> None:
    world = spread_world()
    assert world.order(Side.BUY, 2, "30.5", instrument=ORE_SPREAD).ok
    world.buy(1, "830.5", instrument=I)
    world.sell(1, "800", instrument=FAR_ORE)
    assert world.order(Side.SELL, 3, "29.5", offset=Offset.CLOSE, instrument=ORE_SPREAD).code == "CONFIRM2"
    desk = Desk(world)
    (worst,) = desk.card.details
    assert worst.startswith("若两腿各到不利的停板")
    assert world.close_long(1, "830", instrument=I).ok
    desk.look()
    assert desk.card.details[0] == "此刻可平 2 手，不够本单的 3 手：批准后也报不出"
    assert "保证金（含挂单）" not in figures(desk.card)  # there is no after
    assert figures(desk.card)["持仓 i2105"][:2] == ("空 3 手", "无持仓")


def test_a_card_of_a_close_shows_the_money_as_it_is_afterwards_and_both_ends_of_the_worst() -> None:
    world = spread_world()
    for _ in range(2):
        assert world.order(Side.BUY, 2, "30.5", instrument=ORE_SPREAD).ok
        world.wait(3)
    assert world.order(Side.SELL, 3, "29.5", offset=Offset.CLOSE, instrument=ORE_SPREAD).code == "CONFIRM2"
    card = Desk(world).card
    shown = figures(card)
    # At 763 and 864 four sets bought at 30.5 lose 131.5 yuan of 100 tonnes each, and 24 yuan of fees; of the three that
    # are closed at 29.5 a yuan is left, and 18 yuan more.
    (worst,) = card.details
    where, ends = worst.split("：")
    assert where == "若两腿各到不利的停板（i2101 跌停 763、i2105 涨停 864）"
    assert ends == "本单没有成交时账户当日盈亏 −¥52,624；成交后 −¥13,492（含手续费，其他合约按现价）"
    assert world.decide(CHECKER, world.parked).ok
    money = world.account.book.view(world.engine.columns.last_price)
    assert shown["保证金（含挂单）"][1] == yuan(money.margin + money.frozen_margin)
    assert shown["可用"][1] == yuan(money.available)
    assert shown["当日盈亏"][1] == signed_yuan(money.close_profit + money.position_profit - money.commission)


def test_a_card_of_one_contract_reckons_a_resting_combination_where_its_difference_is_reached() -> None:
    world = spread_world()
    # Given a set at 20, and another at -50 which no limit price of the near month reaches
    assert world.order(Side.BUY, 1, "20", instrument=ORE_SPREAD).ok
    assert world.order(Side.BUY, 1, "-50", instrument=ORE_SPREAD).ok
    assert world.order(Side.BUY, 5, "830", instrument=I).code == "CONFIRM2"
    # Then at 763 what this order buys at 830 loses 67 yuan of 500 tonnes, and the leg, bought at 20 above the far
    # month's 800.25, 57.25 yuan of 100 tonnes, with 3 yuan of fees a lot.
    assert Desk(world).card.details == (
        "若跌停 763：本单 −¥33,515，账户当日盈亏 −¥39,243（含同向挂单 1 手与手续费，其他合约按现价）",
    )
