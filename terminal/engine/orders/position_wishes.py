"""Carry out a wish about a position: close so many lots (平仓), lock them (锁仓), or unlock both sides (解锁).

The planner splits it into orders; each goes through the gate as an order of its own. All are judged before the first
is recorded, so that a wish the gate refuses in part sends nothing. What one order changes may still stop a later one:
then the answer says how many went out. What a second person has to see, in one order or in all of them together, is
refused whole: half of a wish that waits would leave a position open that nobody wished for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain import commands as c
from terminal.domain.books.holding import decimal_text
from terminal.domain.orders.close_plan import Take, close_orders, lock_orders, unlock_orders
from terminal.domain.orders.order import Cause, Offset, Origin, Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.settings import FLAGS
from terminal.engine.book.lock_room import UNLOCK, held_by, lockable, unlockable, unlocked_by
from terminal.engine.book.scopes import is_killed, worst_level
from terminal.engine.orders.gate import Parent, judge, verdict_of
from terminal.engine.orders.intents import tell_unasked
from terminal.engine.orders.whole_value import confirm_line, too_much, whole_value
from terminal.engine.refused import Refused
from terminal.engine.wording import short
from terminal.risk.order_size import LARGE_UNASKED, is_emergency

if TYPE_CHECKING:
    from terminal.domain.ids import PersonId
    from terminal.domain.orders.close_plan import PlannedOrder
    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

TOLD_LATER: Final = "，报出后告警给复核人。"
PositionWish = c.ClosePosition | c.LockPosition | c.UnlockPosition
Submit = Callable[["OrderTerms", int], tuple[str, str]]  # with the number of pieces that have gone out before it


def carry_out(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: PositionWish, submit: Submit
) -> tuple[str, str]:
    """Plan the orders, judge all, send each; a wish that cannot be met whole is refused whole.

    One that a second person would have seen at calmer times is told of afterwards, however it was split.
    """
    orders = [one.terms for one in planned(look, account, body)]
    for terms in orders:
        _judge(look, command, terms, body.reason)
    said: list[str] = []
    for terms in orders:
        try:
            code, sentence = submit(terms, len(said))
        except Refused as no:
            if not said:
                raise
            code, sentence = no.code, no.sentence
        if code != "OK":
            return "PARTIAL", f"{len(orders)} 笔委托只报出 {len(said)} 笔（{'；'.join(said)}），其余未报：{sentence}"
        said.append(sentence)
        if len(said) == 1:
            _tell_whole(turn, look, account, command.person, orders)
    return "OK", "；".join(said)


def tag_of(body: PositionWish) -> str:
    """Return the tag of the causes of a wish's orders: later unlocks leave to one of one side what it has to take."""
    return UNLOCK if isinstance(body, c.UnlockPosition) and body.other_price is None else ""


def planned(look: Look, account: AccountState, body: PositionWish) -> tuple[PlannedOrder, ...]:
    """Return the orders a wish becomes, each with its fee; one that cannot be met whole is `Refused`."""
    orders = _split(look, account, body)
    level, killed = worst_level(account, None, body.terms.instrument), is_killed(account, None, body.terms.instrument)
    if isinstance(body, c.LockPosition) or not is_emergency(level, killed=killed):
        _see_whole(look, account, [one.terms for one in orders])
    return orders


def _split(look: Look, account: AccountState, body: PositionWish) -> tuple[PlannedOrder, ...]:
    wish, book = body.terms, account.book
    instrument = look.state.tenant.instruments.get(wish.instrument)
    if instrument is None or wish.account != body.account or wish.lots < 1:
        raise Refused("BAD_TERMS", "合约、账户或手数不对，没有执行；请改正后重新下达。")
    closing = msgspec.structs.replace(wish, offset=Offset.CLOSE)
    match body:
        case c.ClosePosition():
            take = Take(body.take)
            plan = close_orders(book, instrument, closing, take=take)
            if plan.missing:
                other = "、".join(f"{FLAGS[flag]} {lots} 手" for flag, lots in plan.elsewhere)
                hint = f"另有{other}，投保标志不同，不能一起平；请" if other else ""
                raise _too_few(instrument, plan.lots, wish.lots, "可平", hint)
            return plan.orders
        case c.LockPosition():
            side = wish.side.opposite
            listed = look.state.tenant.instruments
            free = lockable(listed, account, instrument.id, wish.hedge_flag, side)
            if free < wish.lots:
                works = held_by(listed, account, instrument.id, wish.hedge_flag, side)
                raise _too_few(instrument, free, wish.lots, "未锁的", works and f"{works}，或")
            return lock_orders(book, instrument, closing)
        case c.UnlockPosition():
            if body.other_price is None:
                return _unlock_one(account, instrument, closing)
            sell, buy = (wish.price, body.other_price) if wish.side is Side.SELL else (body.other_price, wish.price)
            if buy >= sell:
                raise Refused("SELF_MATCH", f"买价 {buy} 不低于卖价 {sell}，两边会自成交；请改价，或分两次平。")
            plans = unlock_orders(book, instrument, closing, other_price=body.other_price)
            if plans[0].missing:
                raise _too_few(instrument, plans[0].lots, wish.lots, "两边都可平的")
            _see_locked(account, instrument, wish)
            return tuple(one for plan in plans for one in plan.orders)


