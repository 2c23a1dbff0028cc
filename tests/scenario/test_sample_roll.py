"""Crossover rolls and main-contract changes happen on the sample market, through the whole product."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import msgspec
import pytest

from terminal.domain.commands import Command, StartStrategy, SubmitOrder
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AccountOpened, LimitsSet, Role, StrategyMarked
from terminal.domain.fact.marks import ContractFrozen, Finished, TimingMark
from terminal.domain.ids import AccountId, CommandId, DeviceId, InstrumentId, PersonId, ProductId, StrategyId, TenantId
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import OpenInterestCrossover, RollSettings
from terminal.domain.products.product import Fee, Fees
from terminal.engine.check import check_all
from terminal.engine.records.journal import Record
from terminal.engine.records.memory import MemoryJournal
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sample.scenario import Scenario
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.gateways.sim.wire.local import LocalGateway
from terminal.shell.opening import Opening, Person
from terminal.shell.runner import Runner
from terminal.store.reference import load_reference

ACCOUNT, TRADER, DESK = AccountId("A"), PersonId("trader"), DeviceId("desk")
IRON = ProductId("DCE.i")
SECOND = 1_000_000_000


class Script:
    def __init__(self, near, far, ask):
        self.near, self.far, self.ask = near, far, ask
        self.sent = 0
        self.start_at = 0

    def start(self, at):
        self.start_at = at

    def due(self, at, state):
        held = state.accounts[ACCOUNT].book.position(self.near, settings_of(self.near, self.far).hedge_flag)
        if self.sent == 0 and self.ask() is not None:
            terms = OrderTerms(
                account=ACCOUNT, instrument=self.near, side=Side.BUY, offset=Offset.OPEN, lots=20, price=self.ask()
            )
            return [self.command(at, SubmitOrder(terms=terms))]
        if self.sent == 1 and held.long == 20:
            settings = settings_of(self.near, self.far)
            return [self.command(at, StartStrategy(account=ACCOUNT, strategy=StrategyId("roll"), settings=settings))]
        return []

    def heard(self, done):
        pass

    def command(self, at, body):
        self.sent += 1
        return Command(command=CommandId(f"c{self.sent}"), person=TRADER, device=DESK, at=at, body=body)


def settings_of(near, far):
    return RollSettings(
        account=ACCOUNT, near=near, far=far, side=Side.BUY, lots=20, batch_lots=5, batch_pause_seconds=5,
        timings=(OpenInterestCrossover(ratio=Decimal(1)),), pay_up_ticks=2,
    )  # fmt: skip


class Listing:
    def __init__(self, reference):
        self.reference = reference

    def instrument(self, instrument, on):
        found = self.reference.instrument(instrument, on)
        fee = Fee(by_lot=Decimal(3))
        return msgspec.structs.replace(
            found, margin_rate=found.margin_rate or Decimal("0.1"), fees=Fees(open=fee, close=fee, close_today=fee)
        )

    def day_facts(self, instrument, on):
        return None


@pytest.fixture(scope="module")
def rolled():
    reference = load_reference()
    scenario = Scenario(products=(IRON,), early_rolls=(IRON,), trading_days=3, with_events=False)
    market = SampleMarket(seed=3, reference=reference, start=instant(20250106), scenario=scenario)
    mains = [market.mains(day)[IRON] for day in range(3)]
    listing = Listing(reference)
    host = Host(
        store=ExchangeStore(),
        market=market,
        instruments={name: listing.instrument(name, 20250106) for name in market.universe},
        calendar=reference.calendar,
    )
    journal = MemoryJournal(TenantId("T"))
    near, far = mains[0], mains[-1]
    made: list[Runner] = []

    def ask():
        runner = made[0]
        assert runner.engine is not None
        quote = runner.engine.look.quote(near)
        known = runner.state.tenant.instruments[near]
        phase = runner.engine.look.session(near).phase
        return known.price(quote.ask) if quote and quote.ask and phase == "CONTINUOUS" else None

    runner = Runner(
        journal=journal,
        gateway=LocalGateway(host),
        calendar=reference.calendar,
        opening=Opening(
            tenant=TenantId("T"),
            seed=1,
            plan_sha256="",
            persons=(Person(person=TRADER, name="交易员", roles={ACCOUNT: (Role.TRADER,)}),),
            devices=(),
            accounts=(
                AccountOpened(account=ACCOUNT, name="A", cash=Decimal(9_000_000), trading_day=0, investor="1"),
            ),
            limits=(
                LimitsSet(account=ACCOUNT, limits=Limits(
                    position_lots=500, day_loss_yuan=Decimal(900_000), strategy_day_loss_yuan=Decimal(900_000))),
            ),
        ),
        listing=listing,
        script=Script(near, far, ask),
        version="test",
    )  # fmt: skip

    made.append(runner)

    async def go():
        await runner.begin()
        await runner.run()

    asyncio.run(go())
    facts = [entry.record.fact for entry in journal.replay() if isinstance(entry.record, Record)]
    marks = [fact.mark for fact in facts if isinstance(fact, StrategyMarked)]
    return runner, mains, marks


def test_the_main_contract_changes_and_is_frozen_per_trading_day(rolled):
    _, mains, marks = rolled
    assert mains[0] != mains[-1]
    frozen = [mark for mark in marks if isinstance(mark, ContractFrozen)]
    assert len({mark.trading_day for mark in frozen}) == len(frozen)
    assert {mark.main for mark in frozen} <= set(map(InstrumentId, mains))


def test_a_crossover_is_first_shown_unmet_then_met_and_the_roll_completes(rolled):
    runner, mains, marks = rolled
    timings = [mark for mark in marks if isinstance(mark, TimingMark)]
    assert timings[0].met is False
    assert any(mark.met for mark in timings)
    assert any(isinstance(mark, Finished) for mark in marks)
    book = runner.state.accounts[ACCOUNT].book
    flag = settings_of(mains[0], mains[-1]).hedge_flag
    assert book.position(mains[0], flag).long == 0
    assert book.position(mains[-1], flag).long == 20
    assert check_all(runner.state) == []
