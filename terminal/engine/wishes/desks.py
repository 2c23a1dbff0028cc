"""Carry out what several desks on one runner ask: who holds an account, who has seen an alert, who keeps what.

An account that nobody took is open to everybody with the role. Once somebody has taken it over (接管), only the holder,
at that device, sends orders and steers strategies by hand, so that two desks do not work against each other unawares.
What lowers risk (cancels, pause, stop, kill) and what needs other persons (approvals, release) never waits for a
holder, and taking over asks nobody: a desk that is dead cannot answer.

Taking over ends what others have parked for a second person (orders, strategies): who holds an account no longer has
nothing sent there later, and does not get it back by taking the account back. Holders are compared as persons here, so
keeps what waits. A parked change of limits is nobody's as a holder, and stays. What others have waiting for a condition
ends likewise, where it would open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.commands import AcknowledgeLevel
from terminal.domain.fact.facts import AccountTaken, AlertAcknowledged, DocumentSaved, LevelAcknowledged, Role
from terminal.domain.words.risk import Level
from terminal.domain.words.typed_text import LONGEST_NAME, is_name, shown
from terminal.engine.book.scopes import scope_key
from terminal.engine.conditional.wishes import end_of_others
from terminal.engine.confirmations.voiding import revoke_of_others
from terminal.engine.person import PersonState
from terminal.engine.refused import Refused
from terminal.engine.wording import LEVELS, level_title, person_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain import commands as c
    from terminal.domain.ids import PersonId
    from terminal.engine.standing import AlertRow
    from terminal.engine.state import AccountState, State
    from terminal.engine.turn import Turn

LARGEST_BODY = 64 * 1024  # bytes of UTF-8
MOST_DOCUMENTS = 200  # of one person


def need_hold(account: AccountState, command: c.Command) -> None:
    """Refuse what another desk asks while an account has a holder."""
    if account.holder is not None and account.holder != (command.person, command.device):
        person, device = map(shown, account.holder)
        raise Refused("NOT_HOLDER", f"账户 {account.account} 由 {person} 在 {device} 操作，没有执行；请先接管账户。")


def take(turn: Turn, account: AccountState, command: c.Command) -> tuple[str, str]:
    """Take an account over, which ends what others have parked there; who holds it already says nothing new."""
    before = account.holder
    if before == (command.person, command.device):
        return "OK", f"账户 {account.account} 已由您操作"
    turn.say(AccountTaken(account=account.account, person=command.person, device=command.device))
    who = person_name(account, command.person)
    reason = f"账户已由 {who} 接管，这一项不再执行；仍需要的请由持有人重新提交。"
    ended = revoke_of_others(turn, account, command.person, reason)
    waited = end_of_others(turn, account, command.person)
    formerly = f"，原由 {shown(before[0])} 在 {shown(before[1])} 操作" if before else ""
    voided = f"；他人此前提交的 {ended} 项待复核已作废，不会再报出" if ended else ""
    lapsed = f"；他人的 {waited} 张开仓条件单已失效" if waited else ""
    return "OK", f"已接管账户 {account.account}{formerly}{voided}{lapsed}"


def may_acknowledge(roles: Iterable[Role]) -> bool:
    """Return whether these roles may take an alert off everybody's screen: whoever only looks (只读) may not."""
    return bool(set(roles) - {Role.VIEWER})


def acknowledge(turn: Turn, account: AccountState, command: c.Command, body: c.Acknowledgement) -> tuple[str, str]:
    """Note that a person has seen an alert, which ends it, or a level, which goes on standing."""
    if isinstance(body, AcknowledgeLevel):
        return _see_level(turn, account, command, body)
    alert = body.alert
    if not 1 <= alert <= account.alerts:
        raise Refused("UNKNOWN_ALERT", f"账户 {account.account} 没有第 {alert} 号提醒，请刷新列表。")
    if alert not in account.open_alerts:
        raise Refused("ALERT_CLOSED", f"第 {alert} 号提醒已确认，或已让位于更新的提醒，无需再确认。")
    why_not = bar_to_alert(account.open_alerts[alert], command.person)
    if why_not is not None:
        raise Refused(*why_not)
    turn.say(AlertAcknowledged(account=account.account, alert=alert, person=command.person))
    return "OK", f"已确认第 {alert} 号提醒"


def bar_to_alert(row: AlertRow, person: PersonId) -> tuple[str, str] | None:
    """Return the code and sentence by which a person may not acknowledge an alert, or `None`."""
    if row.person == person:
        return "OWN_DOING", f"第 {row.number} 号提醒说的是您自己下的单，须由另一人看过并确认。"
    return None


def _see_level(turn: Turn, account: AccountState, command: c.Command, body: AcknowledgeLevel) -> tuple[str, str]:
    why_not = bar_to_seeing(account, body)
    if why_not is not None:
        raise Refused(*why_not)
    turn.say(
        LevelAcknowledged(
            account=account.account, scope=body.scope, signal=body.signal, level=body.level, person=command.person
        )
    )
    return "OK", f"已确认{level_title(body.scope, body.signal)}{LEVELS[body.level]}级别；它照样有效，直到原因消除"


def bar_to_seeing(account: AccountState, body: AcknowledgeLevel) -> tuple[str, str] | None:
    """Return the code and sentence by which the acknowledgement of a level is refused, or `None`."""
    row = account.levels.get(f"{scope_key(body.scope)}|{body.signal}")
    if row is None:
        return "LEVEL_CHANGED", f"账户 {account.account} 没有这一项级别，没有确认；请刷新列表。"
    title = level_title(body.scope, body.signal)
    if row.level is not body.level or row.level < Level.ORANGE:
        return "LEVEL_CHANGED", f"{title}现为{LEVELS[row.level]}级别，没有确认；请看清现状，橙色以上再确认。"
    if row.seen_by is not None:
        return "ALERT_CLOSED", f"{title}已由 {person_name(account, row.seen_by)} 确认，无需再确认。"
    return None


def save_document(turn: Turn, state: State, command: c.Command, body: c.SaveDocument) -> tuple[str, str]:
    """Keep, change or (with an empty body) remove a document of the person who asks."""
    _refuse_unfit(body)
    documents = state.persons.get(command.person, PersonState()).documents
    kept = documents.get(body.name)
    version = kept.version if kept is not None else 0
    if body.base_version != version:
        sentence = f"文稿“{body.name}”已是第 {version} 版，您修改的是第 {body.base_version} 版，请重新打开后修改。"
        raise Refused("CONFLICT", sentence)
    if kept is None:
        if not body.body:
            return "OK", f"没有文稿“{body.name}”，无需删除"
        if len(documents) >= MOST_DOCUMENTS:
            raise Refused("TOO_MANY_DOCUMENTS", f"文稿已有 {MOST_DOCUMENTS} 份，请先删除不用的。")
    turn.say(DocumentSaved(person=command.person, name=body.name, version=version + 1, body=body.body))
    return "OK", "已保存" if body.body else "已删除"


def _refuse_unfit(body: c.SaveDocument) -> None:
    if not is_name(body.name):
        raise Refused("BAD_NAME", f"文稿的名称应为 1 至 {LONGEST_NAME} 个可见字符。")
    try:
        if len(body.body.encode()) > LARGEST_BODY:
            raise Refused("TOO_LARGE", f"文稿“{body.name}”超过 {LARGEST_BODY // 1024} KiB，没有保存；请删减后再存。")
        if body.body:
            msgspec.json.decode(body.body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refused("BAD_DOCUMENT", f"文稿“{body.name}”不是有效的 JSON，没有保存。") from None