def _unlock_one(account: AccountState, instrument: Instrument, closing: OrderTerms) -> tuple[PlannedOrder, ...]:
    _see_locked(account, instrument, closing)
    return close_orders(account.book, instrument, closing, take=Take.CHEAPEST).orders


def _see_locked(account: AccountState, instrument: Instrument, wish: OrderTerms) -> None:
    left = unlockable(account, instrument.id, wish.hedge_flag)
    if wish.lots <= left:
        return
    held = account.book.position(instrument.id, wish.hedge_flag)
    works = unlocked_by(account, instrument.id, wish.hedge_flag) if left < min(held.long, held.short) else ""
    hint = f"{works}，或" if works else "要平没有锁着的，请用平仓，或" if left else ""
    raise _too_few(instrument, left, wish.lots, "锁着的", hint)


def _see_whole(look: Look, account: AccountState, orders: list[OrderTerms]) -> None:
    over = too_much(look, account, orders)
    if over:
        raise needs_second(f"{over}。")


def _tell_whole(turn: Turn, look: Look, account: AccountState, person: PersonId, orders: list[OrderTerms]) -> None:
    whole = unasked_whole(look, account, orders)
    if whole is not None:
        tell_unasked(turn, orders[0], person, f"{whole.sentence.removesuffix(TOLD_LATER)}。")


def unasked_whole(look: Look, account: AccountState, orders: Sequence[OrderTerms]) -> Finding | None:
    """Return that orders of which none is over the line by itself are over it together, as the gate says it of one.

    Of `planned` orders only what nobody waits for can be: the other is refused whole.
    """
    over = too_much(look, account, orders)
    if not over or any(too_much(look, account, [one]) for one in orders):
        return None
    return Finding(
        control="C2",
        code=LARGE_UNASKED,
        verdict=Verdict.WARN,
        value=decimal_text(whole_value(look, orders)),
        limit=decimal_text(confirm_line(account)),
        sentence=f"共 {len(orders)} 笔委托：{over}；红色或一键停止之下减仓不等复核{TOLD_LATER}",
    )


def needs_second(why: str) -> Refused:
    """Return that a wish cannot wait for a second person."""
    return Refused("NEEDS_SECOND", f"{why}平仓、锁仓、解锁的指令不能等第二人复核，没有执行；请逐笔下单，各自复核。")


def _judge(look: Look, command: c.Command, terms: OrderTerms, reason: str) -> None:
    cause = Cause(origin=Origin.MANUAL, person=command.person, device=command.device, reason=reason)
    value = look.instrument(terms.instrument).value(terms.price, terms.lots)
    findings = judge(look, terms, cause, parent=Parent(terms.lots, value), approved=False)
    if verdict_of(findings) > Verdict.CONFIRM2:
        worst = max(findings, key=lambda finding: finding.verdict)
        raise Refused(worst.code, worst.sentence)
    if verdict_of(findings) is Verdict.CONFIRM2:
        raise needs_second("".join(one.sentence for one in findings if one.verdict is Verdict.CONFIRM2))


def _too_few(instrument: Instrument, there: int, wanted: int, what: str, hint: str = "") -> Refused:
    hint = hint or "请"
    return Refused("NOT_CLOSABLE", f"{short(instrument.id)} {what} {there} 手，不能做 {wanted} 手；{hint}减少手数。")
