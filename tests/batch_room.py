"""Twenty accounts of one person, of which four are not like the others, and the groups that person keeps."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.batch_commands import CancelBatch, SaveGroup, SubmitBatch
from terminal.domain.fact.facts import AccountOpened, CommandDone, LimitsSet
from terminal.domain.ids import AccountId, BatchId, PersonId
from terminal.domain.orders.batch import BatchOrder, Member, PartState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.limits import Limits
from terminal.engine.books.batch import BatchRow
from terminal.engine.previews.command import preview
from terminal.engine.screen import Preview
from terminal.shell.opening import Opening
from tests.engine_people import make_opening
from tests.engine_world import CHECKER, ONE, RB, TRADER, World, device
from tests.scenario.conftest import Begin

TWENTY = tuple(AccountId(f"A{number}") for number in range(1, 21))
POOR, KILLED, UNLIMITED, LARGE = TWENTY[2], TWENTY[5], TWENTY[8], TWENTY[11]  # the four
LIMITS = Limits(position_lots=1000, day_loss_yuan=Decimal(1_000_000))
GROUP = "子公司"


def opening(*, without: tuple[AccountId, ...] = ()) -> Opening:
    """Return twenty accounts; in those `without` the trader has no part."""
    made = make_opening(limits=LIMITS, cash=Decimal(20_000_000), spreads=(), alarms=())
    persons = [
        msgspec.structs.replace(
            one,
            roles=dict.fromkeys(
                [name for name in TWENTY if one.person != TRADER or name not in without], one.roles[ONE]
            ),
        )
        for one in made.persons
        if ONE in one.roles
    ]
    return msgspec.structs.replace(
        made,
        persons=tuple(persons),
        devices=tuple(one for one in made.devices if one.person in {person.person for person in persons}),
        accounts=tuple(
            AccountOpened(
                account=name,
                name=f"第{number}子公司",
                cash=Decimal(1_000 if name == POOR else 20_000_000),
                trading_day=0,
                investor=f"inv-{name}",
            )
            for number, name in enumerate(TWENTY, 1)
        ),
        limits=tuple(LimitsSet(account=name, limits=limits_of(name)) for name in TWENTY),
    )


def limits_of(account: AccountId) -> Limits:
    if account == UNLIMITED:
        return msgspec.structs.replace(LIMITS, position_lots=None)
    return msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(50_000)) if account == LARGE else LIMITS


def twenty(begin: Begin, **options: object) -> World:
    """Return a world of twenty accounts, all reconciled, and a group of them with a multiplier of one."""
    without = options.pop("without", ())
    assert isinstance(without, tuple)
    world = begin(opening=opening(without=without), **options)
    members = [Member(account=name, multiplier=Decimal(1)) for name in TWENTY if name not in without]
    assert save(world, *members).ok
    return world


def save(world: World, *members: Member, name: str = GROUP, base: int = 0, by: PersonId = TRADER) -> CommandDone:
    return world.do(by, SaveGroup(name=name, base_version=base, members=members))


def wish(
    lots: int = 2, *, offset: Offset = Offset.OPEN, side: Side = Side.BUY, price: int = 3700, version: int = 1
) -> SubmitBatch:
    order = BatchOrder(instrument=RB, side=side, offset=offset, lots=lots, price=Decimal(price))
    return SubmitBatch(group=GROUP, group_version=version, order=order)


def asked(world: World, body: SubmitBatch) -> Preview:
    return preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False)


def part(world: World, account: AccountId, batch: str = "B") -> BatchRow:
    return world.state.accounts[account].batches.rows[BatchId(batch)]


def states(world: World, batch: str = "B") -> dict[AccountId, PartState]:
    """Return where each account's part of a batch stands."""
    rows = {name: account.batches.rows.get(BatchId(batch)) for name, account in world.state.accounts.items()}
    return {name: row.state for name, row in rows.items() if row is not None}


def cancel(world: World, batch: str = "B", by: PersonId = TRADER) -> CommandDone:
    return world.do(by, CancelBatch(batch=BatchId(batch)))


__all__ = ["CHECKER", "GROUP", "KILLED", "LARGE", "POOR", "TWENTY", "UNLIMITED"]
