"""Park what needs a second person, and take that person's decision (SAFETY 7).

The checker approves the stored bytes. What a yes does is not said here: `wishes/approved` carries it out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.facts import (
    ConfirmationDecided,
    ConfirmationRequested,
    Role,
)
from terminal.domain.ids import ConfirmationId
from terminal.domain.orders.confirmation import Confirmation, ConfirmationEvent, ConfirmationState, Stored, stored_hash
from terminal.domain.products.combination import contracts_of
from terminal.domain.words.risk import Finding
from terminal.domain.words.typed_text import shown
from terminal.engine.combinations.prices import Market, priced
from terminal.engine.confirmations.circumstances import level_over, position_sign
from terminal.engine.confirmations.device_key import is_signed
from terminal.engine.refused import Refused
from terminal.engine.wording import CONFIRMATIONS, person_name

if TYPE_CHECKING:
    from terminal.domain.ids import DeviceId, PersonId
    from terminal.domain.orders.order import Cause, OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

SECOND = 1_000_000_000
PENDING_FOR = 15 * 60 * SECOND


def approval_bytes(order_hash: str, decision: ConfirmationEvent, person: PersonId) -> bytes:
    """Return what a checker's device signs."""
    return f"{order_hash}|{decision}|{person}".encode()


def stored_bytes(stored: Stored) -> bytes:
    """Return the canonical JSON of the object a checker approves."""
    return msgspec.json.encode(stored, order="deterministic")


def stored_of(row: ConfirmationRow) -> Stored:
    """Return the object a confirmation is about, read from the bytes its hash covers."""
    return msgspec.json.decode(row.confirmation.stored, type=Stored)


def reason_again(row: ConfirmationRow) -> str:
    """Return why what stands in the place of a confirmation is wanted: as its maker said, if they did."""
    return stored_of(row).cause.reason or "修改后重新提交"


def describe(look: Look, account: AccountState, cause: Cause, terms: OrderTerms | None) -> Stored:
    """Return the stored object of an order at this moment, to be completed for a strategy or limits."""
    number = account.confirmations_asked + 1
    limits = account.limits
    return Stored(
        tenant=look.state.tenant.name,
        account=account.account,
        terms=terms,
        cause=cause,
        maker=cause.person,
        nonce=f"{account.account}-{number}",
        created_at=look.now,
        expires_at=_expiry(look, terms),
        limits_version=limits.version if limits is not None else 0,
        reference_price=None if terms is None else _priced_now(look, terms),
        level=int(level_over(account, cause.strategy, terms)),
        position_sign=position_sign(account, terms),
    )


def _expiry(look: Look, terms: OrderTerms | None) -> int:
    latest = look.now + PENDING_FOR
    if terms is None:
        return latest
    sessions = [look.session(name) for name in contracts_of(terms.instrument)]
    return min([latest, *(one.ends_at for one in sessions if one.orders)])


def market_of(look: Look) -> Market:
    """Return the prices that an approval is held against."""
    return Market(look.columns.last_price, look.columns.quote)


def _priced_now(look: Look, terms: OrderTerms) -> Decimal | None:
    found = priced(look.state.tenant.instruments, terms.instrument, market_of(look))
    return None if found is None else found.price


def park(turn: Turn, account: AccountState, stored: Stored, findings: tuple[Finding, ...], why: str) -> ConfirmationId:
    """Park an object under its hash until another person decides; whoever calls has asked `waiting.need_room`."""
    raw = stored_bytes(stored).decode()
    name = ConfirmationId(f"{account.account}-C{account.confirmations_asked + 1:06d}")
    turn.say(
        ConfirmationRequested(
            confirmation=Confirmation(
                confirmation=name,
                account=account.account,
                order_hash=stored_hash(raw),
                stored=raw,
                maker=stored.maker,
                maker_device=stored.cause.device,
                expires_at=stored.expires_at,
                why=why,
            ),
            findings=findings,
        )
    )
    return name


# --- decisions -------------------------------------------------------------------------------------------------


