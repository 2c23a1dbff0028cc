"""Carry out what people ask of conditional orders (条件单): place, change, pause, resume, withdraw.

Who may send an order may place one, and holds the account for it. Pausing and withdrawing ask for no holder, as
cancelling does. Placing one asks no second person: nothing is sent yet, and what a checker would look at (price,
position, level) is that of the release. There it meets the gate as an order by hand does, and what needs a second
person is parked under the usual confirmation, told of by an alert (SAFETY 7, I23: what is approved is the very order).

A kill switch and a red level pause those that would open, and a person lets them go on after the release, as with
strategies. Whoever takes the account over ends those of others that would open: nobody has something sent later in an
account they hold no longer. What closes stays in all three cases: it is how a position is left (SAFETY I22). After a
taking-over it is the new holder's, so that what of it needs a second person does not lapse with the old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

from terminal.domain import commands as c
from terminal.domain.fact.facts import ConditionalChanged, ConditionalPlaced
from terminal.domain.orders.conditional import ConditionalEvent, ConditionalState
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.domain.words.typed_text import shown
from terminal.engine.book.scopes import is_killed, worst_level
from terminal.engine.books.conditional import MOST_NEW, MOST_STANDING
from terminal.engine.conditional.attached import edit_fault, guard_fault
from terminal.engine.conditional.fault import fault, times
from terminal.engine.conditional.tell import say_moved
from terminal.engine.conditional.wording import STATES, conditional_text, guard_text
from terminal.engine.folds.conditional import EDITABLE
from terminal.engine.refused import Refused
from terminal.engine.wording import person_name, short

if TYPE_CHECKING:
    from terminal.domain.ids import ConditionalId, PersonId
    from terminal.domain.orders.conditional import Conditional
    from terminal.engine.books.conditional import ConditionalRow
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


class _Times(NamedTuple):
    due: tuple[int, ...]  # of each part
    end: int | None


def carry_out(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.ConditionalWish
) -> tuple[str, str]:
    """Carry out a wish about a conditional order; whoever calls has looked at the person's right to it."""
    match body:
        case c.PlaceConditional():
            return _place(turn, look, account, command, body.wanted)
        case c.GuardPosition():
            return _guard(turn, look, account, command, body)
        case c.EditConditional():
            return _edit(turn, look, account, body)
        case c.PauseConditional() | c.ResumeConditional() | c.WithdrawConditional():
            return _steer(turn, account, command, body)
        case _:
            assert_never(body)


def _place(turn: Turn, look: Look, account: AccountState, command: c.Command, wanted: Conditional) -> tuple[str, str]:
    full = why_full(account)
    if full:
        raise Refused("TOO_MANY_CONDITIONALS", full)
    when = _checked(look, account, wanted)
    name = _say_placed(turn, account, command, wanted, when)
    return "OK", f"条件单 {name} 已在运行器等待：{conditional_text(wanted, when.due)}"


def _guard(turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.GuardPosition) -> tuple[str, str]:
    full = why_full(account, len(body.exits))
    if full:
        raise Refused("TOO_MANY_CONDITIONALS", full)
    times_of = [_checked(look, account, wanted) for wanted in body.exits]
    wrong = guard_fault(account, body.exits, body.beside)
    if wrong:
        raise Refused("BAD_GUARD", wrong)
    beside = "" if body.beside is None else f"，与 {body.beside} {Term.ONE_OF_TWO}"
    names: list[ConditionalId] = []
    for wanted, when in zip(body.exits, times_of, strict=True):
        other = names[0] if names else body.beside
        names.append(_say_placed(turn, account, command, wanted, when, attached=True, other=other))
    return "OK", f"条件单 {'、'.join(names)} 已在运行器等待，附在持仓上{beside}：{guard_text(body.exits)}"


def _say_placed(
    turn: Turn,
    account: AccountState,
    command: c.Command,
    wanted: Conditional,
    when: _Times,
    *,
    attached: bool = False,
    other: ConditionalId | None = None,
) -> ConditionalId:
    placed = ConditionalPlaced(
        account=account.account,
        conditional=account.conditionals.next_name(account.account),
        wanted=wanted,
        due=when.due,
        ends_at=when.end,
        person=command.person,
        device=command.device,
        attached=attached,
        other=other,
    )
    turn.say(placed)
    return placed.conditional


def _edit(turn: Turn, look: Look, account: AccountState, body: c.EditConditional) -> tuple[str, str]:
    row = find(account, body.conditional)
    if row.state not in EDITABLE:
        raise Refused("NOT_WAITING", f"条件单 {row.conditional} {STATES[row.state]}，不能修改。")
    if body.base_version != row.version:
        raise Refused("CONFLICT", conflict(row, body.base_version, body.wanted))
    if body.wanted == row.wanted:
        return "OK", f"与条件单 {row.conditional} 现行内容（第 {row.version} 版）相同，无需修改"
    due, end = _checked(look, account, body.wanted)
    wrong = edit_fault(account, row, body.wanted)
    if wrong:
        raise Refused("BAD_GUARD", wrong)
    _say_changed(turn, account, row, body.wanted, due, end)
    return "OK", f"条件单 {row.conditional} 已改为第 {row.version} 版：{conditional_text(body.wanted, due)}"


def _say_changed(
    turn: Turn,
    account: AccountState,
    row: ConditionalRow,
    wanted: Conditional,
    due: tuple[int, ...],
    end: int | None,
) -> None:
    turn.say(
        ConditionalChanged(
            account=account.account,
            conditional=row.conditional,
            version=row.version + 1,
            wanted=wanted,
            due=due,
            ends_at=end,
            person=turn.actor.person,
            device=turn.actor.device,
        )
    )


