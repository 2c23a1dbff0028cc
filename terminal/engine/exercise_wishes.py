"""Carry out what people ask about an option's end: exercise it, abandon it, take the request back.

A request is written down before it is sent and sent once. It is judged as the order that opened the future would be:
under a kill switch or at red nobody exercises, the lots that come stay inside limits, and the money has to be there.
Abandoning and taking back open nothing and are not held up. Near a limit, where an order would wait for a second
person, a request is refused: its hour waits for nobody. One that is merely large goes out, and the checkers are told of
it at once: until the hour they can take it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain import commands as c
from terminal.domain.exercise import Choice, fault
from terminal.domain.exercise_facts import ExerciseRequested, ExerciseWithdrawalSent
from terminal.domain.facts import AlertRaised
from terminal.domain.fees import fees_of
from terminal.domain.ids import WireKey
from terminal.domain.order import Cause, Offset, OrderTerms, Origin, Side
from terminal.domain.risk_words import Level, Verdict
from terminal.domain.terms import Term
from terminal.domain.typed_text import shown
from terminal.engine.approval import Refused
from terminal.engine.exercise_after import After, Exercised, foresee
from terminal.engine.exercise_coming import opened_by
from terminal.engine.exercise_wording import STATES, wish_text
from terminal.engine.gate import Parent, gather
from terminal.engine.ports import WireExercise, WireWithdrawal
from terminal.engine.scopes import is_killed, worst_level
from terminal.engine.turn import RUNNER
from terminal.engine.wording import short, yuan
from terminal.risk.hedge_bound import hedge_bound
from terminal.risk.position_limit import position_limit
from terminal.risk.unset import DEFAULTS

if TYPE_CHECKING:
    from terminal.domain.exercise import ExerciseWish
    from terminal.domain.ids import ExerciseId
    from terminal.domain.instrument import Instrument
    from terminal.domain.risk_words import Finding
    from terminal.engine.exercise_book import ExerciseRow
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

UNASKED: Final = "EXERCISE_UNASKED"
ExerciseCommand = c.RequestExercise | c.WithdrawExercise


def carry_out(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: ExerciseCommand
) -> tuple[str, str]:
    """Carry out a wish; whoever calls has looked at the person's right to it."""
    match body:
        case c.RequestExercise():
            return _ask(turn, look, account, command, body.wish)
        case c.WithdrawExercise():
            return _withdraw(turn, account, command, body.request)
        case _:
            assert_never(body)


def _ask(turn: Turn, look: Look, account: AccountState, command: c.Command, wish: ExerciseWish) -> tuple[str, str]:
    why = why_not(look, account, wish)
    if why:
        raise Refused("CANNOT_EXERCISE", why)
    large = too_large(look, account, wish)  # before it stands and counts among the others
    name = account.exercises.next_name(account.account)
    number = name.rpartition("-")[2]
    key = WireKey(f"{account.investor}/{account.trading_day}/{account.barrier.session}/{number}")
    turn.say(
        ExerciseRequested(
            account=account.account,
            request=name,
            wire_key=key,
            wish=wish,
            trading_day=account.trading_day,
            person=command.person,
            device=command.device,
        )
    )
    turn.do(WireExercise(account=account.account, wire_key=key, wish=wish))
    if large:
        turn.say(
            AlertRaised(
                account=account.account,
                level=Level.ORANGE,
                code=UNASKED,
                instrument=wish.instrument,
                sentence=f"没有等复核的行权申请 {name}（{wish_text(wish)}）：{large}；不同意请在截止前撤销。",
                person=command.person,
            )
        )
    return "OK", f"已提交申请 {name}：{wish_text(wish)}"


def _withdraw(turn: Turn, account: AccountState, command: c.Command, request: ExerciseId) -> tuple[str, str]:
    row = account.exercises.rows.get(request)
    if row is None:
        raise Refused("NO_REQUEST", f"没有编号为 {shown(request)} 的申请，请刷新列表。")
    why = bar_to_withdrawing(account, row)
    if why:
        raise Refused("CANNOT_WITHDRAW", why)
    turn.say(ExerciseWithdrawalSent(account=account.account, request=request, person=command.person))
    turn.do(WireWithdrawal(account=account.account, wire_key=row.wire_key))
    return "OK", f"已提交撤销 {request}，以交易所回报为准"


def too_large(look: Look, account: AccountState, wish: ExerciseWish) -> str:
    """Return that the futures a request opens are worth more than one person may open by an order, else nothing.

    A request cannot wait for a second person, so a checker is told of it and can take it back before the hour.
    """
    instrument, limits = look.instrument(wish.instrument), account.limits or DEFAULTS
    option = instrument.option
    if wish.choice is Choice.ABANDON or option is None or option.cash_settled:
        return ""
    opened = opened_by(look.state.tenant.instruments, account, wish)
    value, line = instrument.value(option.strike, opened), limits.confirm_value_yuan
    return f"合约价值 {yuan(value)} 超过复核线 {yuan(line)}" if value > line else ""


