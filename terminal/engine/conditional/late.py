"""Say which times a conditional order waited for have gone by unused, and end it or tell of it (条件单).

The theory. A hedger who asks for 14:55 asks for the market of 14:55. Where the runner was down then, the link cut, the
order paused or the market silent, the same order later is another trade, at a price nobody looked at: so a time that
went by more than `GRACE_NS` ago lets nothing go any more. The order ends with an alert; where another part of an OR may
still hold, it goes on waiting for that one, and an alert says what it no longer waits for.

An opening is no clock time but what happens: a quiet contract may be quoted first long after it, and an exchange may
open late. So it has gone by only where nobody watched over it for the grace: the order was paused, or the books were
proven later than that. Where somebody did, a fact says so, and no reconnect after it takes the opening away.

Beside a price, a spread, a basis or the break-even in an AND, a time is a gate: from then on the others may hold. What
lets it go is a quote of that moment, so nothing about it is late. Where all parts of an AND are times, the last counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import SECOND_NS, show
from terminal.domain.fact.conditional import ConditionalMissed, ConditionalWatched
from terminal.domain.orders.conditional import (
    AllOf,
    ConditionalEvent,
    ConditionalState,
    MarketOpens,
    TimeReached,
    parts_of,
)
from terminal.engine.conditional.tell import say_alert, say_moved
from terminal.engine.conditional.wording import part_text, release_text
from terminal.engine.folds.conditional import EDITABLE

if TYPE_CHECKING:
    from terminal.domain.orders.conditional import Condition
    from terminal.engine.books.conditional import ConditionalRow
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

GRACE_NS: Final = 60 * SECOND_NS  # as old as a quote may be that decides something
QUIET_NS: Final = 5 * SECOND_NS  # a contract that is not quoted so long after its opening is a quiet one
MISSED: Final = "CONDITIONAL_MISSED"  # the alert that a time went by unused


def late_parts(account: AccountState, row: ConditionalRow, now: int) -> frozenset[int]:
    """Return the places of the parts that can let nothing go any more, because their time went by unused."""
    parts = parts_of(row.wanted.condition)
    late = {
        place for place in moments(row.wanted.condition, row.due) if _is_late(account, row, parts[place], place, now)
    }
    return frozenset(late | set(row.missed))


def moments(condition: Condition, due: tuple[int, ...]) -> list[int]:
    """Return the places of the parts whose coming is what lets the order go; any other time is a gate."""
    parts = parts_of(condition)
    timed = [place for place, part in enumerate(parts) if isinstance(part, TimeReached | MarketOpens)]
    if not isinstance(condition, AllOf):
        return timed
    return [max(timed, key=lambda place: due[place])] if len(timed) == len(parts) else []


def _is_late(account: AccountState, row: ConditionalRow, part: object, place: int, now: int) -> bool:
    until = row.due[place] + GRACE_NS
    if now <= until:
        return False
    if isinstance(part, TimeReached):
        return True
    if place in row.watched:
        return False
    return row.state is ConditionalState.PAUSED or account.barrier.since > until


def note_watched(turn: Turn, account: AccountState) -> None:
    """State that an opening came while the runner was watching: a quiet contract is quoted first long after it."""
    if not account.linked or not (account.barrier.passed or account.barrier.queries):
        return
    for row in account.conditionals.standing():
        if row.state is not ConditionalState.WAITING:
            continue
        parts = parts_of(row.wanted.condition)
        new = tuple(
            place
            for place, part in enumerate(parts)
            if isinstance(part, MarketOpens)
            and place not in row.watched
            and row.due[place] + QUIET_NS <= turn.at <= row.due[place] + GRACE_NS
        )
        if new:
            turn.say(ConditionalWatched(account=account.account, conditional=row.conditional, parts=new))


def tell_late(turn: Turn, account: AccountState) -> None:
    """End what waits, or is paused, for nothing but times that went by unused; tell of those that wait on."""
    for row in account.conditionals.standing():
        if row.state not in EDITABLE:
            continue
        late = late_parts(account, row, turn.at)
        new = sorted(late - set(row.missed))
        if not new:
            continue
        parts = parts_of(row.wanted.condition)
        what = "、".join(part_text(parts[place], row.due[place]) for place in new)
        name = f"条件单 {row.conditional}（{release_text(row.wanted.release)}）"
        unwatched = _why_late(row, turn.at)
        if isinstance(row.wanted.condition, AllOf) or len(late) == len(parts):
            why = f"{what} 过了 {GRACE_NS // SECOND_NS} 秒还没有触发，不再补报"
            say_moved(turn, account, row, ConditionalEvent.EXPIRE, why)
            say_alert(turn, account, row, MISSED, f"{name}{unwatched}：{why}；已失效，请看清现状，需要时人工下单。")
            continue
        turn.say(ConditionalMissed(account=account.account, conditional=row.conditional, parts=tuple(new)))
        told = f"{what} 过了 {GRACE_NS // SECOND_NS} 秒还没有触发，不再算"
        say_alert(turn, account, row, MISSED, f"{name}{unwatched}：{told}；其余条件照样等，需要时人工下单。")


def _why_late(row: ConditionalRow, now: int) -> str:
    seen = show(now)[11:19]
    if row.state is ConditionalState.PAUSED:
        return f"到时正在暂停（{seen} 查明）"
    return f"到时运行器没有运行、断线、行情中断或不能报单（{seen} 查明）"
