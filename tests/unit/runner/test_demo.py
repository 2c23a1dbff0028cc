"""The sample house asks for what people want to see, and for nothing more."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import CommandId, DeviceId, PersonId
from terminal.domain.market import Batch
from terminal.domain.words.risk import Scope
from terminal.engine.book.scopes import worst_level
from terminal.gateways.sample.market import SampleMarket
from terminal.runner import demo
from terminal.runner.demo import TRADING
from terminal.shell.runner import Runner
from terminal.store.reference import load_reference
from tests.engine_world import run
from tests.sample_room import sample_runner

OPERATOR, SUPERVISOR = PersonId("operator"), PersonId("supervisor")
BATCHES = 40


@pytest.fixture
def runner() -> Runner:
    """Play until the sample's large order waits for the supervisor."""
    reference = load_reference()
    market = SampleMarket(seed=7, reference=reference, start=reference.calendar.begins_at(20_250_106))
    made = sample_runner(market, reference)
    run(made.begin())
    while not made.state.accounts[TRADING].confirmations:
        play(made, 1)
    return made


def play(runner: Runner, batches: int) -> None:
    while batches:
        item = run(runner.gateway.next())
        assert item is not None
        run(runner.take(item))
        batches -= isinstance(item, Batch)


def do(runner: Runner, person: PersonId, body: c.CommandBody) -> None:
    engine = runner.engine
    assert engine is not None
    command = c.Command(
        command=CommandId(f"{person}-{body}"[:60]),
        person=person,
        device=DeviceId("probe"),
        at=engine.look.now,
        body=body,
    )
    run(runner.command(command))
    assert engine.result is not None
    assert engine.result.ok, engine.result.sentence


def asked(runner: Runner) -> int:
    return sum(name.startswith("sample-large") for name in runner.state.accounts[TRADING].commands)


def void(runner: Runner) -> None:
    """Void what waits, undecided."""
    do(runner, demo.TRADER, c.Kill(account=TRADING, scope=Scope(), reason="演练"))
    for person in (SUPERVISOR, OPERATOR):
        do(runner, person, c.Release(account=TRADING, scope=Scope(), reason="演练结束"))


def calm_down(runner: Runner) -> None:
    """Play until nothing is left of the release: it leaves orange for two minutes."""
    while worst_level(runner.state.accounts[TRADING], None, None):
        play(runner, 10)


def test_while_nobody_decides_there_is_always_one_order_to_approve(runner: Runner) -> None:
    void(runner)
    calm_down(runner)
    play(runner, BATCHES)
    assert asked(runner) == 2


def test_once_an_account_is_taken_over_the_sample_asks_for_nothing_more_there(runner: Runner) -> None:
    void(runner)
    do(runner, OPERATOR, c.TakeAccount(account=TRADING))
    calm_down(runner)
    play(runner, BATCHES)
    assert asked(runner) == 1


def test_what_is_refused_is_asked_for_a_bounded_number_of_times(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "MOST_LARGE", 3)
    account = runner.state.accounts[TRADING]
    assert account.limits is not None
    low = replace(account.limits, max_value_yuan=Decimal(1_000))
    do(runner, SUPERVISOR, c.ChangeLimits(account=TRADING, base_version=account.limits.version, limits=low))
    void(runner)
    calm_down(runner)
    play(runner, BATCHES)
    assert asked(runner) == 4
