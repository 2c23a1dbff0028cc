"""Latch and let go on a person's wish: the kill switch, a statement that differs, a red level (SAFETY 6).

What is latched lets go only on the word of two persons, one of them of risk, none of them among those who caused it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain import commands as c
from terminal.domain.fact.facts import KillReleased, KillSwitched, LevelReleased, ReleaseAsked, Role
from terminal.domain.words.risk import Level
from terminal.domain.words.typed_text import says_something
from terminal.engine.alert.causing import causing_persons
from terminal.engine.alert.levels import pause_strategies, step_down, still_red
from terminal.engine.book.scopes import scope_key
from terminal.engine.confirmations.voiding import revoke_pending, unknown_scope
from terminal.engine.exercise import kill as exercise_kill
from terminal.engine.folds.statement import bar_to_release
from terminal.engine.refused import Refused
from terminal.engine.statement.wishes import hand_in
from terminal.engine.wishes.releases import first_asker
from terminal.engine.wording import level_title, person_name

if TYPE_CHECKING:
    from terminal.domain.words.risk import Scope
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


def need(allowed: bool, command: c.Command, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Refuse a command whose person may not do this."""
    if not allowed:
        raise Refused("NO_ROLE", f"{command.person} 没有{what}权限。")


def need_reason(reason: str, what: str) -> None:
    """Refuse what gives no reason."""
    if not says_something(reason):
        raise Refused("NO_REASON", f"{what}必须写明原因，没有执行；请写下原因后重新下达。")


def carry_out(
    turn: Turn,
    look: Look,
    account: AccountState,
    command: c.Command,
    body: c.Kill | c.Release | c.HandInStatement | c.RefuseStatement,
) -> tuple[str, str]:
    """Carry out what latches or releases; return code and sentence."""
    roles = account.roles(command.person)
    match body:
        case c.Kill():
            need(bool(set(roles) - {Role.VIEWER}), command, "一键停止")
            nothing = unknown_scope(look.state, account, body.scope)
            if nothing:
                raise Refused("UNKNOWN_SCOPE", nothing)
            return kill(turn, account, body.scope, body.reason)
        case c.Release():
            return release(turn, look, account, command, body)
        case c.HandInStatement():
            need(bool(set(roles) - {Role.VIEWER}), command, "交对账结果")
            return hand_in(turn, look, account, body.result)
        case c.RefuseStatement():
            need(bool(set(roles) - {Role.VIEWER}), command, "交对账结果")
            return hand_in(turn, look, account, body.refusal)
        case _:
            assert_never(body)


def kill(turn: Turn, account: AccountState, scope: Scope, reason: str) -> tuple[str, str]:
    """Pull the kill switch of a scope, as the turn's actor; whoever calls has looked at the actor's right to do so."""
    # Said every time: a second pull has its own reason, catches what has been sent since, and ends asked releases.
    actor = turn.actor
    turn.say(
        KillSwitched(account=account.account, scope=scope, person=actor.person, device=actor.device, reason=reason)
    )
    pause_strategies(turn, account, scope, f"一键停止：{reason}")
    revoke_pending(turn, account, scope, f"一键停止：{reason}")
    return "OK", f"已停止：新开仓被禁止，平仓可以，正在撤单{exercise_kill.report(turn.state, account, turn.at)}"


def release(turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.Release) -> tuple[str, str]:
    """Ask for a release, or carry it out as the second person; return code and sentence."""
    key = scope_key(body.scope)
    red = any(row.level is Level.RED and row.scope == body.scope for row in account.levels.values())
    if key not in account.kills and not red:
        raise Refused("NOTHING_TO_RELEASE", "该范围没有停止或红色级别。")
    if not account.barrier.passed or account.barrier.differences:
        raise Refused("NOT_RECONCILED", "尚未与交易所对账一致，不能解除。")
    roles = account.roles(command.person)
    need(bool({Role.RISK, Role.CHECKER, Role.TRADER} & set(roles)), command, "解除")
    need_reason(body.reason, "解除")  # SAFETY 6
    if red:
        cause = still_red(look, account, body.scope)
        if cause:
            raise Refused(
                "CAUSE_PRESENT", f"引起红色级别的原因仍在（{level_title(body.scope, cause)}），不能解除；请先降低风险。"
            )
    causing = causing_persons(account, body.scope)  # a kill switch is latched like red, and let go like it (SAFETY 5)
    if command.person in causing:
        who = person_name(account, command.person)
        raise Refused("CAUSING_TRADER", f"{who} 今日在该范围内的开仓与此有关，不能参与解除；请由另外两人解除。")
    if bar_to_release(account, body.scope, command.person):
        who = person_name(account, command.person)
        raise Refused("HANDED_IN", f"{who} 交来了这份不符的对账结果，不能参与解除；请由另外两人解除。")
    first = first_asker(account, body.scope, turn.at)
    if first is None or first == command.person or first in causing:  # the first may have opened since
        turn.say(ReleaseAsked(account=account.account, scope=body.scope, person=command.person, reason=body.reason))
        return "OK", "已记录，需另一人（风控）确认解除"
    both = {*roles, *account.roles(first)}
    if Role.RISK not in both:
        raise Refused("NO_ROLE", "解除需要至少一位风控人员。")
    name, scope, second, reason = account.account, body.scope, command.person, body.reason
    if key in account.kills:
        turn.say(KillReleased(account=name, scope=scope, first=first, second=second, reason=reason))
        step_down(turn, account, scope)
    if red:
        turn.say(LevelReleased(account=name, scope=scope, first=first, second=second, reason=reason))
    return "OK", "已解除"
