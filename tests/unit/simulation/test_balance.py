from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.ids import AccountId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, RollSettings, SpreadLeg, SpreadSettings
from terminal.engine.state import AccountState, StrategyLots, StrategyRow
from terminal.simulation.balance import judge_balance, judge_halves
from terminal.strategies.roll.halves import far_name, halves_of
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.spread import balance
from terminal.strategies.spread.memory import SpreadMemory
from tests.unit.simulation.made import IRON, ORDER, STEEL, STRATEGY, A, one_account, row

lots = st.integers(-9, 9)
B = AccountId("B")


def account_with(settings, first, second):
    _, account = one_account()
    account.strategies[STRATEGY] = StrategyRow(
        strategy=STRATEGY,
        account=A,
        settings=settings,
        version=1,
        memory=SpreadMemory(legs=[]),
        lots={IRON: StrategyLots(lots=first), STEEL: StrategyLots(lots=second)},
    )
    account.orders[ORDER] = row()
    return account


def spread(second, naked):
    return SpreadSettings(
        account=A,
        legs=(
            SpreadLeg(instrument=IRON, coefficient=Decimal(1), lots=1, active=True),
            SpreadLeg(instrument=STEEL, coefficient=Decimal(second), lots=second),
        ),
        buy_at=Decimal(0),
        sell_at=Decimal(1),
        naked_lots=naked,
    )


@given(lots, lots, st.sampled_from([-3, -2, -1, 1, 2]), st.integers(0, 12))
def test_a_spread_is_blamed_when_the_strategys_own_measure_is_beyond_its_limit(x, y, second, naked):
    settings = spread(second, naked)
    faults = list(judge_balance(account_with(settings, x, y), ORDER))
    assert bool(faults) == (balance.unbalanced(settings, (x, y)) > naked)


@pytest.mark.parametrize(("closed", "opened", "wrong"), [(2, 0, False), (3, 0, True), (5, 3, False), (1, 4, True)])
def test_a_roll_is_blamed_when_one_leg_is_too_far_ahead(closed, opened, wrong):
    settings = RollSettings(
        account=A,
        near=IRON,
        far=STEEL,
        side=Side.BUY,
        lots=9,
        batch_lots=3,
        timings=(DaysToExpiry(days=1),),
        naked_lots=2,
    )
    faults = list(judge_balance(account_with(settings, -closed, opened), ORDER))
    assert bool(faults) is wrong


def test_an_order_of_no_strategy_is_nobodys_imbalance():
    account = account_with(spread(-1, 1), 9, 0)
    account.strategies.clear()
    assert list(judge_balance(account, ORDER)) == []


@pytest.mark.parametrize(
    ("closed", "opened", "wrong"), [(2, 0, False), (3, 0, True), (5, 3, False), (1, 4, True), (1, 2, True)]
)
@pytest.mark.parametrize("doubtful", [(), (B,)])
def test_halves_are_blamed_when_they_stand_too_far_apart_or_far_is_ahead(closed, opened, wrong, doubtful):
    asked = RollSettings(
        account=A,
        near=IRON,
        far=STEEL,
        side=Side.BUY,
        lots=9,
        batch_lots=3,
        timings=(DaysToExpiry(days=1),),
        naked_lots=2,
        far_account=B,
    )
    state, _ = one_account()
    state.accounts[B] = AccountState(B, "b", "2", Decimal(0), 20250310)
    lots = {A: {IRON: StrategyLots(lots=-closed)}, B: {STEEL: StrategyLots(lots=opened)}}
    for settings, name in zip(halves_of(asked), (STRATEGY, far_name(STRATEGY)), strict=True):
        state.accounts[settings.account].strategies[name] = StrategyRow(
            strategy=name,
            account=settings.account,
            settings=settings,
            version=1,
            memory=RollMemory(timings=[]),
            lots=lots[settings.account],
        )
    account = state.accounts[A]
    account.orders[ORDER] = row()
    assert list(judge_balance(account, ORDER)) == []
    assert bool(list(judge_halves(state, account, ORDER, doubtful))) is (wrong and not doubtful)
