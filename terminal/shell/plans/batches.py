"""Make what a plan says about groups of accounts the wishes of its moment: versions and batches are the state's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.batch_commands import CancelBatch, SaveGroup, SubmitBatch
from terminal.domain.ids import AccountId, BatchId
from terminal.domain.orders.batch import (
    FINEST_MULTIPLIER,
    LARGEST_MULTIPLIER,
    MOST_MEMBERS,
    BatchOrder,
    Member,
)
from terminal.domain.words.typed_text import LONGEST_NAME, is_name
from terminal.engine.person import PersonState
from terminal.shell.plans.batch_tables import BatchTable, CancelBatchTable, GroupTable

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.domain.ids import PersonId
    from terminal.engine.state import State
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.text import PlanText

NO_BATCH: Final = BatchId("NONE")


class NewGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a group as a plan wants it, over whatever is kept under its name at its moment."""

    name: str
    members: tuple[Member, ...]


BatchWish = NewGroup | BatchTable | CancelBatchTable


def read_group(text: PlanText, row: GroupTable, accounts: Collection[AccountId], path: Path) -> NewGroup:
    """Return the group of a table; what no runner would keep is said with its line."""
    if not is_name(row.name):
        raise text.wrong((*path, "name"), f"账户组的名称应为 1 至 {LONGEST_NAME} 个可见字符。")
    if len(row.members) > MOST_MEMBERS:
        raise text.wrong((*path, "members"), f"一个账户组最多 {MOST_MEMBERS} 个账户，这里有 {len(row.members)} 个。")
    for account, multiplier in row.members.items():
        where = (*path, "members", account)
        if account not in accounts:
            raise text.wrong(where, f"没有账户 {account}，请先写 [[account]]。")
        if not 0 <= multiplier <= LARGEST_MULTIPLIER or multiplier != round(multiplier, FINEST_MULTIPLIER):
            what = f"应在 0 与 {LARGEST_MULTIPLIER} 之间，最多 {FINEST_MULTIPLIER} 位小数"
            raise text.wrong(where, f"账户 {account} 的手数倍数{what}，现为 {multiplier}。")
    return NewGroup(
        name=row.name,
        members=tuple(Member(account=account, multiplier=by) for account, by in row.members.items()),
    )


def resolve_batch(wish: BatchWish, state: State, person: PersonId) -> SaveGroup | SubmitBatch | CancelBatch:
    """Return the command as this person would send it in this state."""
    kept = state.persons.get(person, PersonState())
    match wish:
        case NewGroup():
            group = kept.groups.get(wish.name)
            return SaveGroup(name=wish.name, base_version=0 if group is None else group.version, members=wish.members)
        case BatchTable():
            group = kept.groups.get(wish.group)
            return SubmitBatch(
                group=wish.group,
                group_version=0 if group is None else group.version,
                order=_order(wish),
                reason=wish.reason,
            )
        case CancelBatchTable():
            mine = (row.batch for row in reversed(kept.batches.values()) if wish.group in {None, row.group})
            return CancelBatch(batch=next(mine, NO_BATCH))


def _order(row: BatchTable) -> BatchOrder:
    return BatchOrder(
        instrument=row.instrument,
        side=row.side,
        offset=row.offset,
        lots=row.lots,
        price=row.price,
        hedge_flag=row.hedge_flag,
        time_condition=row.time_condition,
        price_kind=row.price_kind,
    )
