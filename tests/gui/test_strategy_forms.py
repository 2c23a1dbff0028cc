from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
import shiboken6
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PySide6.QtWidgets import QWidget

from terminal.domain.ids import AccountId, InstrumentId, StrategyId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.spot_side import SpotSide, SpotTax
from terminal.domain.parameters.strategy import (
    BasisDistance,
    BasisReading,
    Combine,
    CurvePart,
    DaysToExpiry,
    ExecutionSettings,
    ExecutionStyle,
    GridSettings,
    GridSpacing,
    Liquidity,
    Manual,
    OpenInterestCrossover,
    OutOfRange,
    RollSettings,
    RollYield,
    Slices,
    SpreadDeviation,
    SpreadGrid,
    SpreadLeg,
    SpreadPercentile,
    SpreadSettings,
    StepDay,
    StrategySettings,
    VolumeCrossover,
)
from terminal.domain.products.instrument import Reference
from terminal.domain.view import Quote
from terminal.domain.words.settings import CAPTIONS, GridWay
from terminal.strategies.table import strategy_of
from terminal.widgets.dress.look import Look
from terminal.widgets.strategy.faults import faults_of
from terminal.widgets.strategy.fields import ChoiceBox
from terminal.widgets.strategy.form import StrategyForm
from terminal.widgets.strategy.form_execution import ExecutionForm
from terminal.widgets.strategy.form_grid import GridForm
from terminal.widgets.strategy.form_roll import RollForm
from terminal.widgets.strategy.form_spread import SpreadForm
from terminal.widgets.strategy.numbers import NumberBox
from terminal.widgets.strategy.words import differences
from tests.gui.desk import ACCOUNT, COPPER, DAY, NOW, ORE, REBAR

LISTED = (REBAR, InstrumentId("SHFE.rb2510"), COPPER, ORE)
SPOT_ORE = InstrumentId("SPOT.i.日照港")
contracts = st.sampled_from(LISTED)
counts = st.integers(-1, 12)
prices = st.decimals(-50, 300, places=2)
slacks = st.decimals(-1, 3, places=2)
dates = st.sampled_from((0, 20250115, 20250230))
timings = st.one_of(
    st.builds(
        DaysToExpiry,
        days=counts,
        policy_day=st.sampled_from((None, 20250115, 20251301)),
        before_delivery_month=st.booleans(),
    ),
    st.builds(OpenInterestCrossover, ratio=st.decimals(-1, 3, places=3), days=counts, slack=slacks),
    st.builds(VolumeCrossover, ratio=st.decimals(-1, 3, places=3), days=counts, slack=slacks),
    st.builds(SpreadPercentile, permille=st.integers(-10, 1010), sample_seconds=counts, window=counts, at_least=counts),
    st.builds(
        SpreadDeviation,
        deviations=st.decimals(-1, 4, places=2),
        sample_seconds=counts,
        window=counts,
        at_least=counts,
        slack=slacks,
    ),
    st.builds(RollYield, percent=st.decimals(-9, 9, places=2), slack=slacks),
    st.builds(
        BasisDistance,
        spot=st.sampled_from((InstrumentId(""), InstrumentId("SPOT.i.日照港"))),
        yuan=slacks,
        reading=st.sampled_from(BasisReading),
        slack=slacks,
    ),
    st.builds(Liquidity, batches=slacks, ticks=counts, slack=slacks),
    st.builds(StepDay, day=dates, days=counts),
    st.builds(Slices, first_day=dates, slices=counts),
    st.builds(Manual, go=st.booleans()),
)


def weighed(roll: RollSettings, weights: list[int]) -> RollSettings:
    return replace(roll, weights=tuple(weights[: len(roll.timings)]) if roll.combine is Combine.WEIGHTED else ())


