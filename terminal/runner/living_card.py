"""Tell the card of a runner that lives from one that a dead runner has left.

A port and a process number that a dead runner had may be anybody's by now, so neither says whose the card is: the lock
on the data folder does, which ends with its owner.
"""

from __future__ import annotations

from pathlib import Path

from terminal.runner.card import Card, read_card
from terminal.store.owner import is_owned, owner_of


def living_card(data: Path) -> Card | None:
    """Return the card of a folder if the runner that wrote it owns that folder now; it may be frozen."""
    card = read_card(data)
    return card if card is not None and is_owned(data) and owner_of(data) == str(card.pid) else None


def lives(data: Path, card: Card) -> bool:
    """Return whether the runner of a card lives still."""
    return living_card(data) == card