def _steer(
    turn: Turn,
    account: AccountState,
    command: c.Command,
    body: c.PauseConditional | c.ResumeConditional | c.WithdrawConditional,
) -> tuple[str, str]:
    row = find(account, body.conditional)
    why_not = bar_to_steering(account, row, body)
    if why_not:
        raise Refused("NOT_WAITING", why_not)
    match body:
        case c.PauseConditional():
            event, done = ConditionalEvent.PAUSE, "已暂停"
        case c.ResumeConditional():
            event, done = ConditionalEvent.RESUME, "已恢复等待"
        case c.WithdrawConditional():
            event, done = ConditionalEvent.WITHDRAW, "已撤"
        case _:
            assert_never(body)
    say_moved(turn, account, row, event, "人工暂停" if event is ConditionalEvent.PAUSE else "", person=command.person)
    return "OK", f"条件单 {row.conditional} {done}"


def find(account: AccountState, conditional: ConditionalId) -> ConditionalRow:
    """Return a conditional order, or raise `Refused`."""
    row = account.conditionals.rows.get(conditional)
    if row is None:
        raise Refused("NO_CONDITIONAL", f"没有编号为 {shown(conditional)} 的条件单，请刷新列表。")
    return row


def bar_to_steering(
    account: AccountState,
    row: ConditionalRow,
    body: c.PauseConditional | c.ResumeConditional | c.WithdrawConditional,
) -> str:
    """Return why a conditional order cannot be paused, resumed or withdrawn now; empty if it can."""
    state = f"条件单 {row.conditional} {STATES[row.state]}"
    match body:
        case c.PauseConditional() if row.state is not ConditionalState.WAITING:
            return f"{state}，不能暂停。"
        case c.ResumeConditional() if row.state is not ConditionalState.PAUSED:
            return f"{state}，没有暂停。"
        case c.ResumeConditional():
            return why_stopped(account, row.wanted)
        case c.WithdrawConditional() if not row.stands:
            return f"{state}，不能再撤；已报出的请撤委托。"
        case _:
            return ""


def why_full(account: AccountState, more: int = 1) -> str:
    """Return why an account may have no more conditional orders, empty if it may."""
    standing = len(account.conditionals.standing())
    if standing + more > MOST_STANDING:
        return (
            f"账户 {account.account} 已有 {standing} 张条件单没有了结，最多 {MOST_STANDING} 张，没有提交；"
            "请先撤掉一些。"
        )
    if account.conditionals.new_today + more > MOST_NEW:
        new = f"账户 {account.account} 本交易日已新增 {account.conditionals.new_today} 张条件单，最多 {MOST_NEW} 张"
        return f"{new}，没有提交；可以修改已有的，或下一交易日再加。"
    return ""


def conflict(row: ConditionalRow, base_version: int, wanted: Conditional) -> str:
    """Return the sentence for a change that was made over another version than the present one."""
    head = f"条件单 {row.conditional} 已是第 {row.version} 版，您修改的是第 {base_version} 版"
    if wanted == row.wanted:
        return f"{head}，内容与现行的相同，无需再改。"
    return f"{head}；现为 {conditional_text(row.wanted)}，您填 {conditional_text(wanted)}。请重新打开后修改。"


def why_stopped(account: AccountState, wanted: Conditional) -> str:
    """Return why what would open may not wait now, empty if it may."""
    name = wanted.release.instrument
    if not wanted.release.is_opening:
        return ""
    if is_killed(account, None, name):
        return f"{short(name)} 已{Term.KILL}，开仓的条件单解除之后才能等待。"
    if worst_level(account, None, name) is Level.RED:
        return f"{short(name)} 在红色风险级别之下，开仓的条件单解除之后才能等待。"
    return ""


def _checked(look: Look, account: AccountState, wanted: Conditional) -> _Times:
    wrong = fault(look, wanted)
    if wrong:
        raise Refused("BAD_CONDITIONAL", wrong)
    stopped = why_stopped(account, wanted)
    if stopped:
        raise Refused("STOPPED", stopped)
    due, end, never = times(look, wanted)
    if never:
        raise Refused("BAD_CONDITIONAL", never)
    return _Times(due, end)


# --- what follows from the state -------------------------------------------------------------------------------


def pause_stopped(turn: Turn, account: AccountState) -> None:
    """Pause what would open under a kill switch or at red; a person lets it go on after the release."""
    for row in account.conditionals.standing():
        why = why_stopped(account, row.wanted) if row.state is ConditionalState.WAITING else ""
        if why:
            say_moved(turn, account, row, ConditionalEvent.PAUSE, why)


def expire(turn: Turn, account: AccountState) -> None:
    """End what waits, or is paused, past its validity."""
    for row in account.conditionals.standing():
        if row.state in EDITABLE and row.ends_at is not None and turn.at >= row.ends_at:
            say_moved(turn, account, row, ConditionalEvent.EXPIRE, "到期")


def of_others(account: AccountState, person: PersonId) -> list[ConditionalRow]:
    """Return what others have waiting, or paused, that would open."""
    return [
        row
        for row in account.conditionals.standing()
        if row.wanted.release.is_opening and row.state in EDITABLE and row.person != person
    ]


def end_of_others(turn: Turn, account: AccountState, person: PersonId) -> int:
    """End what others have waiting that would open, as this person takes the account over; return how many."""
    rows = of_others(account, person)
    for row in rows:
        say_moved(turn, account, row, ConditionalEvent.EXPIRE, f"账户已由 {person_name(account, person)} 接管")
    for row in account.conditionals.standing():
        if row.person != person:  # what closes is the new holder's from now on, also what is triggered and not sent yet
            _say_changed(turn, account, row, row.wanted, row.due, row.ends_at)
    return len(rows)
