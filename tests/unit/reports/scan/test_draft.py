"""A draft trades what was found at what it could be traded at, and holds together as a spread."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.reports.scan.draft import draft_name, draft_settings
from terminal.reports.scan.scan import LegNow, Opportunity
from terminal.strategies.spread.balance import check_legs
from tests.scan_tapes import FAR, NEAR, found, legs, only, swing, tape


@pytest.fixture
def sold(tmp_path: Path) -> Opportunity:
    return only(found(tape(tmp_path, legs(swing(110)))))


def drafted(one: Opportunity, tick: str = "1") -> SpreadSettings:
    settings = draft_settings(one, AccountId("A"), lambda _: Decimal(tick))
    assert check_legs(settings) is None
    return settings


def leg(name: str, coefficient: str, lots: int, *, shown: int = 50, volume: int | None = None) -> LegNow:
    return LegNow(
        instrument=InstrumentId(name),
        coefficient=Decimal(coefficient),
        lots=lots,
        bid=Decimal(1),
        ask=Decimal(2),
        bid_lots=shown,
        ask_lots=shown + 1,
        volume=volume,
        reckoned=False,
        opening=Decimal(3),
        closing=Decimal(3),
    )


def lead(one: Opportunity) -> str:
    return next(leg.instrument for leg in drafted(one).legs if leg.active)


def test_the_two_prices_lie_as_far_on_either_side_of_the_mean(sold: Opportunity) -> None:
    # Sold at 109, 8.866667 above the mean 100.133333; 91.266667 is as far below, and whole yuan go down to 91.
    settings = drafted(sold)
    assert (settings.sell_at, settings.buy_at) == (Decimal(109), Decimal(91))
    turned = msgspec.structs.replace(sold, side=Side.BUY, buy=Decimal(91), mean=Decimal("100.133333"))
    other = drafted(turned)
    assert (other.buy_at, other.sell_at) == (Decimal(91), Decimal(110))  # 109.266667 goes up


def test_prices_move_in_the_steps_that_the_legs_can_move_the_spread_by(sold: Opportunity) -> None:
    mill = (leg("SHFE.rb2510", "1", 100), leg("DCE.i2509", "-1.6", -16))
    settings = drafted(msgspec.structs.replace(sold, legs=mill, sell=Decimal("109.2")), tick="0.5")
    # Steps of 0.5 and 0.8 together move it by 0.1: 2 x 100.133333 - 109.2 = 91.066666 goes down to 91.
    assert settings.buy_at == Decimal("91.0")


def test_the_less_liquid_leg_is_active(sold: Opportunity) -> None:
    traded = (leg(f"SHFE.{NEAR}", "1", 1, volume=900), leg(f"SHFE.{FAR}", "-1", -1, volume=9_000, shown=1))
    assert lead(msgspec.structs.replace(sold, legs=traded)) == f"SHFE.{NEAR}"
    shown = (leg(f"SHFE.{NEAR}", "1", 1, shown=4), leg(f"SHFE.{FAR}", "-1", -1, volume=9_000))
    assert lead(msgspec.structs.replace(sold, legs=shown)) == f"SHFE.{NEAR}"
    equal = (leg(f"SHFE.{NEAR}", "1", 1), leg(f"SHFE.{FAR}", "-1", -1))
    assert lead(msgspec.structs.replace(sold, legs=equal)) == f"SHFE.{FAR}"


def test_as_many_lots_may_lack_as_one_of_the_active_leg_needs(sold: Opportunity) -> None:
    mill = (
        leg("SHFE.rb2510", "1", 100, volume=1_000_000),
        leg("DCE.i2509", "-1.6", -16, volume=1_000_000),
        leg("DCE.j2509", "-0.5", -5, volume=1_000),
    )
    assert drafted(msgspec.structs.replace(sold, legs=mill)).naked_lots == 24  # 100 / 5 and 16 / 5, rounded up


def test_on_bars_a_hedge_waits_for_two_of_them(sold: Opportunity) -> None:
    assert drafted(sold).hedge_seconds == 3
    reckoned = tuple(msgspec.structs.replace(one, reckoned=True) for one in sold.legs)
    assert drafted(msgspec.structs.replace(sold, legs=reckoned)).hedge_seconds == 120


def test_nothing_is_drafted_that_earns_nothing(sold: Opportunity) -> None:
    with pytest.raises(UserError, match=r"扣除成本后净利 −0\.01 元，不写草案"):
        drafted(msgspec.structs.replace(sold, net=Decimal("-0.01")))
    with pytest.raises(UserError, match="净利 0 元"):
        drafted(msgspec.structs.replace(sold, net=Decimal(0)))


def test_a_name_that_is_taken_is_counted_up(sold: Opportunity) -> None:
    assert draft_name(sold, []) == "scan-rb2401-rb2405"
    assert draft_name(sold, ["scan-rb2401-rb2405", "scan-rb2401-rb2405-2"]) == "scan-rb2401-rb2405-3"
