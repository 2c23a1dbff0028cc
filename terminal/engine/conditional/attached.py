"""Keep closes that are attached to a position in step with it (止损, 止盈 on a position).

The theory. Attached closes guard lots, and no lot is guarded twice: one alone, or two of which one is enough (二择一),
guard as many lots as the larger of them still may close. All that are attached to one side of a position guard no more
than it holds. So whenever lots leave the position, by whatever trade, those placed last give way first; who guards
nothing any more ends. An order that one has sent cannot give way: it works on, beside those that stand. What is opened
later is nobody's: it was not there when they were placed.

What one of two closed, the other does not close again: every fill of an order the one let go takes as many lots off the
other. Where the other is triggered while the one still works, that order is taken back first, whatever was chosen for
the case that lots are short: it is the same close at another price. What the one has waiting for a second person is
void then, and also when the lots it was to close are gone.

One of two that is over, with nothing of it at the exchange or before a second person, leaves its place: another one may
be put beside the one that stands, and they are two of which one is enough. An order of it that was given up and comes
after all closes the lots of both.

Each step is a fact, stated in the turn of the fill that led to it: a restart finds all of them as they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.fact.facts import ConditionalShrunk
from terminal.domain.ids import ConditionalId
from terminal.domain.orders.conditional import TAG, CloseLots, ConditionalEvent
from terminal.domain.orders.order import Side
from terminal.domain.words.terms import Term
from terminal.domain.words.typed_text import shown
from terminal.engine.conditional.tell import say_moved
from terminal.engine.confirmations import approval
from terminal.engine.confirmations.voiding import revoke
from terminal.engine.folds.conditional import EDITABLE
from terminal.engine.wording import FLAGS, LONG_SHORT, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.ids import ConfirmationId, InstrumentId
    from terminal.domain.orders.conditional import Conditional, Release
    from terminal.domain.orders.order import HedgeFlag, OrderTerms
    from terminal.engine.books.conditional import ConditionalRow
    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState, OrderRow
    from terminal.engine.turn import Turn

GONE = "持仓已平"


Guard = tuple["ConditionalRow", ...]  # alone, or one of two


class Guarded(NamedTuple):
    """Name one side of a position; `side` is the position's: BUY is long."""

    instrument: InstrumentId
    flag: HedgeFlag
    side: Side


def guarded_by(release: Release) -> Guarded:
    """Return whose lots a close takes."""
    return Guarded(release.instrument, release.hedge_flag, release.side.opposite)


def held(account: AccountState, what: Guarded) -> int:
    """Return the lots of one side of a position."""
    position = account.book.position(what.instrument, what.flag)
    return position.long if what.side is Side.BUY else position.short


def all_guards(account: AccountState) -> dict[Guarded, list[Guard]]:
    """Return what is attached to each side of a position and may still close lots of it, in the order it was placed."""
    found: dict[Guarded, dict[ConditionalId, list[ConditionalRow]]] = {}
    for row in account.conditionals.rows.values():
        if row.attached and _may_close(account, row):
            first = row.conditional if row.other is None else min(row.conditional, row.other)
            found.setdefault(guarded_by(row.wanted.release), {}).setdefault(first, []).append(row)
    return {what: [tuple(rows) for rows in groups.values()] for what, groups in found.items()}


def guards(account: AccountState, what: Guarded) -> list[Guard]:
    """Return what is attached to one side of a position and may still close lots of it."""
    return all_guards(account).get(what, [])


def lots_of(account: AccountState, rows: Sequence[ConditionalRow]) -> int:
    """Return how many lots one guard, of one or two, may still close."""
    return max((_may_close(account, row) for row in rows), default=0)


def unguarded(account: AccountState, what: Guarded) -> int:
    """Return the lots of one side of a position that nothing is attached to."""
    return max(held(account, what) - sum(lots_of(account, rows) for rows in guards(account, what)), 0)