rolls = st.builds(
    weighed,
    st.builds(
        RollSettings,
        account=st.just(ACCOUNT),
        near=contracts,
        far=contracts,
        side=st.sampled_from(Side),
        lots=counts,
        batch_lots=counts,
        timings=st.lists(timings, max_size=3).map(tuple),
        combine=st.sampled_from(Combine),
        needed_weight=counts,
        strategies=st.sampled_from(((), (StrategyId("grid"),), (StrategyId("网格-铁矿"), StrategyId("g2")))),
        hedge_flag=st.sampled_from(HedgeFlag),
        pay_up_ticks=counts,
        chase_seconds=counts,
        max_chases=counts,
        naked_lots=counts,
        batch_pause_seconds=counts,
        far_account=st.sampled_from((None, None, ACCOUNT, AccountId("B2"))),
    ),
    st.lists(counts, min_size=3, max_size=3),
)
amounts = st.none() | st.decimals(-3, 300, places=2).filter(bool)
legs = st.builds(
    SpreadLeg,
    instrument=contracts,
    coefficient=st.decimals(-2, 2, places=4),
    lots=st.integers(-4, 4),
    active=st.booleans(),
    pay_up_ticks=counts,
    hedge_seconds=st.none() | counts.filter(bool),
    max_chases=st.none() | counts.filter(bool),
)
spreads = st.builds(
    SpreadSettings,
    account=st.just(ACCOUNT),
    legs=st.lists(legs, min_size=1, max_size=4).map(tuple),
    buy_at=prices,
    sell_at=prices,
    sets=counts,
    max_sets=counts,
    hedge_flag=st.sampled_from(HedgeFlag),
    hedge_seconds=counts,
    max_chases=counts,
    max_loss_yuan=amounts,
    residual_yuan=amounts,
    long_stop=st.none() | prices,
    long_take_profit=st.none() | prices,
    short_stop=st.none() | prices,
    short_take_profit=st.none() | prices,
    naked_lots=counts,
    pause_seconds=counts,
    quoting=st.none()
    | st.builds(
        SpreadQuoting, tolerance_ticks=counts, reach_ticks=counts, rest_seconds=st.integers(0, 9), max_cancels=counts
    ),
    spot_side=st.none()
    | st.builds(
        SpotSide,
        tonnes=st.decimals("0.001", "9000", places=3),
        side=st.sampled_from(Side),
        tax=st.sampled_from(SpotTax),
        alert_minutes=st.integers(1, 9000),
        **dict.fromkeys(("financing_percent", "storage_yuan"), st.decimals("0", "100", places=4)),
    ),
)
lines_of_spreads = st.builds(
    SpreadGrid,
    side=st.sampled_from(Side),
    lines=counts,
    stop=prices,
    lower=prices,
    upper=prices,
    out_of_range=st.sampled_from(OutOfRange),
    trail_to=st.one_of(st.none(), prices),
)


def lined(spread: SpreadSettings, grid: SpreadGrid) -> SpreadSettings:
    return replace(spread, grid=grid, max_sets=grid.lines * spread.sets)


ladders = st.builds(lined, spreads, lines_of_spreads)


def spaced(grid: GridSettings, spacing: GridSpacing) -> GridSettings:
    wide, close = (grid.step, None) if spacing is GridSpacing.ARITHMETIC else (None, grid.ratio)
    return replace(grid, spacing=spacing, step=wide, ratio=close)


grids = st.builds(
    spaced,
    st.builds(
        GridSettings,
        account=st.just(ACCOUNT),
        instrument=contracts,
        side=st.sampled_from(Side),
        anchor=prices,
        step=st.decimals(-1, 20, places=2),
        ratio=st.decimals("-0.1", "1.2", places=4),
        lines=st.integers(-1, 12),
        lots_per_line=counts,
        stop=prices,
        lower=prices,
        upper=prices,
        out_of_range=st.sampled_from(OutOfRange),
        trail_to=st.one_of(st.none(), prices.filter(bool)),
        hedge_flag=st.sampled_from(HedgeFlag),
    ),
    st.sampled_from(GridSpacing),
)
moments = st.sampled_from((0, 1_597_988_700_000_000_000, 1_597_988_700_000_000_001, 1_597_992_300_000_000_000))
clocks = st.sampled_from(("09:00", "10:15", "21:00", "25:00"))
executions = st.builds(
    ExecutionSettings,
    account=st.just(ACCOUNT),
    instrument=contracts,
    style=st.sampled_from(ExecutionStyle),
    side=st.sampled_from(Side),
    offset=st.sampled_from((Offset.OPEN, Offset.CLOSE)),
    hedge_flag=st.sampled_from(HedgeFlag),
    total_lots=counts,
    limit=prices,
    begins_at=moments,
    ends_at=moments,
    slice_seconds=counts,
    curve=st.lists(st.builds(CurvePart, begin=clocks, end=clocks, weight=slacks), max_size=2).map(tuple),
    shown_lots=counts,
    chase_seconds=counts,
    max_chases=counts,
    max_pay_up_ticks=counts,
    participation_percent=st.none() | counts.filter(bool),
)
KINDS = (
    (RollForm, rolls),
    (SpreadForm, spreads),
    (GridForm, grids),
    (ExecutionForm, executions),
    (SpreadForm, ladders),
)


