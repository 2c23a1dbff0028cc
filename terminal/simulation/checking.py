"""Play second persons: they approve and reject; others approve what they may not, forge, replay and alter."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, ConfirmationId, PersonId
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.engine.standing import ConfirmationRow
from terminal.simulation import hands
from terminal.simulation.cast import ACCOUNTS, CHECKERS, OPERATOR, VISITOR
from terminal.simulation.desk import Room

_APPROVE, _REJECT = ConfirmationEvent.APPROVE, ConfirmationEvent.REJECT


class Checkers:
    """Notice what waits for a second person and mean to do something about it."""

    def __init__(self) -> None:
        self._seen: set[ConfirmationId] = set()
        self._spent: list[c.ApproveOrder] = []

    def look(self, room: Room) -> None:
        """Notice what is new."""
        for account in ACCOUNTS:
            confirmations = room.account(account).confirmations
            if len(confirmations) == sum(name.startswith(f"{account}-") for name in self._seen):
                continue
            for name, row in confirmations.items():
                if name not in self._seen:
                    self._seen.add(name)
                    if row.state is ConfirmationState.PENDING:
                        self._plan(room, account, row)

    def _plan(self, room: Room, account: AccountId, row: ConfirmationRow) -> None:
        name, luck = row.confirmation.confirmation, room.luck
        if luck.chance(0.35):
            room.later(0.1, lambda there: self._attack(there, account, name))
        way = luck.randrange(20)
        if way < 13:
            room.later(luck.choice((0.2, 1, 2, 4, 40)), lambda there: self._approve(there, account, name))
        elif way < 15:
            room.later(1, lambda there: _reject(there, account, name))
        elif way < 17:
            room.later(1, lambda there: _withdraw(there, account, name))
        elif way < 19:
            room.later(0.5, lambda there: self._edit_then_approve(there, account, name))

    def _approve(self, room: Room, account: AccountId, name: ConfirmationId) -> None:
        row = room.account(account).confirmations.get(name)
        if row is None:
            return
        person = room.luck.one_of(CHECKERS)
        body = decision_of(room, row, person, with_key_of=person)
        room.ask(person, body)
        self._spent.append(body)
        if room.luck.chance(0.3):
            # Two devices answer at once, or the same one twice.
            other = room.luck.one_of(CHECKERS)
            room.ask(other, decision_of(room, row, other, with_key_of=other))

    def _edit_then_approve(self, room: Room, account: AccountId, name: ConfirmationId) -> None:
        row = room.account(account).confirmations.get(name)
        if row is None:
            return
        terms = hands.by_hand(room.luck, room.look, room.state, account, large=True)
        if terms is not None:
            room.ask(row.confirmation.maker, c.EditOrder(account=account, confirmation=name, terms=terms))
        # The checker answers what was shown before the edit.
        person = room.luck.one_of(CHECKERS)
        room.ask(person, decision_of(room, row, person, with_key_of=person))

    def _attack(self, room: Room, account: AccountId, name: ConfirmationId) -> None:
        row = room.account(account).confirmations.get(name)
        if row is None:
            return
        checker = room.luck.one_of(CHECKERS)
        maker = row.confirmation.maker
        room.count("attacks")
        match room.luck.randrange(6):
            case 0:
                room.ask(maker, decision_of(room, row, maker, with_key_of=maker))
            case 1:  # the maker signs for the checker
                room.ask(checker, decision_of(room, row, checker, with_key_of=maker))
            case 2:
                room.ask(VISITOR, decision_of(room, row, VISITOR, with_key_of=VISITOR))
            case 3:
                body = decision_of(room, row, checker, with_key_of=checker)
                room.ask(checker, replace(body, order_hash="0" * 64))
            case 4 if self._spent:  # a used approval for another object
                old = room.luck.one_of(self._spent)
                room.ask(checker, replace(old, account=account, confirmation=name))
            case 5 if self._spent:  # a used approval once more
                room.ask(checker, room.luck.one_of(self._spent))
            case _:
                room.ask(OPERATOR, replace(decision_of(room, row, OPERATOR, with_key_of=OPERATOR), signature="zz"))


def decision_of(room: Room, row: ConfirmationRow, person: PersonId, *, with_key_of: PersonId) -> c.ApproveOrder:
    """Return a person's approval, signed with somebody's key."""
    asked = row.confirmation
    return c.ApproveOrder(
        account=asked.account,
        confirmation=asked.confirmation,
        order_hash=asked.order_hash,
        signature=room.keys.sign(asked.order_hash, _APPROVE, person, with_key_of=with_key_of),
    )


def _reject(room: Room, account: AccountId, name: ConfirmationId) -> None:
    row = room.account(account).confirmations.get(name)
    if row is None:
        return
    person, order_hash = room.luck.one_of(CHECKERS), row.confirmation.order_hash
    signature = room.keys.sign(order_hash, _REJECT, person, with_key_of=person)
    body = c.RejectOrder(
        account=account, confirmation=name, order_hash=order_hash, signature=signature, reason="不同意"
    )
    room.ask(person, body)


def _withdraw(room: Room, account: AccountId, name: ConfirmationId) -> None:
    row = room.account(account).confirmations.get(name)
    if row is not None:
        room.ask(row.confirmation.maker, c.WithdrawOrder(account=account, confirmation=name))
