"""What a strategy's memory leans on lasts; what its next decision only reads may change."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from msgspec.structs import replace

from terminal.domain.ids import AccountId, InstrumentId, StrategyId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.parameters.lasting import EXECUTION_FREE, GRID_FREE, ROLL_FREE, SPREAD_FREE
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.spot_side import SpotSide
from terminal.domain.parameters.strategy import (
    Combine,
    Conversion,
    CurvePart,
    DaysToExpiry,
    ExecutionSettings,
    ExecutionStyle,
    GridSettings,
    GridSpacing,
    Half,
    OpenInterestCrossover,
    OutOfRange,
    RollSettings,
    SpreadGrid,
    SpreadLeg,
    SpreadPercentile,
    SpreadSettings,
    StrategySettings,
    Swap,
)
from terminal.domain.words.settings import WORDS, differing, shown
from terminal.strategies.grid.stage import Stage
from terminal.strategies.table import GRID, ROLL, SPREAD, strategy_of

A: Final = AccountId("A")
NEAR, FAR = InstrumentId("SHFE.rb2101"), InstrumentId("SHFE.rb2105")
GRID_SETTINGS: Final = GridSettings(
    account=A,
    instrument=NEAR,
    side=Side.BUY,
    anchor=Decimal(3700),
    step=Decimal(10),
    lines=4,
    lots_per_line=5,
    stop=Decimal(3500),
    lower=Decimal(3550),
    upper=Decimal(3800),
)
SPREAD_SETTINGS: Final = SpreadSettings(
    account=A,
    legs=(
        SpreadLeg(instrument=NEAR, coefficient=Decimal(1), lots=2, active=True),
        SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-2),
    ),
    buy_at=Decimal(90),
    sell_at=Decimal(100),
    sets=2,
    max_sets=5,
)
TIMINGS: Final = (DaysToExpiry(days=5), OpenInterestCrossover(days=2), SpreadPercentile())
ROLL_SETTINGS: Final = RollSettings(
    account=A, near=NEAR, far=FAR, side=Side.BUY, lots=20, batch_lots=5, timings=TIMINGS
)
EXECUTION_SETTINGS: Final = ExecutionSettings(
    account=A,
    instrument=NEAR,
    style=ExecutionStyle.TWAP,
    side=Side.BUY,
    total_lots=20,
    limit=Decimal(3700),
    begins_at=1_597_988_700_000_000_000,
    ends_at=1_597_992_300_000_000_000,
)
# One other value of every field of every kind.
OTHER: Final[dict[str, dict[str, object]]] = {
    "grid": {
        "account": AccountId("B"),
        "instrument": FAR,
        "side": Side.SELL,
        "spacing": GridSpacing.GEOMETRIC,
        "anchor": Decimal(3710),
        "step": Decimal(11),
        "ratio": Decimal("0.99"),
        "lines": 5,
        "lots_per_line": 6,
        "stop": Decimal(3501),
        "lower": Decimal(3551),
        "upper": Decimal(3801),
        "out_of_range": OutOfRange.STOP,
        "trail_to": Decimal(3800),
        "hedge_flag": HedgeFlag.HEDGE,
        "shifted": Decimal(-98),
    },
    "spread": {
        "account": AccountId("B"),
        "legs": SPREAD_SETTINGS.legs[::-1],
        "buy_at": Decimal(91),
        "sell_at": Decimal(101),
        "sets": 3,
        "max_sets": 6,
        "hedge_flag": HedgeFlag.HEDGE,
        "hedge_seconds": 4,
        "max_chases": 6,
        "naked_lots": 21,
        "pause_seconds": 6,
        "max_loss_yuan": Decimal(3000),
        "residual_yuan": Decimal(50_000),
        "long_stop": Decimal(-5_000),
        "long_take_profit": Decimal(5_000),
        "short_stop": Decimal(5_000),
        "short_take_profit": Decimal(-5_000),
        "conversion": Conversion(verb=Swap.DELTA),
        "grid": SpreadGrid(side=Side.BUY, lines=1, stop=Decimal(0), lower=Decimal(1), upper=Decimal(2)),
        "quoting": SpreadQuoting(),
        "route": SpreadRoute.CHEAPER,
        "spot_side": SpotSide(tonnes=Decimal(100)),
    },
    "roll": {
        "account": AccountId("B"),
        "near": InstrumentId("SHFE.rb2010"),
        "far": InstrumentId("SHFE.rb2110"),
        "side": Side.SELL,
        "lots": 21,
        "batch_lots": 6,
        "timings": TIMINGS[:2],
        "combine": Combine.ALL,
        "hedge_flag": HedgeFlag.HEDGE,
        "pay_up_ticks": 2,
        "chase_seconds": 6,
        "max_chases": 21,
        "naked_lots": 6,
        "batch_pause_seconds": 31,
        "weights": (1, 2, 3),
        "needed_weight": 2,
        "strategies": (StrategyId("grid"),),
        "far_account": AccountId("C"),
        "half": Half.NEAR,
    },
    "execution": {
        "account": AccountId("B"),
        "instrument": FAR,
        "style": ExecutionStyle.BEST,
        "side": Side.SELL,
        "offset": Offset.CLOSE,
        "hedge_flag": HedgeFlag.HEDGE,
        "total_lots": 21,
        "limit": Decimal(3701),
        "begins_at": 1_597_988_760_000_000_000,
        "ends_at": 1_597_992_360_000_000_000,
        "slice_seconds": 61,
        "curve": (CurvePart(begin="09:00", end="10:15", weight=Decimal(1)),),
        "shown_lots": 2,
        "chase_seconds": 11,
        "max_chases": 21,
        "max_pay_up_ticks": 1,
        "participation_percent": 20,
    },
}
FREE: Final = {
    "grid": GRID_FREE | {"instrument"},  # no form offers it: while it holds nothing, and then all of it moves
    "spread": SPREAD_FREE,
    "roll": ROLL_FREE,
    "execution": EXECUTION_FREE,
}
SETTINGS: Final[tuple[StrategySettings, ...]] = (GRID_SETTINGS, SPREAD_SETTINGS, ROLL_SETTINGS, EXECUTION_SETTINGS)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda one: type(one).__name__)
def test_every_field_either_lasts_or_is_free_and_the_sentence_names_what_lasts(settings: StrategySettings) -> None:
    kind = strategy_of(settings)
    assert OTHER[kind.kind].keys() == set(settings.__struct_fields__)
    for name, value in OTHER[kind.kind].items():
        changed = replace(settings, **{name: value})
        why = kind.may_change(settings, changed, kind.begin(settings))
        if name in FREE[kind.kind]:
            assert why is None, name
        else:
            assert why is not None, name
            assert WORDS[name] in why


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda one: type(one).__name__)
def test_every_field_has_a_word_for_people(settings: StrategySettings) -> None:
    assert set(settings.__struct_fields__) <= WORDS.keys()
    assert strategy_of(settings).sizes(settings).keys() <= WORDS.keys()


def test_a_leg_may_pay_up_more_or_wait_longer_and_nothing_else_of_it_changes() -> None:
    lead, follower = SPREAD_SETTINGS.legs
    memory = SPREAD.begin(SPREAD_SETTINGS)
    for changed, free in (
        (replace(follower, pay_up_ticks=3), True),
        (replace(follower, hedge_seconds=9, max_chases=2), True),
        (replace(follower, lots=-3), False),
        (replace(follower, coefficient=Decimal(-2)), False),
    ):
        new = replace(SPREAD_SETTINGS, legs=(lead, changed))
        assert (SPREAD.may_change(SPREAD_SETTINGS, new, memory) is None) is free
    fewer = replace(SPREAD_SETTINGS, legs=(lead,))
    assert SPREAD.may_change(SPREAD_SETTINGS, fewer, memory) is not None


@pytest.mark.parametrize(
    ("place", "timing", "free"),
    [
        (0, DaysToExpiry(days=3), True),
        (0, OpenInterestCrossover(), False),
        (1, OpenInterestCrossover(days=3), True),
        (1, OpenInterestCrossover(days=2, ratio=Decimal(2)), False),  # its row of days was counted at another ratio
        (1, DaysToExpiry(days=2), False),
        (2, SpreadPercentile(permille=100, at_least=10), True),
        (2, SpreadPercentile(window=400), False),
        (2, SpreadPercentile(sample_seconds=20), False),
        (2, DaysToExpiry(days=2), False),
    ],
)
def test_a_timing_keeps_its_kind_and_what_it_counts_by_and_its_threshold_is_free(
    place: int, timing: DaysToExpiry | OpenInterestCrossover | SpreadPercentile, *, free: bool
) -> None:
    timings = (*TIMINGS[:place], timing, *TIMINGS[place + 1 :])
    new = replace(ROLL_SETTINGS, timings=timings)
    assert (ROLL.may_change(ROLL_SETTINGS, new, ROLL.begin(ROLL_SETTINGS)) is None) is free


def test_a_roll_is_not_made_smaller_than_what_it_has_closed_and_is_closing() -> None:
    memory = ROLL.begin(ROLL_SETTINGS)
    memory.near.net, memory.batch_goal = -5, 10
    assert ROLL.may_change(ROLL_SETTINGS, replace(ROLL_SETTINGS, lots=10), memory) is None
    why = ROLL.may_change(ROLL_SETTINGS, replace(ROLL_SETTINGS, lots=9), memory)
    assert why is not None
    assert "10 手" in why


def test_a_spread_is_not_made_smaller_than_what_its_round_goes_for() -> None:
    memory = SPREAD.begin(SPREAD_SETTINGS)
    memory.running, memory.goal = True, -8
    assert SPREAD.may_change(SPREAD_SETTINGS, replace(SPREAD_SETTINGS, max_sets=4), memory) is None
    assert SPREAD.may_change(SPREAD_SETTINGS, replace(SPREAD_SETTINGS, max_sets=3), memory) is not None
    memory.running = False  # a goal of a round that is over binds nobody
    assert SPREAD.may_change(SPREAD_SETTINGS, replace(SPREAD_SETTINGS, max_sets=3), memory) is None


def test_a_grid_that_is_ending_takes_no_other_settings() -> None:
    memory = GRID.begin(GRID_SETTINGS)
    memory.stage = Stage.STOPPING
    assert GRID.may_change(GRID_SETTINGS, replace(GRID_SETTINGS, lots_per_line=4), memory) is not None


def test_values_are_shown_as_people_write_them() -> None:
    assert differing(GRID_SETTINGS, replace(GRID_SETTINGS, stop=Decimal(3510), lines=5)) == ("lines", "stop")
    assert shown(replace(GRID_SETTINGS, stop=Decimal("1E+3")), "stop") == "1000 元"
    assert shown(GRID_SETTINGS, "side") == "做多"
    assert shown(GRID_SETTINGS, "out_of_range") == "持有等待"
    assert shown(GRID_SETTINGS, "spacing") == "等差"
    assert shown(GRID_SETTINGS, "hedge_flag") == "投机"
    assert shown(ROLL_SETTINGS, "side") == "多头"
    assert shown(ROLL_SETTINGS, "combine") == "任一满足"
    assert shown(GRID_SETTINGS, "ratio") == "未设"
    assert shown(GRID_SETTINGS, "lines") == "4 条"
    assert shown(replace(SPREAD_SETTINGS, buy_at=Decimal("-29.5")), "buy_at") == "−29.5 元"
    assert shown(EXECUTION_SETTINGS, "ends_at") == "2020-08-21 14:45:00"
    assert shown(EXECUTION_SETTINGS, "side") == "买入"
    assert shown(EXECUTION_SETTINGS, "offset") == "开仓"
    assert shown(EXECUTION_SETTINGS, "participation_percent") == "未设"
    rest = "追价加价 1 跳，开仓，对冲等待 同整个价差，最多追价 同整个价差"
    assert shown(SPREAD_SETTINGS, "legs") == (
        f"rb2101 价格系数 1，每套手数 2 手，主动腿 是，{rest}；rb2105 价格系数 −1，每套手数 −2 手，主动腿 否，{rest}"
    )