def quote(last: int) -> Quote:
    return Quote(last - 1, last + 1, last, 5, 7, 1000, 500_000, None, None, None, NOW, NOW)


@pytest.fixture
def parent(look: Look) -> Iterator[QWidget]:
    made = QWidget()
    yield made
    shiboken6.delete(made)


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4], ids=["roll", "spread", "grid", "execution", "grid over a spread"])
def test_a_form_gives_back_exactly_the_settings_it_was_given(parent: QWidget, reference: Reference, kind: int) -> None:
    form: StrategyForm = KINDS[kind][0](parent)
    form.show_instruments({name: reference.instrument(name, DAY) for name in LISTED})

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(KINDS[kind][1])
    def check(given_settings: StrategySettings) -> None:
        form.load(given_settings)
        back = form.settings(ACCOUNT)
        assert back == given_settings
        assert repr(back) == repr(given_settings)  # Decimal("1.20") is not written as 1.2
        assert form.blanks() == {}

    check()


@settings(max_examples=300, deadline=None)
@given(st.one_of(rolls, spreads, grids, executions, ladders))
def test_the_faults_of_the_form_and_the_checks_of_the_runner_agree(given_settings: StrategySettings) -> None:
    mine = faults_of(given_settings, LISTED)
    theirs = strategy_of(given_settings).check(given_settings)
    assert bool(mine) == (theirs is not None), (mine, theirs)


GRID = GridSettings(
    account=ACCOUNT,
    instrument=REBAR,
    side=Side.BUY,
    anchor=Decimal(3300),
    step=Decimal(10),
    lines=10,
    lots_per_line=1,
    stop=Decimal(3190),
    lower=Decimal(3200),
    upper=Decimal(3300),
)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, None),
        ({"stop": Decimal(3200)}, "stop"),
        ({"lines": 11, "stop": Decimal(3100)}, "lower"),
        ({"lines": 0}, "lines"),
        ({"lines": 201}, "lines"),
        ({"step": Decimal(0)}, "step"),
        ({"upper": Decimal(3299)}, "upper"),
        ({"upper": Decimal(3100)}, "upper"),
        ({"lots_per_line": 0}, "lots_per_line"),
        ({"instrument": InstrumentId("")}, "instrument"),
        ({"instrument": InstrumentId("SHFE.rb2601")}, "instrument"),
        ({"spacing": GridSpacing.GEOMETRIC, "step": None, "ratio": Decimal(1)}, "ratio"),
    ],
)
def test_a_fault_stands_at_the_field_that_is_wrong(change: dict[str, object], field: str | None) -> None:
    changed = replace(GRID, **change)
    assert set(faults_of(changed, LISTED)) == ({field} if field else set())


def test_grid_faults_and_the_runner_agree_near_a_good_grid() -> None:
    for lines in (9, 10, 11):
        for stop in (3189, 3199, 3200, 3201):
            for side in Side:
                grid = replace(GRID, lines=lines, stop=Decimal(stop), side=side)
                assert bool(faults_of(grid, LISTED)) == (strategy_of(grid).check(grid) is not None)


