"""Hold engines whose strategies doze against engines that ask every strategy about every quote: record for record."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.backtest.run import Ran, play
from terminal.commands.benches import hub
from terminal.commands.benches.desk_of_strategies import ACCOUNT, DAY, DEVICE, START, TRADER
from terminal.domain.commands import ChangeStrategy, Command
from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.ids import CommandId, StrategyId
from terminal.domain.market import Batch, DayFacts
from terminal.engine.receive import Engine
from terminal.engine.strategy import dozing
from terminal.engine.strategy.dozing import Dozing
from terminal.shell.plans.plan import read_plan
from terminal.strategies.spread.strategy import SpreadStrategy
from tests import tapes
from tests.random_plan import CONTRACT, HEAD, ladders_of, plan_of
from tests.random_tape import FAR, NEAR, RandomTape

HUB = """
[[strategy]]
id = "spread{number}"
kind = "spread"
account = "A"
buy_at = {buy}
sell_at = {sell}
sets = 1
max_sets = 2
naked_lots = 2
pause_seconds = 1
legs = [
    {{ instrument = "{far}", coefficient = 1, lots = 1, active = true }},
    {{ instrument = "{near}", coefficient = -1, lots = -1 }},
]
"""


def hub_plan(seed: int) -> str:
    # Spreads behind one leg, one within the other: each fill of one is a fact the others must wake for.
    head = HEAD.format(seed=seed, cash=10_000_000, position=1000, loss=1_000_000)
    spreads = [HUB.format(number=n, buy=-4 - 2 * n, sell=4 + 2 * n, far=FAR, near=NEAR) for n in range(6)]
    return "\n".join([head, *(CONTRACT.format(name=name) for name in (NEAR, FAR)), *spreads])


PLANS = (hub_plan, plan_of, ladders_of)


def played(seed: int, plan: Path) -> Ran:
    recording = RandomTape(seed).recording()
    return play(recording, plan=read_plan(plan, tapes.reference()), reference=tapes.reference(), sleeping=False)


@pytest.mark.parametrize("seed", [0, 3, 28, 2, 8, 17])
def test_a_strategy_that_dozes_misses_nothing(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dozing, "LONGEST_WAIT", 0)  # every chance to doze is taken
    path = tmp_path / "plan.toml"
    path.write_text(PLANS[seed % len(PLANS)](seed), encoding="utf-8")
    dozed = played(seed, path)
    monkeypatch.setattr(Dozing, "doze", lambda *_: None)
    asked = played(seed, path)
    for before, after in zip_longest(asked.journal.replay(), dozed.journal.replay()):
        assert before.record == after.record
    assert dozed.fills == asked.fills
    assert dozed.fills


def test_fifty_spreads_behind_one_leg_are_asked_only_when_the_leg_comes_near(monkeypatch: pytest.MonkeyPatch) -> None:
    batches, asked = hub.walks()[:400], [0]
    engine = hub.make_hub(batches[0])
    decide = SpreadStrategy.decide

    def counted(*given: object, **named: object) -> object:
        asked[0] += 1
        return decide(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(SpreadStrategy, "decide", counted)
    for batch in batches[1:]:
        engine.receive(batch)
        for spread in engine.touched_spreads:  # the prices are those of this very quote
            (hub_slot, _, _, _), (other, _, _, _) = spread.legs
            first, second = engine.columns.row(hub_slot), engine.columns.row(other)
            assert first is not None
            assert second is not None
            assert (spread.buy, spread.sell) == (
                (first[1] - second[0]) * 1_000_000,
                (first[0] - second[1]) * 1_000_000,
            )
    assert hub.SPREADS <= asked[0] < 3 * hub.SPREADS


def changed(engine: Engine) -> None:
    # Now its threshold is where the price is; no quote says so.
    row = engine.state.accounts[ACCOUNT].strategies[StrategyId("S0")]
    nearer = replace(row.settings, buy_at=Decimal(100), sell_at=Decimal(500))
    body = ChangeStrategy(account=ACCOUNT, strategy=row.strategy, settings=nearer, base_version=row.version)
    engine.receive(Command(command=CommandId("nearer"), person=TRADER, device=DEVICE, at=START, body=body))
    assert engine.result is not None
    assert engine.result.ok


def test_a_dozing_strategy_acts_on_new_settings_with_the_next_quote_whatever_that_says() -> None:
    batches = hub.walks()
    engine = hub.make_hub(batches[0])
    for batch in batches[1:40]:
        engine.receive(batch)
    changed(engine)
    same = Batch(index=batches[40].index, at=batches[40].at, slots=batches[39].slots, rows=batches[39].rows)
    orders = [said.fact for said in engine.receive(same).said if isinstance(said.fact, OrderRecorded)]
    assert [one.cause.strategy for one in orders] == ["S0"]


def test_a_word_about_a_contracts_day_wakes_everybody() -> None:
    batches = hub.walks()
    engine = hub.make_hub(batches[0])
    for batch in batches[1:40]:
        engine.receive(batch)
    rows = list(engine.state.accounts[ACCOUNT].strategies.values())
    assert list(engine.dozing.awake(0, rows)) == []
    engine.columns.say(DayFacts(instrument=engine.columns.universe[0], trading_day=DAY, upper_limit=3600))
    engine.dozing.wake([0])
    assert list(engine.dozing.awake(0, rows)) == rows
