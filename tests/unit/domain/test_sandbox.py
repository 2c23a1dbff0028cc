"""What counts as the same manner of trading, and how rounds add up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, get_args

import msgspec
import pytest
from msgspec.structs import replace

from terminal.domain.ids import AccountId, InstrumentId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters import strategy as p
from terminal.domain.parameters import target
from terminal.domain.parameters.own import Before, OwnContract, OwnSettings
from terminal.domain.sandbox import OF_THE_DAY, PRICES_AND_DATES, SIZES, manner_sha256, same_manner, wrong_rounds

ACCOUNT: Final = AccountId("A")
LEGS: Final = (
    p.SpreadLeg(instrument=InstrumentId("SHFE.rb2101"), coefficient=Decimal(1), lots=1, active=True),
    p.SpreadLeg(instrument=InstrumentId("SHFE.rb2105"), coefficient=Decimal(-1), lots=-1),
)
ROLL: Final = p.RollSettings(
    account=ACCOUNT,
    near=InstrumentId("SHFE.rb2010"),
    far=InstrumentId("SHFE.rb2101"),
    side=Side.BUY,
    lots=20,
    batch_lots=4,
    timings=(p.DaysToExpiry(days=5, policy_day=20200910), p.Slices(first_day=20200901, slices=4)),
)
SPREAD: Final = p.SpreadSettings(account=ACCOUNT, legs=LEGS, buy_at=Decimal(50), sell_at=Decimal(60), max_sets=4)
OPTION: Final = replace(
    SPREAD,
    legs=(
        p.SpreadLeg(instrument=InstrumentId("DCE.m2101-C-3000"), coefficient=Decimal(1), lots=1, active=True),
        p.SpreadLeg(instrument=InstrumentId("DCE.m2101-P-3000"), coefficient=Decimal(-1), lots=-1),
    ),
    conversion=p.Conversion(verb=p.Swap.SYNTHETIC),
)
EXECUTION: Final = p.ExecutionSettings(
    account=ACCOUNT,
    instrument=InstrumentId("CZCE.AP010"),
    style=p.ExecutionStyle.TWAP,
    side=Side.BUY,
    total_lots=60,
    limit=Decimal(7000),
    begins_at=1,
    ends_at=2,
)
OWN: Final = OwnSettings(
    account=ACCOUNT, instrument=InstrumentId("SHFE.rb2101"), code="ma.py", sha256="ab" * 32, title="均线", max_lots=5
)
ROLLED_OWN: Final = replace(
    OWN, before=(Before(instrument=InstrumentId("SHFE.rb2010"), until=1_600_000_000, shift=Decimal("12.5")),)
)
ORE: Final = OwnContract(name="ore", instrument=InstrumentId("DCE.i2101"), max_lots=4)
OF_TWO: Final = replace(OWN, others=(ORE,))


def legs(*names: str) -> tuple[p.SpreadLeg, ...]:
    return tuple(replace(leg, instrument=InstrumentId(name)) for leg, name in zip(LEGS, names, strict=True))


def option_legs(*names: str) -> tuple[p.SpreadLeg, ...]:
    return tuple(replace(leg, instrument=InstrumentId(name)) for leg, name in zip(OPTION.legs, names, strict=True))


@pytest.mark.parametrize(
    ("tested", "changes"),
    [
        (ROLL, {"account": AccountId("B"), "near": InstrumentId("SHFE.rb2601"), "far": InstrumentId("SHFE.rb2605")}),
        (ROLL, {"timings": (p.DaysToExpiry(days=5, policy_day=20251210), p.Slices(first_day=20251201, slices=4))}),
        (ROLL, {"lots": 3, "batch_lots": 1, "naked_lots": 1, "strategies": (StrategyId("grid"),)}),
        (SPREAD, {"legs": legs("SHFE.rb2601", "SHFE.rb2605"), "buy_at": Decimal(-9), "sets": 1, "max_sets": 1}),
        (OPTION, {"legs": option_legs("DCE.m2605-C-2800", "DCE.m2605-P-2800")}),
        (EXECUTION, {"begins_at": 5, "ends_at": 9, "limit": Decimal(1), "instrument": InstrumentId("CZCE.AP605")}),
        (OWN, {"instrument": InstrumentId("SHFE.rb2605"), "max_lots": 1}),
        (OF_TWO, {"others": (replace(ORE, instrument=InstrumentId("DCE.i2605"), max_lots=1),)}),
        (ROLLED_OWN, {"before": ()}),
        (OWN, {"before": ROLLED_OWN.before}),
    ],
)
def test_months_dates_prices_and_smaller_sizes_are_the_same_manner(
    tested: p.StrategySettings, changes: dict[str, Any]
) -> None:
    assert same_manner(tested, replace(tested, **changes))
    assert manner_sha256(tested, "1") == manner_sha256(replace(tested, **changes), "1")


@pytest.mark.parametrize(
    ("tested", "changes"),
    [
        (ROLL, {"timings": (p.DaysToExpiry(days=6), p.Slices(first_day=20200901, slices=4))}),
        (ROLL, {"timings": (p.DaysToExpiry(days=5), p.Slices(first_day=20200901, slices=4))}),
        (ROLL, {"chase_seconds": 1}),
        (ROLL, {"half": p.Half.NEAR}),
        (ROLL, {"lots": 21}),
        (SPREAD, {"legs": legs("SHFE.rb2101", "SHFE.hc2105")}),
        (SPREAD, {"legs": (replace(LEGS[0], lots=2), LEGS[1])}),
        (SPREAD, {"max_loss_yuan": Decimal(1)}),
        (OPTION, {"legs": option_legs("DCE.m2101-P-3000", "DCE.m2101-C-3000")}),
        (OPTION, {"legs": option_legs("DCE.m2101", "DCE.m2101-P-3000")}),
        (EXECUTION, {"style": p.ExecutionStyle.BEST}),
        (EXECUTION, {"total_lots": 61}),
        (OWN, {"sha256": "cd" * 32}),
        (OWN, {"max_lots": 6}),
        (OF_TWO, {"others": (replace(ORE, max_lots=5),)}),
        (OF_TWO, {"others": (replace(ORE, max_lots=0),)}),
        (OF_TWO, {"others": (replace(ORE, instrument=InstrumentId("DCE.j2101")),)}),
    ],
)
def test_everything_else_and_larger_sizes_are_not(tested: p.StrategySettings, changes: dict[str, Any]) -> None:
    assert not same_manner(tested, replace(tested, **changes))


def test_another_kind_and_another_program_are_another_manner() -> None:
    assert not same_manner(ROLL, SPREAD)
    assert not same_manner(SPREAD, EXECUTION)
    assert manner_sha256(ROLL, "1") != manner_sha256(ROLL, "2")


def test_every_name_that_is_left_out_is_a_setting_of_some_kind() -> None:
    # A setting that is renamed would silently begin to count, or cease to.
    kinds = [*get_args(p.StrategySettings), *get_args(p.Timing), p.SpreadGrid, *get_args(target.RatioSource)]
    names = {name for kind in kinds for name in kind.__struct_fields__}
    assert {*OF_THE_DAY, *PRICES_AND_DATES, *SIZES} <= names


def test_what_is_no_size_price_or_day_is_none_of_them() -> None:
    whole = {name: msgspec.to_builtins(one).keys() for name, one in {"roll": ROLL, "execution": EXECUTION}.items()}
    assert {"hedge_flag", "side", "pay_up_ticks", "chase_seconds", "max_chases"} <= whole["roll"] - SIZES - OF_THE_DAY
    assert not SIZES & PRICES_AND_DATES
    assert not SIZES & OF_THE_DAY


@pytest.mark.parametrize(("wanted", "fits"), [(-1, False), (0, True), (1, False), (2, False), (3, True), (10, True)])
def test_three_rounds_are_the_least_that_may_be_asked_for(wanted: int, *, fits: bool) -> None:
    assert (wrong_rounds(wanted) == "") is fits
