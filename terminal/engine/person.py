"""Hold what a person keeps: a name, devices, documents, groups of accounts, and the answers no account is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from terminal.domain.fact import facts as f
from terminal.engine.books.batch import BatchOrderedRow, GroupRow

if TYPE_CHECKING:
    from terminal.domain.ids import BatchId, CommandId, DeviceId

BATCHES_KEPT: Final = 20  # the latest of a person; no settlement clears a person's stream


class DocumentRow(msgspec.Struct):
    """Hold the latest text of a person's document."""

    version: int
    body: str


class PersonState:
    """Hold everything folded from one person's stream."""

    def __init__(self) -> None:
        self.name: str | None = None  # of somebody who was enrolled
        self.devices: dict[DeviceId, f.DeviceEnrolled] = {}
        self.documents: dict[str, DocumentRow] = {}
        self.groups: dict[str, GroupRow] = {}  # of accounts
        self.batches: dict[BatchId, BatchOrderedRow] = {}  # the latest
        self.commands: dict[CommandId, f.CommandDone] = {}

    def canonical(self) -> dict[str, object]:
        """Return the person's things as plain values in a fixed order, for hashing."""
        return {
            "name": self.name,
            "devices": self.devices,
            "documents": self.documents,
            "groups": self.groups,
            "batches": self.batches,
            "commands": self.commands,
        }


def apply_person(person: PersonState, fact: f.PersonFact) -> None:
    """Take one fact of a person's own stream."""
    match fact:
        case f.PersonEnrolled():
            person.name = fact.name
        case f.DeviceEnrolled():
            person.devices[fact.device] = fact
        case f.DocumentSaved() if fact.body:
            person.documents[fact.name] = DocumentRow(version=fact.version, body=fact.body)
        case f.DocumentSaved():
            person.documents.pop(fact.name, None)
        case f.GroupSaved() if fact.members:
            person.groups[fact.name] = GroupRow(version=fact.version, members=fact.members)
        case f.GroupSaved():
            person.groups.pop(fact.name, None)
        case f.BatchOrdered():
            person.batches[fact.batch] = BatchOrderedRow(
                batch=fact.batch, at=fact.at, group=fact.group, order=fact.order, parts=fact.parts
            )
            if len(person.batches) > BATCHES_KEPT:
                del person.batches[next(iter(person.batches))]
        case _:
            assert_never(fact)