def check_decision(
    turn: Turn,
    account: AccountState,
    confirmation: ConfirmationId,
    order_hash: str,
    signature: str,
    decision: ConfirmationEvent,
    person: PersonId,
    device: DeviceId,
) -> ConfirmationRow:
    """Return the pending confirmation a checker may decide on, or raise `Refused`."""
    row = account.confirmations.get(confirmation)
    if row is None:
        raise Refused("UNKNOWN_CONFIRMATION", f"没有编号为 {shown(confirmation)} 的待复核项，请刷新列表。")
    if row.state is not ConfirmationState.PENDING:
        who = "" if row.checker is None else f"（{person_name(account, row.checker)}）"
        word = CONFIRMATIONS[row.state]
        raise Refused("NOT_PENDING", f"{confirmation} {word}{who}，复核只能使用一次，您这次的决定没有生效。")
    if turn.at >= row.confirmation.expires_at:
        raise Refused("EXPIRED", f"{confirmation} 已超过复核时限，请制单人重新提交。")
    if not order_hash == row.confirmation.order_hash == stored_hash(row.confirmation.stored):
        raise Refused("HASH_MISMATCH", f"复核内容与 {confirmation} 保存的委托不一致，请重新打开后再复核。")
    if person == row.confirmation.maker:
        raise Refused("MAKER_IS_CHECKER", "制单人不能复核自己的委托，请由另一人复核。")
    roles = account.roles(person)
    if Role.CHECKER not in roles and Role.RISK not in roles:
        raise Refused("NO_ROLE", f"{person} 在账户 {account.account} 没有复核权限。")
    kept = turn.state.persons.get(person)
    enrolled = None if kept is None else kept.devices.get(device)
    if enrolled is None:
        raise Refused("UNKNOWN_DEVICE", f"设备 {device} 没有登记在 {person} 名下。")
    if not is_signed(enrolled.public_key, signature, approval_bytes(order_hash, decision, person)):
        raise Refused("BAD_SIGNATURE", f"{device} 的签名与复核内容不符，已拒绝。")
    return row


def reject(turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, signature: str, reason: str) -> None:
    """State a checker's no, with the price it was said at."""
    seen = price_of(look, row)
    decide(turn, account, row, ConfirmationEvent.REJECT, signature=signature, reason=reason, seen=seen)


def decide(
    turn: Turn,
    account: AccountState,
    row: ConfirmationRow,
    decision: ConfirmationEvent,
    *,
    signature: str = "",
    reason: str = "",
    seen: Decimal | None = None,
) -> None:
    """State what has become of a confirmation, and by whom, where a person has decided it."""
    by_person = decision in {ConfirmationEvent.APPROVE, ConfirmationEvent.REJECT, ConfirmationEvent.WITHDRAW}
    turn.say(
        ConfirmationDecided(
            account=account.account,
            confirmation=row.confirmation.confirmation,
            decision=decision,
            person=turn.actor.person if by_person else None,
            device=turn.actor.device if by_person else None,
            signature=signature,
            reason=reason,
            reference_price=seen,
        )
    )


def price_of(look: Look, row: ConfirmationRow) -> Decimal | None:
    """Return what is now the price of what a confirmation is about, `None` where there is none."""
    terms = stored_of(row).looked_at
    return None if terms is None else _priced_now(look, terms)


def withdraw(turn: Turn, account: AccountState, row: ConfirmationRow) -> None:
    """Take a pending confirmation back, as its maker."""
    decide(turn, account, row, ConfirmationEvent.WITHDRAW)


def supersede(turn: Turn, account: AccountState, row: ConfirmationRow) -> None:
    """End a pending confirmation because its maker changed the order."""
    decide(turn, account, row, ConfirmationEvent.SUPERSEDE)


def expire(turn: Turn, look: Look, account: AccountState, *, everything_approved: bool = False) -> None:
    """End what has waited too long, with the price it ended at; at a start also what was approved and not yet used."""
    for row in list(account.confirmations.values()):
        overdue = row.state is ConfirmationState.PENDING and turn.at >= row.confirmation.expires_at
        if overdue or (everything_approved and row.state is ConfirmationState.APPROVED):
            seen = price_of(look, row) if row.state is ConfirmationState.PENDING else None
            decide(turn, account, row, ConfirmationEvent.EXPIRE, seen=seen)