def test_the_faults_of_lines_and_the_runner_agree_near_a_good_grid_over_a_spread() -> None:
    assert LADDER.grid is not None
    agreed = 0
    for lines in (3, 4, 5):
        for low in (-222, -221, -157):
            for stop in (-301, -240, -221):
                for side in Side:
                    grid = replace(LADDER.grid, lines=lines, lower=Decimal(low), stop=Decimal(stop), side=side)
                    made = replace(LADDER, grid=grid, max_sets=2 * lines)
                    agreed += not faults_of(made, LISTED)
                    assert bool(faults_of(made, LISTED)) == (strategy_of(made).check(made) is not None)
    assert agreed


def test_a_new_grid_over_a_spread_has_bounds_that_hold_its_lines(parent: QWidget, reference: Reference) -> None:
    form = SpreadForm(parent)
    form.show_instruments({name: reference.instrument(name, DAY) for name in (REBAR, LISTED[1])})
    form.show_quotes({name: quote(3300) for name in (REBAR, LISTED[1])})
    assert not form.fields["stop"].isVisibleTo(form)
    for way in (GridWay.LONG, GridWay.SHORT):
        form.lines.way.take(way)
        made = form.settings(ACCOUNT)
        assert made.grid is not None
        assert made.max_sets == made.grid.lines * made.sets
        assert strategy_of(made).check(made) is None
        assert form.fields["stop"].isVisibleTo(form)
        assert not form.fields["max_sets"].isVisibleTo(form)
    form.lines.way.take(GridWay.NONE)
    assert form.settings(ACCOUNT).grid is None


def test_differences_are_told_in_the_words_of_the_form() -> None:
    one = RollSettings(
        account=ACCOUNT,
        near=REBAR,
        far=LISTED[1],
        side=Side.BUY,
        lots=5,
        batch_lots=1,
        timings=(DaysToExpiry(days=5), OpenInterestCrossover(ratio=Decimal("1.5"), days=2)),
    )
    other = replace(one, side=Side.SELL, timings=one.timings[:1], combine=Combine.ALL, far=COPPER)
    assert differences(one, other) == (
        ("远月合约", "rb2510", "cu2502"),
        ("方向", "多头", "空头"),
        ("移仓时机 2", "远月持仓量达近月 1.5 倍，连续 2 日", "无"),
        ("时机组合", "任一满足", "全部满足"),
    )
    legs_of = (
        SpreadLeg(instrument=REBAR, coefficient=Decimal(1), lots=1),
        SpreadLeg(instrument=ORE, coefficient=Decimal("-1.6"), lots=-2, active=True),
    )
    spread = SpreadSettings(account=ACCOUNT, legs=legs_of, buy_at=Decimal(1), sell_at=Decimal(2))
    wider = replace(spread, legs=(legs_of[0], replace(legs_of[1], lots=-3)))
    assert differences(spread, wider) == (("腿 2 i2505", "每套手数 −2 手", "每套手数 −3 手"),)
    geometric = replace(GRID, spacing=GridSpacing.GEOMETRIC, step=None, ratio=Decimal("0.99"))
    assert ("步长", "10 元", "未设") in differences(GRID, geometric)
    assert differences(GRID, GRID) == ()


GEOMETRIC = replace(GRID, spacing=GridSpacing.GEOMETRIC, step=None, ratio=Decimal("0.9965"))
ROLL = RollSettings(
    account=ACCOUNT,
    near=REBAR,
    far=LISTED[1],
    side=Side.SELL,
    lots=9,
    batch_lots=4,
    timings=(OpenInterestCrossover(ratio=Decimal("1.5"), days=2),),
)
SPREAD = SpreadSettings(
    account=ACCOUNT,
    legs=(
        SpreadLeg(instrument=COPPER, coefficient=Decimal(-1), lots=-1, active=True),
        SpreadLeg(instrument=ORE, coefficient=Decimal("1.6"), lots=2, pay_up_ticks=3, hedge_seconds=4, max_chases=2),
    ),
    buy_at=Decimal(-29),
    sell_at=Decimal(35),
    sets=2,
)
EXECUTION = ExecutionSettings(
    account=ACCOUNT,
    instrument=REBAR,
    style=ExecutionStyle.TWAP,
    side=Side.SELL,
    total_lots=30,
    limit=Decimal(3300),
    begins_at=1_597_988_700_000_000_000,
    ends_at=1_597_992_300_000_000_000,
)


