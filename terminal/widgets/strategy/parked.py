"""Follow what was sent from the strategy bench and waits for a second person, to the sentence its maker is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.confirmation import ConfirmationState
from terminal.widgets.strategy.status import BAD, FINE

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, ConfirmationId
    from terminal.engine.screen import ApprovalCard


class Parked:
    """Hold the confirmations that are followed, and the decided cards: after a cut these come before the results."""

    def __init__(self) -> None:
        self._followed: dict[ConfirmationId, None] = {}
        self._decided: dict[ConfirmationId, ApprovalCard] = {}

    def follow(self, confirmation: ConfirmationId | None) -> None:
        """Wait for what becomes of a confirmation; `None` where no fact named it."""
        if confirmation is not None:
            self._followed[confirmation] = None

    def take(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take cards; only what has come to an end for its maker counts."""
        ended = {
            name: card for name, card in cards.items() if card.told and card.state is not ConfirmationState.APPROVED
        }
        self._decided |= ended

    def news(self, account: AccountId | None) -> tuple[str, str] | None:
        """Return once what has become of one in this account, and whether that is bad; the latest of several."""
        told = None
        for name in [name for name in self._followed if name in self._decided]:
            del self._followed[name]
            card = self._decided[name]
            if card.account == account:
                told = card.told, FINE if card.state is ConfirmationState.CONSUMED else BAD
        return told
