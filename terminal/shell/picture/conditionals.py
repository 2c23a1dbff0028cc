"""Make the lines of conditional orders (条件单)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.calendar import show
from terminal.domain.orders.conditional import TAG, ConditionalState, parts_of
from terminal.domain.orders.order import OrderState
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.conditional.attached import beside_of
from terminal.engine.conditional.line import ConditionalLine
from terminal.engine.conditional.wording import condition_text, part_text, release_text, validity_text, what_counts
from terminal.engine.wording import CONFIRMATIONS, person_name
from terminal.shell.picture.decided import end_of, order_of

if TYPE_CHECKING:
    from terminal.domain.ids import OrderId
    from terminal.engine.books.conditional import ConditionalRow
    from terminal.engine.state import AccountState, OrderRow
    from terminal.shell.picture.present import Present


def conditional_line(present: Present, account: AccountState, row: ConditionalRow) -> ConditionalLine:
    """Return a conditional order as the screen shows it."""
    until = "" if row.ends_at is None else f"（到 {show(row.ends_at)[:16]}）"
    told = outcome(account, row) if row.person == present.person else ""
    where = f"{account.account} " if told and len(present.state.accounts) > 1 else ""
    grave = row.state is ConditionalState.FAILED or bool(row.confirmations) or _came_short(account, row)
    return ConditionalLine(
        conditional=row.conditional,
        account=account.account,
        instrument=row.wanted.release.instrument,
        wanted=row.wanted,
        version=row.version,
        state=row.state,
        condition=condition_text(row.wanted.condition, row.due),
        release=release_text(row.wanted.release),
        validity=f"{validity_text(row.wanted)}{until}",
        note=_note(account, row),
        source=person_name(account, row.person),
        placed_at=row.placed_at,
        trading_day=row.heard_day,
        told=f"{where}{told}",
        level=Level.ORANGE if grave else Level.NORMAL,
    )


def _attached(account: AccountState, row: ConditionalRow) -> str:
    if not row.attached:
        return ""
    other = beside_of(account, row)
    beside = "" if other is None else f"，与 {other.conditional.rpartition('-')[2]} {Term.ONE_OF_TWO}"
    return f"附在持仓上{beside}"


def _note(account: AccountState, row: ConditionalRow) -> str:
    match row.state:
        case ConditionalState.TRIGGERED:
            return f"{row.seen}；{'等撤净原平仓单' if row.clearing else '等可以报出的时候'}"
        case ConditionalState.RELEASED:
            return "；".join(filter(None, (row.seen, _sent(account, row), row.note)))
        case ConditionalState.FAILED:
            return "；".join(filter(None, (row.note, row.seen)))
        case ConditionalState.WAITING:
            parts = parts_of(row.wanted.condition)
            missed = "、".join(part_text(parts[place], row.due[place]) for place in row.missed)
            gone = f"{missed} 已错过，不再算" if missed else ""
            return "；".join(
                filter(None, (_attached(account, row), gone, row.note or what_counts(row.wanted.condition)))
            )
        case _:
            return row.note


def _sent(account: AccountState, row: ConditionalRow) -> str:
    # What is forgotten is an earlier day's: the journal says what it came to.
    words = [_of_order(name, account.orders.get(name)) for name in row.orders]
    for name in row.confirmations:
        known = account.confirmations.get(name)
        sent = None if known is None else order_of(account, known)
        came_to = "" if sent is None or not sent.ended else f"，{end_of(sent)}"
        words.append(f"复核 {name} {'已结束' if known is None else CONFIRMATIONS[known.state]}{came_to}")
    return "，".join(words)


def _of_order(name: OrderId, known: OrderRow | None) -> str:
    if known is None or not known.ended:
        return f"已报单 {name}{'（状态未知）' if known is not None and known.state is OrderState.UNKNOWN else ''}"
    return f"委托 {name} {end_of(known)}"


def _came_short(account: AccountState, row: ConditionalRow) -> bool:
    mine = [one for one in account.orders.values() if one.cause.tag == f"{TAG}{row.conditional}"]
    return any(one.ended and one.remaining for one in mine)


def outcome(account: AccountState, row: ConditionalRow) -> str:
    """Return what became of a conditional order in one sentence; empty while it waits, and where a person ended it."""
    name = f"条件单 {row.conditional}（{release_text(row.wanted.release)}）"
    match row.state:
        case ConditionalState.RELEASED:
            return f"{name}已触发：{_note(account, row)}"
        case ConditionalState.FAILED:
            return f"{name}已触发，没有报出：{row.note}"
        case ConditionalState.EXPIRED:
            return f"{name}{'触发后' if row.seen else ''}已失效，没有{'报出' if row.seen else '触发'}：{row.note}"
        case _:
            return ""