def _may_close(account: AccountState, row: ConditionalRow) -> int:
    if row.stands:
        return row.wanted.release.lots
    return sum(one.remaining for one in working_of(account, row)) + _parked(account, row)


def working_of(account: AccountState, row: ConditionalRow) -> list[OrderRow]:
    """Return the working orders that one let go."""
    return [one for one in account.live.values() if one.cause.tag == f"{TAG}{row.conditional}"]


def partner(account: AccountState, row: ConditionalRow) -> ConditionalRow | None:
    """Return the other one of two; `None` where there is none, or it is forgotten."""
    return None if row.other is None else account.conditionals.rows.get(row.other)


def beside_of(account: AccountState, row: ConditionalRow) -> ConditionalRow | None:
    """Return the other one of two while it may still close lots."""
    other = partner(account, row)
    return other if other is not None and _may_close(account, other) else None


def fellows(account: AccountState, row: ConditionalRow) -> list[ConditionalRow]:
    """Return all that one is enough with: the other one, and those that had the place of either, or have it now."""
    rows, names = account.conditionals.rows, [row.conditional]
    for name in names:  # it grows
        linked = (one for one in rows.values() if one.other == name or one.conditional == rows[name].other)
        names += [one.conditional for one in linked if one.conditional not in names]
    return [rows[name] for name in names[1:]]


def _parked(account: AccountState, row: ConditionalRow) -> int:
    terms = [approval.stored_of(account.pending[name]).terms for name in _waiting_of(account, row)]
    return sum(one.lots for one in terms if one is not None)


def _waiting_of(account: AccountState, row: ConditionalRow) -> list[ConfirmationId]:
    # By the mark of its orders: its maker may have changed it since, and then it waits under another number.
    pending, mark = account.pending.items(), f"{TAG}{row.conditional}"
    return [name for name, one in pending if approval.stored_of(one).cause.tag == mark]


def mark_kept(parked: ConfirmationRow, terms: OrderTerms) -> str:
    """Return the mark of the close of a position that these terms stand in the place of; empty where they do not."""
    stored = approval.stored_of(parked)
    old, tag = stored.terms, stored.cause.tag
    if old is None or not tag.startswith(TAG) or old.is_opening or terms.is_opening:
        return ""
    same = (old.instrument, old.side, old.hedge_flag) == (terms.instrument, terms.side, terms.hedge_flag)
    return tag if same else ""


# --- what a fill leads to ----------------------------------------------------------------------------------------


def follow_fill(turn: Turn, account: AccountState, order: OrderRow, lots: int) -> None:
    """Take a fill off the other one of two, then what left a position off whatever is attached to it."""
    if order.terms.is_opening:
        return
    if order.cause.tag.startswith(TAG):
        row = account.conditionals.rows.get(ConditionalId(order.cause.tag.removeprefix(TAG)))
        for other in [] if row is None else fellows(account, row):
            if row is not None and other.stands:
                left, why = other.wanted.release.lots - lots, f"二择一的 {row.conditional} 已成交 {lots:,} 手"
                _cut(turn, account, other, left, why)
    follow(turn, account, order.terms.instrument)


def follow(turn: Turn, account: AccountState, instrument: InstrumentId) -> None:
    """Have nothing guard lots of a contract that are not held any more: what was placed last gives way first."""
    rows = account.conditionals.rows.values()
    of_it = (guarded_by(row.wanted.release) for row in rows if row.attached)
    for what in {one: None for one in of_it if one.instrument == instrument}:
        there = left = held(account, what)
        for group in guards(account, what):
            keeps = min(lots_of(account, group), left)
            left -= keeps
            for row in group:
                if _may_close(account, row) > keeps:
                    _cut(turn, account, row, keeps, f"持仓减到 {there:,} 手" if there else GONE)


