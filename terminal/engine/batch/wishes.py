"""Carry out what a person asks about groups of accounts, or say why not (分组批量下单).

A group is its person's own; only accounts in which that person may order stand in it. A batch is taken whole in one
turn: which account is to have how many lots is a fact before the first order goes out, so that a restart, another
machine and the person all know what was meant, what was sent and what was not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain.batch_commands import CancelBatch, SaveGroup, SubmitBatch
from terminal.domain.fact.batch import BatchOrdered, BatchTaken, GroupSaved
from terminal.domain.fact.facts import Role
from terminal.domain.ids import BatchId
from terminal.domain.orders.batch import (
    FINEST_MULTIPLIER,
    LARGEST_MULTIPLIER,
    MOST_GROUPS,
    MOST_MEMBERS,
    BatchPart,
    PartState,
    lots_of,
)
from terminal.domain.products.combination import is_combination
from terminal.domain.words.typed_text import LONGEST_NAME, is_name, shown
from terminal.engine.batch.release import advance_batches, move
from terminal.engine.books.batch import orders_of
from terminal.engine.confirmations import approval
from terminal.engine.orders.intents import BY_HAND, cancel_order, room_for_messages, want_the_rest
from terminal.engine.person import PersonState
from terminal.engine.refused import Refused
from terminal.engine.wishes.in_time import ORDER_TTL, in_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain import commands as c
    from terminal.domain.batch_commands import BatchWish
    from terminal.domain.ids import AccountId, PersonId
    from terminal.engine.books.batch import BatchRow, GroupRow
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow, State
    from terminal.engine.turn import Turn


def carry_out(turn: Turn, look: Look, command: c.Command, body: BatchWish) -> tuple[str, str]:
    """Carry out a wish about groups or batches; return code and sentence."""
    match body:
        case SaveGroup():
            return _save(turn, look.state, command, body)
        case SubmitBatch():
            return _order(turn, look, command, body)
        case CancelBatch():
            return _cancel(turn, look.state, command.person, body.batch)
        case _:
            assert_never(body)


def about(state: State, command: c.Command) -> frozenset[AccountId]:
    """Return the accounts a wish is about."""
    kept, body = state.persons.get(command.person, PersonState()), command.body
    if isinstance(body, SubmitBatch) and body.group in kept.groups:
        return frozenset(one.account for one in kept.groups[body.group].members)
    if isinstance(body, CancelBatch) and body.batch in kept.batches:
        return frozenset(part.account for part in kept.batches[body.batch].parts)
    return frozenset()


# --- groups ----------------------------------------------------------------------------------------------------


def _save(turn: Turn, state: State, command: c.Command, body: SaveGroup) -> tuple[str, str]:
    wrong = wrong_group(state, command.person, body)
    if wrong is not None:
        raise Refused(*wrong)
    if not body.members and body.name not in state.persons[command.person].groups:
        return "OK", f"没有账户组“{body.name}”，无需删除"
    version = body.base_version + 1
    turn.say(GroupSaved(person=command.person, name=body.name, version=version, members=body.members))
    return "OK", f"账户组“{body.name}”已{f'保存，{len(body.members)} 个账户' if body.members else '删除'}"


def wrong_group(state: State, person: PersonId, body: SaveGroup) -> tuple[str, str] | None:
    """Return the code and sentence by which a group is not kept, or `None`."""
    if not is_name(body.name):
        return "BAD_NAME", f"账户组的名称应为 1 至 {LONGEST_NAME} 个可见字符。"
    groups = state.persons.get(person, PersonState()).groups
    kept = groups.get(body.name)
    version = 0 if kept is None else kept.version
    if body.base_version != version:
        now = f"账户组“{body.name}”已是第 {version} 版" if version else f"没有账户组“{body.name}”"
        return "CONFLICT", f"{now}，您修改的是第 {body.base_version} 版，请重新打开后修改。"
    if kept is None and body.members and len(groups) >= MOST_GROUPS:
        return "TOO_MANY_GROUPS", f"账户组已有 {MOST_GROUPS} 个，请先删除不用的。"
    if len(body.members) > MOST_MEMBERS:
        return "TOO_MANY_MEMBERS", f"一个账户组最多 {MOST_MEMBERS} 个账户，这里有 {len(body.members)} 个。"
    return _wrong_member(state, person, body)


def _wrong_member(state: State, person: PersonId, body: SaveGroup) -> tuple[str, str] | None:
    seen: set[AccountId] = set()
    for one in body.members:
        if one.account in seen:
            return "BAD_GROUP", f"账户 {shown(one.account)} 在组里出现了两次，请删去一次。"
        seen.add(one.account)
        barred = may_not_order(state, person, one.account)
        if barred is not None:
            return barred[0], f"{barred[1]}账户组没有保存。"
        if not 0 <= one.multiplier <= LARGEST_MULTIPLIER or one.multiplier != round(one.multiplier, FINEST_MULTIPLIER):
            what = f"账户 {one.account} 的手数倍数应在 0 与 {LARGEST_MULTIPLIER} 之间，最多 {FINEST_MULTIPLIER} 位小数"
            return "BAD_MULTIPLIER", f"{what}，请改正。"
    return None


def may_not_order(state: State, person: PersonId, account: AccountId) -> tuple[str, str] | None:
    """Return the code and sentence by which a person orders nothing in an account, or `None`.

    One in which they have no part is spoken of as one that is not there (SAFETY I25).
    """
    known = state.accounts.get(account)
    roles = () if known is None else known.roles(person)
    if not roles:
        return "UNKNOWN_ACCOUNT", f"没有账户 {shown(account)}。"
    return None if Role.TRADER in roles else ("NO_ROLE", f"{person} 在账户 {account} 没有下单权限。")


# --- batches ---------------------------------------------------------------------------------------------------


def group_for(state: State, person: PersonId, body: SubmitBatch) -> GroupRow:
    """Return the group a batch is for, exactly as whoever ordered saw it; `Refused` where it is another one by now."""
    kept = state.persons.get(person, PersonState()).groups.get(body.group)
    if kept is None:
        raise Refused("UNKNOWN_GROUP", f"没有账户组“{shown(body.group)}”，什么也没有报出。")
    if kept.version != body.group_version:
        what = f"账户组“{body.group}”已是第 {kept.version} 版，您看到的是第 {body.group_version} 版"
        raise Refused("CONFLICT", f"{what}，什么也没有报出；请看过新的预览再发送。")
    if is_combination(body.order.instrument):
        what = f"分组批量现在只报单个合约，{body.order.instrument.partition('.')[2]} 是组合合约"
        raise Refused("BAD_TERMS", f"{what}，什么也没有报出；请逐个账户下单。")
    if body.order.instrument not in state.tenant.instruments:
        raise Refused("BAD_TERMS", f"没有合约 {shown(body.order.instrument)}，什么也没有报出。")
    if body.order.lots < 1:
        raise Refused("BAD_TERMS", "手数应为正整数，什么也没有报出；请改正后重新下达。")
    return kept


def parts_of(state: State, person: PersonId, group: GroupRow, lots: int) -> tuple[BatchPart, ...]:
    """Return what a batch of so many lots orders in each account of a group, as far as it may be tried at all."""
    parts = []
    for one in group.members:
        code, sentence = may_not_order(state, person, one.account) or ("", "")
        count = lots_of(one.multiplier, lots)
        parts.append(
            BatchPart(account=one.account, multiplier=one.multiplier, lots=count, code=code, sentence=sentence)
        )
    return tuple(parts)


def _order(turn: Turn, look: Look, command: c.Command, body: SubmitBatch) -> tuple[str, str]:
    in_time(turn, command, ORDER_TTL)
    group = group_for(look.state, command.person, body)
    parts = parts_of(look.state, command.person, group, body.order.lots)
    tried = [part for part in parts if part.lots and not part.code]
    if not tried:
        raise Refused("NOTHING_TO_SEND", f"账户组“{body.group}”没有一个账户分到手数并可以下单，什么也没有报出。")
    batch = BatchId(command.command)
    turn.say(
        BatchOrdered(person=command.person, batch=batch, at=turn.at, group=body.group, order=body.order, parts=parts)
    )
    for part in tried:
        turn.say(
            BatchTaken(
                account=part.account,
                batch=batch,
                terms=body.order.terms(part.account, part.lots),
                person=command.person,
                device=command.device,
                reason=body.reason,
            )
        )
    advance_batches(turn, look)
    return "OK", f"账户组“{body.group}”{_summary(look.state, parts, batch)}"


def _summary(state: State, parts: tuple[BatchPart, ...], batch: BatchId) -> str:
    counts = dict.fromkeys(PartState, 0)
    for part in parts:
        if part.lots and not part.code:
            counts[state.accounts[part.account].batches.rows[batch].state] += 1
    none = sum(not part.lots for part in parts)
    barred = sum(bool(part.code) and bool(part.lots) for part in parts)
    said = (
        ("已报出", counts[PartState.SENT]),
        ("按报撤频率依次报出", counts[PartState.WAITING]),
        ("等复核", counts[PartState.PARKED]),
        ("被拒", counts[PartState.REFUSED] + counts[PartState.DROPPED] + barred),
        ("分到 0 手", none),
    )
    return f" {len(parts)} 个账户：" + "，".join(f"{what} {count} 个" for what, count in said if count)


# --- cancelling ------------------------------------------------------------------------------------------------


def _cancel(turn: Turn, state: State, person: PersonId, batch: BatchId) -> tuple[str, str]:
    orders: list[OrderRow] = []
    dropped = withdrawn = 0
    for account, row in rows_of(state, person, batch):
        if not {Role.TRADER, Role.RISK} & set(account.roles(person)):
            continue
        if row.state is PartState.WAITING:
            move(turn, account, row, PartState.DROPPED, "CANCELLED", "轮到它之前本批已撤，没有报出。")
            dropped += 1
        pending = None if row.confirmation is None else account.pending.get(row.confirmation)
        if pending is not None:
            approval.withdraw(turn, account, pending)
            withdrawn += 1
        orders += [order for order in orders_of(account.orders, row) if order.order in account.live]
    free = (one for one in orders if room_for_messages(turn, one.terms.account, one.terms.instrument))
    sent = sum(cancel_order(turn, one, BY_HAND) for one in free)
    said = [want_the_rest(turn, orders, sent)] if orders else []
    said += [f"{withdrawn} 项待复核已撤回"] if withdrawn else []
    said += [f"{dropped} 个账户没有再报"] if dropped else []
    return "OK", "，".join(said) or "本批没有可撤的委托，也没有在等的"


def rows_of(state: State, person: PersonId, batch: BatchId) -> Iterator[tuple[AccountState, BatchRow]]:
    """Yield the parts of a person's batch with their accounts, as far as either is still there."""
    kept = state.persons.get(person, PersonState()).batches.get(batch)
    if kept is None:
        raise Refused("UNKNOWN_BATCH", f"没有批次 {shown(batch)}，没有撤单；请在委托中逐笔撤，或全撤。")
    for part in kept.parts:
        account = state.accounts.get(part.account)
        row = None if account is None else account.batches.rows.get(batch)
        if account is not None and row is not None:
            yield account, row
