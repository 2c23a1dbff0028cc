"""Change an account's limits on people's wish: tightening applies at once, loosening waits for a second person.

Where a level is red, a looser limit may be the way out of it. It then takes the two persons that the level's release
takes (SAFETY 6): one of them of risk, and neither among those who caused the red. Which limit let which level rise is
not asked: under red, nobody who caused it loosens any. The maker is looked at again when the second person decides,
since the red may be younger than what he asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.facts import LimitsSet, Role
from terminal.domain.orders.order import Cause, Origin
from terminal.domain.sandbox import wrong_rounds
from terminal.engine.alert.causing import reds, refuse_causing
from terminal.engine.confirmations import approval
from terminal.engine.confirmations.waiting import need_room
from terminal.engine.otc.step import why_orphaned
from terminal.engine.refused import Refused
from terminal.engine.strategy.owners import why_contested
from terminal.engine.wording import under_number
from terminal.risk.limits import NAMES, conflict, loosens

if TYPE_CHECKING:
    from terminal.domain import commands as c
    from terminal.domain.ids import PersonId
    from terminal.engine.look import Look
    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


def change_limits(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.ChangeLimits
) -> tuple[str, str]:
    """Set limits that allow no more than before, or park looser ones; return code and sentence."""
    now = account.limits
    version = now.version if now is not None else 0
    if body.base_version != version:
        raise Refused("CONFLICT", conflict(now, body.base_version, body.limits))
    if wrong_rounds(body.limits.sandbox_rounds):
        raise Refused("BAD_LIMITS", f"{NAMES['sandbox_rounds']}{wrong_rounds(body.limits.sandbox_rounds)}。")
    orphaned = why_orphaned(look.state, account, body.limits) or why_contested(account, body.limits)
    if orphaned:
        raise Refused("BAD_LIMITS", orphaned)
    limits = msgspec.structs.replace(body.limits, version=version + 1)
    loosened = loosens(now, limits)
    if not loosened:
        turn.say(LimitsSet(account=account.account, limits=limits))
        return "OK", f"限额已改为第 {limits.version} 版"
    refuse_causing(account, command.person)
    need_room(account, command.person)
    cause = Cause(origin=Origin.MANUAL, person=command.person, device=command.device)
    stored = msgspec.structs.replace(approval.describe(look, account, cause, None), limits=limits)
    name = approval.park(turn, account, stored, (), f"放宽限额：{'、'.join(loosened)}")
    return "CONFIRM2", under_number("放宽限额需复核", name)


def check_loosening(account: AccountState, row: ConfirmationRow, person: PersonId) -> None:
    """Refuse the second person's yes to looser limits, cash or a 场外 contract where the two may not do that under red.

    These may take its cause away. What people say of spot that nobody will trade, and of an option that is to expire,
    takes none away: any two persons may.
    """
    maker, stored = row.confirmation.maker, approval.stored_of(row)
    loosens_any = stored.limits is not None or stored.cash is not None or stored.otc is not None
    if not loosens_any or not reds(account):
        return
    refuse_causing(account, person)
    refuse_causing(account, maker)
    if Role.RISK not in {*account.roles(person), *account.roles(maker)}:
        raise Refused("NO_ROLE", "账户有红色级别，放宽限额、入金需要至少一位风控人员。")