def _cut(turn: Turn, account: AccountState, row: ConditionalRow, lots: int, why: str) -> None:
    if not row.stands:
        void_parked(turn, account, row, why)
        return
    if lots <= 0:
        say_moved(turn, account, row, ConditionalEvent.EXPIRE, why)
        return
    turn.say(
        ConditionalShrunk(
            account=account.account, conditional=row.conditional, version=row.version + 1, lots=lots, reason=why
        )
    )


def void_parked(turn: Turn, account: AccountState, row: ConditionalRow, why: str) -> None:
    """Void what one let go that still waits for a second person."""
    for name in _waiting_of(account, row):
        revoke(turn, account, name, why)


# --- what may be attached ----------------------------------------------------------------------------------------


def guard_fault(account: AccountState, exits: Sequence[Conditional], beside: ConditionalId | None = None) -> str:
    """Return why these cannot be attached to a position now, `beside` another one or not; empty if they can."""
    releases = [one.release for one in exits]
    if not 1 <= len(exits) <= 2:
        return f"止损、止盈每次一张或两张（二择一），这里有 {len(exits)} 张；请改正。"
    first = releases[0]
    if not all(isinstance(one, CloseLots) for one in releases):
        return "止损、止盈只能平仓，不能开仓；请改正。"
    if any((guarded_by(one), one.lots) != (guarded_by(first), first.lots) for one in releases):
        return "二择一的两张要平同一边持仓的同样手数；请改正。"
    if len(exits) > 1 and exits[0].condition == exits[1].condition:
        return "止损与止盈的条件相同；请改正。"
    if beside is not None:
        return _beside_fault(account, exits, beside)
    return _too_many(account, guarded_by(first), first.lots, unguarded(account, guarded_by(first)))


def stands_alone(account: AccountState, row: ConditionalRow) -> bool:
    """Return whether another exit may be put beside an attached one."""
    return row.attached and row.state in EDITABLE and beside_of(account, row) is None


def _beside_fault(account: AccountState, exits: Sequence[Conditional], beside: ConditionalId) -> str:
    row = account.conditionals.rows.get(beside)
    if row is None or not stands_alone(account, row):
        return f"条件单 {shown(beside)} 不是单独附在持仓上等着的，不能再附一张与它{Term.ONE_OF_TWO}；请刷新列表。"
    if len(exits) != 1:
        return f"{Term.ONE_OF_TWO}只有两张：{beside} 旁边只能再附一张；请只填一个价。"
    there, new = row.wanted, exits[0]
    if (guarded_by(new.release), new.release.lots) != (guarded_by(there.release), there.release.lots):
        what = f"{_position(guarded_by(there.release))} {there.release.lots:,} 手"
        return f"与 {beside} {Term.ONE_OF_TWO}的要平同一边持仓的同样手数（{what}）；请改正。"
    return "止损与止盈的条件相同；请改正。" if new.condition == there.condition else ""


def edit_fault(account: AccountState, row: ConditionalRow, wanted: Conditional) -> str:
    """Return why an attached close cannot become this; empty if it can, or is not attached."""
    if not row.attached:
        return ""
    what = guarded_by(row.wanted.release)
    if not isinstance(wanted.release, CloseLots) or guarded_by(wanted.release) != what:
        return f"条件单 {row.conditional} 附在{_position(what)}上，只能平它；请改正，或撤掉后另下。"
    of_own = next((lots_of(account, rows) for rows in guards(account, what) if row in rows), 0)
    return _too_many(account, what, wanted.release.lots, unguarded(account, what) + of_own)


def _too_many(account: AccountState, what: Guarded, lots: int, free: int) -> str:
    if lots <= free:
        return ""
    there = held(account, what)
    rest = f"，其中 {there - free:,} 手已有别的止损止盈" if there > free else ""
    return f"{_position(what)}持有 {there:,} 手{rest}，不能再附 {lots:,} 手；请减少手数。"


def _position(what: Guarded) -> str:
    return f"{short(what.instrument)} {LONG_SHORT[what.side]}头{FLAGS[what.flag]}"