def bar_to_withdrawing(account: AccountState, row: ExerciseRow) -> str:
    """Return why a request cannot be taken back now, empty if it can; the hour is the exchange's to judge."""
    if not row.stands:
        return f"申请 {row.request} {STATES[row.state]}，不能再撤销。"
    if not account.linked:
        return "与交易所的连接断开，撤销没有提交；请在重连后再撤。"
    if row.withdrawing:
        return f"申请 {row.request} 的撤销已在途，请等交易所回报。"
    return ""


def why_not(look: Look, account: AccountState, wish: ExerciseWish) -> str:
    """Return why a request may not be made now, as a sentence that says what to do; empty if it may."""
    instrument = look.state.tenant.instruments.get(wish.instrument)
    if instrument is None:
        return f"没有合约 {shown(wish.instrument)} 的规格，不能申请；请核对代码。"
    free = free_lots(account, wish)
    wrong = fault(instrument, wish, trading_day=account.trading_day, at=look.now, free=free)
    if wrong:
        return wrong
    if not account.linked or not account.barrier.passed:
        return "与交易所没有对账一致，申请没有提交；一致后再申请。"
    return _why_not_exercise(look, account, instrument, wish) if wish.choice is Choice.EXERCISE else ""


def free_lots(account: AccountState, wish: ExerciseWish) -> int:
    """Return the long lots that no working close and no other request speaks of."""
    held = account.book.position(wish.instrument, wish.flag)
    return held.long_closable - account.exercises.lots(wish.instrument, wish.flag)


def _why_not_exercise(look: Look, account: AccountState, instrument: Instrument, wish: ExerciseWish) -> str:
    option, name = instrument.option, short(instrument.id)
    if option is None:
        return ""
    for one in (instrument.id, option.underlying):
        if is_killed(account, None, one):
            return f"{short(one)} 已{Term.KILL}，不能申请行权；须两人解除后再申请。"
        if worst_level(account, None, one) is Level.RED:
            return f"{short(one)} 在红色风险级别之下，不能申请行权；解除之后再申请。"
    future = look.state.tenant.instruments.get(option.underlying)
    if fees_of(instrument, wish.flag).exercise is None:
        return (
            f"{name} 的行权手续费未知，不能申请行权；请在方案的 [[instrument]] fees.exercise 或 "
            "reference/options.csv 的 exercise_by_lot 中写明。"
        )
    if not option.cash_settled and (future is None or future.margin_rate is None):
        return f"{short(option.underlying)} 没有规格或保证金率，算不出行权后的保证金；请补上再申请。"
    bars = [one for one in _limits(look, account, instrument, wish) if one.verdict >= Verdict.CONFIRM2]
    if bars:
        worst = max(bars, key=lambda one: one.verdict)
        second = "行权申请有截止时间，不能等第二人复核；请减少手数。" if worst.verdict is Verdict.CONFIRM2 else ""
        return f"行权后 {worst.sentence}{second}"
    return _why_poor(account, foreseen(look, account, wish), option.underlying)


def _limits(look: Look, account: AccountState, instrument: Instrument, wish: ExerciseWish) -> list[Finding]:
    option = instrument.option
    opened = opened_by(look.state.tenant.instruments, account, wish)  # what is closed at once opens nothing
    if option is None or not opened:
        return []
    terms = OrderTerms(
        account=account.account,
        instrument=option.underlying,
        side=option.future_side(Side.BUY),
        offset=Offset.OPEN,
        lots=opened,
        price=option.strike,
        hedge_flag=wish.flag,
    )
    cause = Cause(origin=Origin.MANUAL, person=RUNNER.person, device=RUNNER.device)
    check = gather(look, terms, cause, parent=Parent(terms.lots, None), approved=False)
    return [found for rule in (position_limit, hedge_bound) if (found := rule(check)) is not None]


def foreseen(look: Look, account: AccountState, wish: ExerciseWish) -> After | None:
    """Return the account with this wish and every standing request to exercise carried out now."""
    rows = [row.wish for row in account.exercises.standing() if row.wish.choice is Choice.EXERCISE]
    left: list[Exercised] = []
    for one in (*rows, wish):
        held = account.book.position(one.instrument, one.flag).long
        used = sum(other.lots for other in left if (other.instrument, other.flag) == (one.instrument, one.flag))
        lots = min(one.lots, held - used)
        if lots > 0:
            left.append(Exercised(one.instrument, one.flag, lots, one.self_close))
    return foresee(look, account, left)


def _why_poor(account: AccountState, after: After | None, underlying: str) -> str:
    if after is None:
        return f"{underlying.partition('.')[2]} 现在没有价格，算不出行权后的资金；请在有行情时申请。"
    money, limits = after.money, account.limits
    if money.available < 0:
        return f"行权后可用 {yuan(money.available)}，资金不足；请减少手数、平仓、入金，或选自对冲。"
    bound = money.margin + money.frozen_margin  # with what works filled, as the gate asks it of an order
    if limits is not None and bound > limits.margin_max * money.equity:
        most, degree = f"{limits.margin_max * 100:.0f}%", bound / money.equity * 100 if money.equity > 0 else 999
        return f"行权后风险度 {degree:.2f}%（含挂单），超过上限 {most}；请减少手数、撤单、平仓或入金。"
    return ""
