"""Play people who hedge a stock: they start targets, agree to what those propose, trade beside them, move the stock."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import AccountId, InstrumentId, ProductId, StrategyId
from terminal.domain.parameters.limits import HedgeBound
from terminal.domain.parameters.target import (
    Aim,
    BasisTable,
    Factor,
    FactorKind,
    FactorScore,
    FixedBand,
    RatioRow,
    RatioSource,
    TargetMode,
    TargetSettings,
)
from terminal.domain.products.instrument import Instrument, Kind
from terminal.engine.state import StrategyRow
from terminal.simulation import hands
from terminal.simulation.cast import ACCOUNTS, MAKERS, RISK
from terminal.simulation.desk import Room
from terminal.simulation.luck import Luck
from terminal.simulation.starting import ACTIVE, steer
from terminal.strategies.target.memory import TargetMemory

_GROUP: Final = "库存"
_WEIGHTS: Final = {ProductId("SHFE.rb"): Decimal(10), ProductId("DCE.i"): Decimal(25), ProductId("SHFE.au"): Decimal(4)}


class Hedgers:
    """Keep a target busy in each account."""

    def __init__(self) -> None:
        self._started = 0

    def act(self, room: Room) -> None:
        """Do one thing in one of the accounts."""
        account = room.luck.one_of(ACCOUNTS)
        rows = [row for row in room.account(account).strategies.values() if row.status in ACTIVE]
        way = room.luck.randrange(20)
        limits = room.account(account).limits
        if limits is None:
            return
        if not any(bound.group == _GROUP for bound in limits.hedge_bounds) or way == 0:
            _move_stock(room, account)
        elif not rows or way < 3:  # now and then for a group that has its target
            self._start(room, account)
        elif way < 11:
            _agree(room, room.luck.one_of(rows))
        elif way < 18:
            terms = hands.by_hand(room.luck, room.look, room.state, account)
            if terms is not None:
                room.ask(room.luck.one_of(MAKERS), c.SubmitOrder(terms=terms, reason="人工"))
        else:
            steer(room, room.luck.one_of(rows), room.luck.randrange(8, 12))

    def _start(self, room: Room, account: AccountId) -> None:
        there = hands.traded(room.look, room.state)
        if not there:
            return
        instrument, _ = room.luck.one_of(there)
        self._started += 1
        settings = _target(room, account, instrument)
        name = StrategyId(f"target-{self._started}")
        room.ask(room.luck.one_of(MAKERS), c.StartStrategy(account=account, strategy=name, settings=settings))


def _target(room: Room, account: AccountId, instrument: Instrument) -> TargetSettings:
    luck = room.luck
    return TargetSettings(
        account=account,
        group=_GROUP,
        instrument=instrument.id,
        source=_source(luck, _spot_of(room, instrument)),
        mode=luck.one_of(tuple(TargetMode), (1, 3)),
        aim=luck.one_of(tuple(Aim)),
        most_lots=luck.one_of((10, 40, 200)),
        batch_lots=luck.one_of((1, 3, 12)),
        hedge_flag=hands.flag_of(luck, account),
        pay_up_ticks=luck.randrange(3),
        chase_seconds=luck.one_of((1, 2, 5)),
        pause_seconds=luck.one_of((0, 1, 5)),
        tax_adjusted=luck.chance(0.4),
        vat_percent=luck.one_of((Decimal(13), Decimal(9), Decimal("6.5"))),
    )


def _source(luck: Luck, spot: InstrumentId | None) -> RatioSource:
    low = Decimal(luck.randrange(30, 76))
    way = luck.randrange(4)
    if spot is None or way < 2:
        return FixedBand(low=low, high=low + luck.one_of((8, 14)))
    if way == 2:
        upper, lower = luck.one_of(((85, 50), (50, 85)))
        rows = (RatioRow(upto=Decimal(50), ratio=Decimal(upper)), RatioRow(upto=Decimal(100), ratio=Decimal(lower)))
        return BasisTable(spot=spot, rows=rows, sample_seconds=1, window=40, at_least=3)
    factor = Factor(kind=FactorKind.BASIS, weight=Decimal(1), zero=Decimal(-300), one=Decimal(300))
    return FactorScore(factors=(factor,), lowest=low, highest=low + 10, spot=spot)


def _spot_of(room: Room, instrument: Instrument) -> InstrumentId | None:
    for name in room.look.columns.universe:
        known = room.state.tenant.instruments[name]
        if known.kind is Kind.SPOT and known.code.lower() == instrument.code.lower():
            return name
    return None


def _move_stock(room: Room, account: AccountId) -> None:
    limits, luck = room.account(account).limits, room.luck
    if limits is None:
        return
    tonnes = Decimal(luck.one_of((0, 700, 1_500, 4_000), (1, 4, 4, 4))) * luck.one_of((1, -1), (2, 1))
    bound = HedgeBound(group=_GROUP, physical_tonnes=tonnes + luck.randrange(90), weights=_WEIGHTS)
    if not tonnes:
        bound = replace(bound, physical_tonnes=tonnes)
    changed = replace(limits, hedge_bounds=(bound,))
    room.ask(RISK, c.ChangeLimits(account=account, base_version=limits.version, limits=changed))


def _agree(room: Room, row: StrategyRow) -> None:
    memory, settings = row.memory, row.settings
    if not isinstance(memory, TargetMemory) or not isinstance(settings, TargetSettings):
        return
    if memory.proposal is None or row.status is not StrategyStatus.RUNNING:
        return
    number = memory.number - (1 if room.luck.chance(0.1) else 0)  # now and then what was read a while ago
    changed = replace(settings, go=number)
    body = c.ChangeStrategy(account=row.account, strategy=row.strategy, base_version=row.version, settings=changed)
    room.ask(room.luck.one_of(MAKERS), body)