LADDER = replace(
    SPREAD,
    max_sets=8,
    grid=SpreadGrid(side=Side.BUY, lines=4, stop=Decimal(-300), lower=Decimal(-240), upper=Decimal(100)),
)
QUOTING = replace(SPREAD, quoting=SpreadQuoting(tolerance_ticks=2, reach_ticks=7, rest_seconds=5, max_cancels=40))
CARRY = replace(
    SPREAD,
    legs=(
        SpreadLeg(instrument=SPOT_ORE, coefficient=Decimal(1), lots=0),
        SpreadLeg(instrument=ORE, coefficient=Decimal(-1), lots=-1, active=True),
    ),
    spot_side=SpotSide(tonnes=Decimal(90), side=Side.SELL, alert_minutes=45),
)
BASIS = replace(
    SPREAD,
    legs=CARRY.legs,
    max_sets=6,
    grid=SpreadGrid(side=Side.SELL, lines=3, stop=Decimal(300), lower=Decimal(-40), upper=Decimal(280)),
)


@pytest.mark.parametrize(
    "kind",
    range(9),
    ids=[
        "roll",
        "spread",
        "grid",
        "geometric",
        "execution",
        "grid over a spread",
        "grid over a basis",
        "quoting",
        "spot",
    ],
)
@pytest.mark.parametrize("kept", [False, True], ids=["loaded", "loaded from a kept draft"])
def test_after_somebodys_settings_are_shown_nothing_but_what_a_person_types_changes_in_them(
    parent: QWidget, reference: Reference, kind: int, *, kept: bool
) -> None:
    shown: StrategySettings = (ROLL, SPREAD, GRID, GEOMETRIC, EXECUTION, LADDER, BASIS, QUOTING, CARRY)[kind]
    listed = {name: reference.instrument(name, DAY) for name in (*LISTED, SPOT_ORE)}
    kinds = (RollForm, SpreadForm, GridForm, GridForm, ExecutionForm, SpreadForm, SpreadForm, SpreadForm, SpreadForm)
    form: StrategyForm = kinds[kind](parent)
    form.show_instruments(listed)
    form.show_quotes({name: quote(700) for name in LISTED})
    form.load(shown)
    if kept:
        form.load(form.settings(ACCOUNT), frozenset(form.own))
    form.show_instruments(listed)
    form.show_quotes({name: quote(800) for name in LISTED})
    assert differences(shown, form.settings(ACCOUNT)) == ()
    for name, field in form.fields.items():
        if not isinstance(field.control, NumberBox) or not field.control.isEnabled():
            continue
        form.load(shown)
        field.control.stepUp()
        follows = {CAPTIONS["max_sets"][0]} if name in {"lines", "sets"} else set()
        assert {caption for caption, _, _ in differences(shown, form.settings(ACCOUNT))} - follows == {
            CAPTIONS[name][0]
        }
    for name, field in form.fields.items():
        if isinstance(field.control, ChoiceBox) and name not in {"spacing", "grid", "quoting", "spot_side"}:
            form.load(shown)
            field.control.setCurrentIndex((field.control.currentIndex() + 1) % field.control.count())
            field.control.edited.emit()
            assert {caption for caption, _, _ in differences(shown, form.settings(ACCOUNT))} <= {CAPTIONS[name][0]}


def test_what_a_leg_has_of_its_own_is_never_out_of_sight(parent: QWidget) -> None:
    form = SpreadForm(parent)
    form.load(replace(SPREAD, legs=tuple(replace(leg, hedge_seconds=None, max_chases=None) for leg in SPREAD.legs)))
    seconds = form.legs.shown[0].seconds
    assert not seconds.isVisibleTo(form)
    form.legs.apart.click()
    assert seconds.isVisibleTo(form)
    seconds.stepUp()
    form.legs.apart.click()
    assert seconds.isVisibleTo(form)
    legs = form.settings(ACCOUNT).legs
    assert [leg.hedge_seconds for leg in legs[:2]] == [1, None]
