"""Make the commands of a plan: most are fixed when the plan is read, some need the state of their moment.

A decision on a confirmation signs what the state holds, as a checker's desk would; limits are changed over those in
force; an order is cancelled by what is working. Nothing here decides anything: the engine may refuse every one.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, OrderId, PersonId
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.order import Origin
from terminal.domain.parameters.limits import Limits
from terminal.engine.confirmations.approval import approval_bytes
from terminal.engine.orders.intents import trades
from terminal.shell.plans import tables as t
from terminal.shell.plans.batch_tables import BatchTable, CancelBatchTable
from terminal.shell.plans.batches import BatchWish, NewGroup, resolve_batch
from terminal.shell.plans.orders import terms_of

if TYPE_CHECKING:
    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState, State

NOTHING = "NONE"
"""The id a command names when the state holds nothing to name: the engine refuses it and says so."""


class NewLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a change of limits: the values of the fields `names`, over `base_version` or what is in force."""

    account: AccountId
    base_version: int | None
    values: Limits
    names: tuple[str, ...]


_Resolved = t.CancelTable | t.ApproveTable | t.RejectTable | t.WithdrawTable | t.EditTable | NewLimits | BatchWish
Wish = c.CommandBody | _Resolved


def demo_key(seed: int, device: str) -> Ed25519PrivateKey:
    """Return a demo device's key, SHA-256("hengduo-demo|seed|device"); anybody can make it: never for live trading."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"hengduo-demo|{seed}|{device}".encode()).digest())


def resolve(wish: Wish, state: State, *, seed: int, person: PersonId, device: DeviceId) -> c.CommandBody:
    """Return the command body as a person at this device would send it in this state."""
    match wish:
        case t.CancelTable():
            return c.CancelOrder(account=wish.account, order=wish.order or _oldest_order(state, wish))
        case t.ApproveTable() | t.RejectTable():
            return _decision(wish, state, demo_key(seed, device), person)
        case t.WithdrawTable():
            return c.WithdrawOrder(account=wish.account, confirmation=_own(wish, state, person))
        case t.EditTable():
            return c.EditOrder(account=wish.account, confirmation=_own(wish, state, person), terms=terms_of(wish))
        case NewGroup() | BatchTable() | CancelBatchTable():
            return resolve_batch(wish, state, person)
        case NewLimits():
            return _change_limits(wish, state)
        case _:
            return wish


def _account(state: State, account: AccountId) -> AccountState | None:
    return state.accounts.get(account)


def _oldest_order(state: State, wish: t.CancelTable) -> OrderId:
    account = _account(state, wish.account)
    for row in account.live.values() if account is not None else ():
        if row.cause.origin is Origin.MANUAL and (wish.instrument is None or trades(row, wish.instrument)):
            return row.order
    return OrderId(NOTHING)


def _own(wish: t.WithdrawTable | t.EditTable, state: State, person: PersonId) -> ConfirmationId:
    if wish.confirmation is not None:
        return wish.confirmation
    account = _account(state, wish.account)
    pending = [row.confirmation for row in _pending(account) if row.confirmation.maker == person]
    return pending[0].confirmation if pending else ConfirmationId(NOTHING)


def _pending(account: AccountState | None) -> list[ConfirmationRow]:
    rows = account.confirmations.values() if account is not None else ()
    return [row for row in rows if row.state is ConfirmationState.PENDING]


def _decision(
    wish: t.ApproveTable | t.RejectTable, state: State, key: Ed25519PrivateKey, person: PersonId
) -> c.ApproveOrder | c.RejectOrder:
    account = _account(state, wish.account)
    pending = _pending(account)
    name = wish.confirmation or (pending[0].confirmation.confirmation if pending else ConfirmationId(NOTHING))
    shown = account.confirmations.get(wish.copied_from or name) if account is not None else None
    order_hash = wish.order_hash or (shown.confirmation.order_hash if shown is not None else "")
    approving = isinstance(wish, t.ApproveTable)
    event = ConfirmationEvent.APPROVE if approving else ConfirmationEvent.REJECT
    signature = wish.signature or key.sign(approval_bytes(order_hash, event, person)).hex()
    if isinstance(wish, t.ApproveTable):
        return c.ApproveOrder(account=wish.account, confirmation=name, order_hash=order_hash, signature=signature)
    return c.RejectOrder(
        account=wish.account, confirmation=name, order_hash=order_hash, signature=signature, reason=wish.reason
    )


def _change_limits(wish: NewLimits, state: State) -> c.ChangeLimits:
    account = _account(state, wish.account)
    now = account.limits if account is not None else None
    old = now if now is not None else Limits()
    version = (now.version if now is not None else 0) if wish.base_version is None else wish.base_version
    changed = {name: getattr(wish.values, name) for name in wish.names}
    return c.ChangeLimits(account=wish.account, base_version=version, limits=msgspec.structs.replace(old, **changed))
