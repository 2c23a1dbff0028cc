"""Say as a command what a person decided about the card in sight; an approval is signed on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.commands import ApproveOrder, RejectOrder, WithdrawOrder

if TYPE_CHECKING:
    from terminal.engine.screen import ApprovalCard


def approval(card: ApprovalCard) -> ApproveOrder:
    """Return a yes to exactly what the card shows."""
    return ApproveOrder(account=card.account, confirmation=card.confirmation, order_hash=card.order_hash, signature="")


def rejection(card: ApprovalCard, reason: str) -> RejectOrder:
    """Return a no."""
    return RejectOrder(
        account=card.account,
        confirmation=card.confirmation,
        order_hash=card.order_hash,
        signature="",
        reason=reason,
    )


def withdrawal(card: ApprovalCard) -> WithdrawOrder:
    """Return that its maker takes it back."""
    return WithdrawOrder(account=card.account, confirmation=card.confirmation)
