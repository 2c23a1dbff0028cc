"""Put one order by hand before the gate, and do what the gate says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.orders.order import Cause, Origin
from terminal.domain.words.risk import Verdict
from terminal.engine.conditional.attached import mark_kept
from terminal.engine.confirmations import approval
from terminal.engine.confirmations.waiting import need_room
from terminal.engine.orders.by_hand import judge_asked, record_asked, refuse_asked
from terminal.engine.refused import Refused
from terminal.engine.wording import under_number

if TYPE_CHECKING:
    from terminal.domain import commands as c
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


def submit(
    turn: Turn,
    look: Look,
    account: AccountState,
    command: c.Command,
    terms: OrderTerms,
    reason: str,
    *,
    replaces: ConfirmationRow | None = None,
    fellows: int = 0,
    tag: str = "",
) -> tuple[str, str]:
    """Record an order that passes the gate, or park it for a second person; return code and sentence, or `Refused`.

    `replaces` is a pending order it stands in the place of; `fellows` counts the orders of the same wish before it.
    """
    cause = Cause(origin=Origin.MANUAL, person=command.person, device=command.device, tag=tag, reason=reason)
    old = None if replaces is None else replaces.confirmation.confirmation
    asked = judge_asked(look, terms, cause, approved=False, replaces=old, fellows=fellows)
    findings, verdict = asked.findings, asked.verdict
    if verdict > Verdict.CONFIRM2:
        refuse_asked(turn, asked)
        worst = max(findings, key=lambda finding: finding.verdict)
        raise Refused(
            worst.code, worst.sentence if old is None else f"{worst.sentence}原复核 {old} 没有改动，仍在等待。"
        )
    if replaces is None and verdict is Verdict.CONFIRM2:
        need_room(account, command.person)
    if replaces is not None:  # only now that something takes its place, judged as an order by hand
        approval.supersede(turn, account, replaces)
        cause = msgspec.structs.replace(cause, tag=mark_kept(replaces, terms))
    if verdict is Verdict.CONFIRM2:
        stored = approval.describe(look, account, cause, terms)
        why = "".join(finding.sentence for finding in findings if finding.verdict is Verdict.CONFIRM2)
        name = approval.park(turn, account, stored, findings, why)
        return "CONFIRM2", under_number(f"需复核：{why}", name)
    order = record_asked(turn, look, account, asked._replace(cause=cause), None)
    return "OK", f"已报单 {order}"
