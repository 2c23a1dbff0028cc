"""Carry out what people ask about contracts that no exchange lists (场外), or say why not.

A booking and an ending move the exposure that control C5 measures every order of the group by: one contract that is
made up would let so many tonnes of futures pass. So a second person looks at both. How a contract is valued moves
nothing that is judged, and is one person's word, with its source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from terminal.domain.fact.facts import Role
from terminal.domain.fact.otc import OtcMarked
from terminal.domain.orders.order import Cause, Origin
from terminal.domain.otc import OtcBooking
from terminal.domain.otc_commands import BookOtc, EndOtc, MarkOtc
from terminal.engine.alert.causing import refuse_causing
from terminal.engine.confirmations import approval
from terminal.engine.confirmations.waiting import need_room
from terminal.engine.otc.step import wrong_wish
from terminal.engine.otc.wording import mark_words, step_title
from terminal.engine.refused import Refused
from terminal.engine.wording import under_number

if TYPE_CHECKING:
    from terminal.domain import commands as c
    from terminal.domain.otc import OtcStep
    from terminal.domain.otc_commands import OtcWish
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

KEEPERS: Final = (Role.TRADER, Role.RISK)  # who may keep these contracts


def carry_out(turn: Turn, look: Look, account: AccountState, command: c.Command, body: OtcWish) -> tuple[str, str]:
    """Carry out a wish; return code and sentence."""
    refused = wrong_wish(look.state, account, body)
    if refused is not None:
        raise Refused(*refused)
    match body:
        case BookOtc():
            return _park(turn, look, account, command, OtcBooking(terms=body.terms), body.reason)
        case EndOtc():
            return _park(turn, look, account, command, body.ending, body.ending.reason)
        case MarkOtc():
            turn.say(OtcMarked(account=account.account, number=body.number, mark=body.mark, person=command.person))
            return "OK", f"场外合约 {body.number} 的估值已改为：{mark_words(body.mark)}"
        case _:
            assert_never(body)


def _park(
    turn: Turn, look: Look, account: AccountState, command: c.Command, step: OtcStep, reason: str
) -> tuple[str, str]:
    refuse_causing(account, command.person)
    need_room(account, command.person)
    cause = Cause(origin=Origin.MANUAL, person=command.person, device=command.device, reason=reason)
    stored = msgspec.structs.replace(approval.describe(look, account, cause, None), otc=step)
    title = step_title(step)
    name = approval.park(turn, account, stored, (), f"改变套保组的敞口：{title}")
    return "CONFIRM2", under_number(f"{title}；需复核", name)
