"""Carry out that a person says spot was bought or sold for a spread (落实现货), or will not be, or say why not.

It sends no order and moves no limit: what the hedge groups know of spot is what the limits say (C5), and two people
change those. So one person may say it, also of a strategy that has been stopped, and take it back by the other side;
but a second one agrees to leave futures that are there without their spot (`spot_answers`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.orders.order import Cause, Origin
from terminal.engine.confirmations import approval
from terminal.engine.confirmations.waiting import need_room
from terminal.engine.refused import Refused
from terminal.engine.sentences.spot import waiver_title
from terminal.engine.strategy.spot_answers import confirmed_sentence, note, why_second, wrong_confirmation
from terminal.engine.wording import under_number

if TYPE_CHECKING:
    from terminal.domain import commands as c
    from terminal.domain.spot_commands import ConfirmSpot
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


def confirm(turn: Turn, look: Look, account: AccountState, command: c.Command, body: ConfirmSpot) -> tuple[str, str]:
    """Note what a person says of the spot side, or park a waiver that leaves futures alone."""
    refused = wrong_confirmation(account, body)
    if refused is not None:
        raise Refused(*refused)
    why = why_second(account, body)
    if not why:
        said = confirmed_sentence(look, account, body)
        note(turn, account, body, command.person)
        return "OK", said
    need_room(account, command.person)
    cause = Cause(
        origin=Origin.MANUAL, person=command.person, device=command.device, strategy=body.strategy, reason=body.waived
    )
    stored = replace(approval.describe(look, account, cause, None), waiver=body)
    name = approval.park(turn, account, stored, (), why)
    return "CONFIRM2", under_number(f"{waiver_title(body)}需复核：{why}", name)
