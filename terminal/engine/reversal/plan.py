"""Work out what a reversal (反手) would send, and what the gate says of it, before anything is sent.

The close is judged as it stands. The opening is judged over books in which the close has filled at its own price: that
is the account it will meet. It is judged once more when it goes out, over the account it really meets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terminal.domain.orders.close_plan import PlannedOrder, Take, close_orders, lock_orders
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Verdict
from terminal.domain.words.settings import FLAGS
from terminal.engine.book.lock_room import exercise_words, named, opens_of
from terminal.engine.look import Look
from terminal.engine.orders.gate import Parent, judge, verdict_of, waiting_reversals
from terminal.engine.orders.imagined import imagined
from terminal.engine.orders.whole_value import too_much
from terminal.engine.reversal.wording import reversal_title
from terminal.engine.wording import LONG_SHORT, short
from terminal.risk.duplicate import reversal_waits

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.domain.ids import OrderId
    from terminal.domain.orders.order import Cause, OrderTerms
    from terminal.domain.orders.reversal import Reversal
    from terminal.domain.words.risk import Finding
    from terminal.engine.state import AccountState

Barred = tuple[str, str]  # code and sentence


class Foreseen(NamedTuple):
    """Hold the orders of a reversal, what the gate finds of all of them, and why it cannot be; `None` if it can.

    `after` looks at the account with the close filled; `second` says why a second person has to see the whole.
    """

    closes: tuple[PlannedOrder, ...] = ()
    opens: tuple[PlannedOrder, ...] = ()
    findings: tuple[Finding, ...] = ()
    after: Look | None = None
    barred: Barred | None = None
    second: str = ""

    @property
    def terms(self) -> list[OrderTerms]:
        """Return the terms of all orders, the closes first."""
        return [one.terms for one in (*self.closes, *self.opens)]


def foresee(look: Look, account: AccountState, wanted: Reversal, cause: Cause, *, approved: bool = False) -> Foreseen:
    """Return what a reversal of all its lots would be now."""
    wish, instrument = wanted.terms, look.state.tenant.instruments.get(wanted.terms.instrument)
    if instrument is None or wish.account != account.account or wish.lots < 1:
        return Foreseen(barred=("BAD_TERMS", "合约、账户或手数不对，没有执行；请改正后重新下达。"))
    locked = against(look, account, wish)
    if locked:
        return Foreseen(barred=("LOCKED", f"{locked[0]}，两边都有是锁仓，不能反手；请{locked[1]}。"))
    found = foresee_rest(look, account, wanted, cause, close=wish.lots, opens=wish.lots, approved=approved)
    return found if approved or found.barred else _asked_twice(account, wanted, cause, found)


def against(
    look: Look, account: AccountState, wish: OrderTerms, *, opened: int = 0, own: Collection[OrderId] = ()
) -> tuple[str, str] | None:
    """Return what is held or may still be opened on the side a reversal opens, and what to do about it first.

    `opened` lots of the side, and the orders of `own`, are the reversal's. `None` where there is nothing else: what a
    reversal opened besides would double the position.
    """
    held = account.book.position(wish.instrument, wish.hedge_flag)
    other = (held.long if wish.side is Side.BUY else held.short) - opened
    works = opens_of(account, wish.instrument, wish.hedge_flag, wish.side, but=own)
    side = LONG_SHORT[wish.side]
    words = [f"已有{side}头 {other} 手"] if other > 0 else []
    words += [f"{named(f'开{side}', works)}还在委托"] if works else []
    instruments = look.state.tenant.instruments
    comes = exercise_words(instruments, account, wish.instrument, wish.hedge_flag, wish.side.opposite)
    words += [comes] if comes else []
    if not words:
        return None
    first = (("撤单", works), ("撤销行权申请或申请放弃", comes), ("解锁", other > 0))
    advice = "、".join(what for what, needed in first if needed)
    return f"{short(wish.instrument)} {FLAGS[wish.hedge_flag]}{'，'.join(words)}", f"先{advice}"


def _asked_twice(account: AccountState, wanted: Reversal, cause: Cause, found: Foreseen) -> Foreseen:
    # Approving each would close and open each: the same question as of an order like one that waits.
    waiting = waiting_reversals(account, wanted)
    if not waiting:
        return found
    twice = reversal_waits(reversal_title(wanted.terms), cause.person, waiting)
    return found._replace(findings=(*found.findings, twice), second=f"{found.second}{twice.sentence}")


def foresee_rest(
    look: Look, account: AccountState, wanted: Reversal, cause: Cause, *, close: int, opens: int, approved: bool = False
) -> Foreseen:
    """Return what closing so many lots and opening so many afterwards would be now; `close` may be none."""
    instrument = look.instrument(wanted.terms.instrument)
    closes: tuple[PlannedOrder, ...] = ()
    if close:
        wish = msgspec.structs.replace(wanted.terms, offset=Offset.CLOSE, lots=close)
        plan = close_orders(account.book, instrument, wish, take=Take(wanted.take))
        if plan.missing:
            there = f"{short(instrument.id)} 可平 {plan.lots} 手，不能反手 {close} 手"
            return Foreseen(barred=("NOT_CLOSABLE", f"{there}；请减少手数，或先撤平仓单。"))
        closes = plan.orders
    after = imagined(look, account, closes)
    opened = opening_orders(after, after.state.accounts[account.account], wanted, opens)
    found: dict[Finding, None] = {}
    for place, one in enumerate(closes):
        found.update(dict.fromkeys(judge_close(look, one.terms, cause, approved=approved, fellows=place)))
    for place, one in enumerate(opened):
        found.update(dict.fromkeys(judge_open(after, one.terms, cause, opens, approved=approved, fellows=place)))
    findings = tuple(found)
    barred, second = None, ""
    if verdict_of(findings) > Verdict.CONFIRM2:
        worst = max(findings, key=lambda finding: finding.verdict)
        barred = (worst.code, worst.sentence)
    elif not approved:
        asks = [one.sentence for one in findings if one.verdict is Verdict.CONFIRM2]
        whole = too_much(look, account, [one.terms for one in (*closes, *opened)])
        second = "".join(asks) or (whole and f"反手的平仓与开仓{whole}。")
    return Foreseen(closes, opened, findings, after, barred, second)


def opening_orders(look: Look, account: AccountState, wanted: Reversal, lots: int) -> tuple[PlannedOrder, ...]:
    """Return the orders that open so many lots the way the close goes, each no larger than the exchange takes."""
    wish = msgspec.structs.replace(wanted.terms, lots=lots)
    return lock_orders(account.book, look.instrument(wish.instrument), wish)


def judge_close(
    look: Look, terms: OrderTerms, cause: Cause, *, approved: bool, fellows: int = 0
) -> tuple[Finding, ...]:
    """Return what the gate finds of one closing order; each comes by itself."""
    parent = Parent(terms.lots, look.instrument(terms.instrument).value(terms.price, terms.lots))
    return judge(look, terms, cause, parent=parent, approved=approved, fellows=fellows)


def judge_open(
    look: Look, terms: OrderTerms, cause: Cause, whole: int, *, approved: bool, fellows: int = 0
) -> tuple[Finding, ...]:
    """Return what the gate finds of one opening order; its size is that of all `whole` lots it belongs to."""
    parent = Parent(whole, look.instrument(terms.instrument).value(terms.price, whole))
    return judge(look, terms, cause, parent=parent, approved=approved, fellows=fellows)
