"""Say beforehand that orders under way take the lots a request to exercise is to lock, or to net (自对冲).

The future that exercise brings stands against lots of the other side: it locks them, or closes them at once. An order
that closes them, stands against them too, or reverses them leaves as many lots alone. Worst case (SAFETY I6): all that
works fills. Never refused here: whoever asks may mean it, and lots to be netted that a close may take are refused
where the request is judged. Value and limit are lots: those it is to stand against, and those that would be left to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.exercise import Choice
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.book.coming import met_by_exercise
from terminal.engine.book.lock_room import held_by, lockable
from terminal.engine.sentences.exercise import wish_text
from terminal.engine.wording import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.exercise import ExerciseWish
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.state import AccountState

EXERCISE_BARE: Final = "EXERCISE_BARE"


def beside_orders(
    listed: Mapping[InstrumentId, Instrument], account: AccountState, wish: ExerciseWish
) -> tuple[Finding, ...]:
    """Return a warning that a request's future would find fewer lots to stand against than there are; else nothing."""
    known = listed.get(wish.instrument)
    option = None if known is None else known.option
    if option is None or option.cash_settled or wish.choice is not Choice.EXERCISE:
        return ()
    future, flag, side = option.underlying, wish.flag, option.future_side(Side.BUY).opposite
    held = account.book.position(future, flag)
    there, against = (held.long, held.short) if side is Side.BUY else (held.short, held.long)
    free = there - against - sum(met_by_exercise(listed, account, future, flag, side))  # but for the orders
    wanted, left = min(wish.lots, free), lockable(listed, account, future, flag, side)
    if wanted <= left:
        return ()
    works = held_by(listed, account, future, flag, side)
    bare = f"否则全部成交、行权之后 {short(future)} 有 {wanted - left} 手是单边"
    return (
        Finding(
            control="C1c",
            code=EXERCISE_BARE,
            verdict=Verdict.WARN,
            value=str(wanted),
            limit=str(left),
            sentence=f"{wish_text(wish)}：{works}，{bare}。",
        ),
    )
