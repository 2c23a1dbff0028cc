"""Judge a request about an option's end as the order that opened its future would be judged.

Under a kill switch or at red nobody exercises, the lots that come stay inside limits, and the money has to be there.
What asks for a second person of such an order asks for one here (SAFETY 5, 7): a large value, a limit or a hedge that
is nearly used up, half of a day's loss, a high risk degree, level orange. Abandoning opens nothing and is not held up.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.books.holding import decimal_text
from terminal.domain.fact.exercise import ExerciseRequested
from terminal.domain.ids import ConfirmationId, ExerciseId, WireKey
from terminal.domain.orders.exercise import Choice, ExerciseWish, fault
from terminal.domain.orders.order import Cause, Offset, OrderTerms, Origin, Side
from terminal.domain.products.fees import fees_of
from terminal.domain.words.risk import Finding, Level, Verdict
from terminal.domain.words.terms import Term
from terminal.domain.words.typed_text import shown
from terminal.engine.book.coming import netted, opened_by
from terminal.engine.book.freeze import freeze_exercises
from terminal.engine.book.promised import NOTHING_PROMISED, promised
from terminal.engine.book.scopes import is_killed, worst_level
from terminal.engine.books.exercise import ExerciseRow
from terminal.engine.exercise.after import After, Exercised, Moment, foresee, moment_of
from terminal.engine.exercise.beside import beside_orders
from terminal.engine.look import Look
from terminal.engine.orders.gate import Parent, gather
from terminal.engine.ports import WireExercise
from terminal.engine.turn import RUNNER
from terminal.engine.wording import LONG_SHORT, short, yuan
from terminal.risk.check import Check
from terminal.risk.day_loss import day_loss
from terminal.risk.hedge_bound import hedge_bound
from terminal.risk.order_size import order_size
from terminal.risk.position_limit import position_limit
from terminal.risk.standing import standing

if TYPE_CHECKING:
    from terminal.domain.ids import DeviceId, PersonId
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

Rule = Callable[[Check], Finding | None]
RULES: Final[tuple[Rule, ...]] = (order_size, position_limit, hedge_bound, day_loss, standing)
LIMITS: Final[tuple[Rule, ...]] = (position_limit, hedge_bound)


class Judged(NamedTuple):
    """Say why a request may not be made (empty: it may), why a second person has to see it, and what it opens.

    `warns` are what it may be made over.
    """

    why: str
    second: tuple[Finding, ...] = ()
    opens: OrderTerms | None = None
    warns: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return all that people should read of it."""
        return (*self.second, *self.warns)


def send(
    turn: Turn,
    account: AccountState,
    wish: ExerciseWish,
    *,
    person: PersonId,
    device: DeviceId,
    findings: tuple[Finding, ...],
    confirmation: ConfirmationId | None = None,
) -> ExerciseId:
    """Write a request down, with what was found of it, and send it; return its name."""
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
            person=person,
            device=device,
            confirmation=confirmation,
            findings=findings,
        )
    )
    turn.do(WireExercise(account=account.account, wire_key=key, wish=wish))
    return name


class _Asked(msgspec.Struct):
    wish: ExerciseWish


class _Object(msgspec.Struct):
    exercise: _Asked | None = None  # of a stored object


def waiting_exercises(account: AccountState) -> list[ExerciseWish]:
    """Return the requests of an account that wait for a second person."""
    stored = (msgspec.json.decode(row.confirmation.stored, type=_Object) for row in account.pending.values())
    return [one.exercise.wish for one in stored if one.exercise is not None]


def judge(look: Look, account: AccountState, wish: ExerciseWish, *, approved: bool = False) -> Judged:
    """Return what is found of a request now; `approved`: a second person has seen it."""
    instrument = look.state.tenant.instruments.get(wish.instrument)
    if instrument is None:
        return Judged(f"没有合约 {shown(wish.instrument)} 的规格，不能申请；请核对代码。")
    is_exercise = wish.choice is Choice.EXERCISE
    waits = 0
    theirs = promised(account, wish.instrument, wish.flag, Side.SELL) if is_exercise else NOTHING_PROMISED
    if is_exercise and not approved:  # what waits speaks of its lots too; to abandon them nothing holds up
        same = [one for one in waiting_exercises(account) if (one.instrument, one.flag) == (wish.instrument, wish.flag)]
        waits = sum(one.lots for one in same)
    free = free_lots(account, wish) - waits - theirs.lots
    wrong = fault(instrument, wish, trading_day=account.trading_day, at=look.now, free=max(free, 0))
    if wrong and wish.lots > free:
        wrong += f"另有 {waits} 手在等复核，可先撤回。" if waits else ""
        wrong += f"{theirs.words}，可先停止该策略。" if theirs.lots else ""
    if wrong:
        return Judged(wrong)
    if not account.linked or not account.barrier.passed:
        return Judged("与交易所没有对账一致，申请没有提交；一致后再申请。")
    return _judge_exercise(look, account, instrument, wish, approved=approved) if is_exercise else Judged("")


def free_lots(account: AccountState, wish: ExerciseWish) -> int:
    """Return the long lots that no working close and no other request speaks of."""
    held = account.book.position(wish.instrument, wish.flag)
    return held.long_closable - account.exercises.lots(wish.instrument, wish.flag)


def _judge_exercise(
    look: Look, account: AccountState, instrument: Instrument, wish: ExerciseWish, *, approved: bool
) -> Judged:
    option = instrument.option
    barred = _why_locked(look, account, instrument, wish) or _why_leaving(look, account, instrument, wish)
    if barred or option is None:
        return Judged(barred)
    opens, found = _found(look, account, wish, RULES, approved=approved)
    bars = [one for one in found if one.verdict > Verdict.CONFIRM2]
    if bars:
        return Judged(f"行权后 {max(bars, key=lambda one: one.verdict).sentence}")
    after = foreseen(moment_of(look), account, wish)
    poor = _why_poor(account, after, option.underlying)
    seen = _judged_once(look, account, wish)
    warns = beside_orders(seen.state.tenant.instruments, seen.state.accounts[account.account], wish)
    if poor or opens is None or approved:
        return Judged(poor, opens=opens, warns=warns)
    second = [one for one in found if one.verdict is Verdict.CONFIRM2]
    second += [] if after is None else _near_degree(account, after)
    return Judged("", tuple(second), opens, warns)


def _why_locked(look: Look, account: AccountState, instrument: Instrument, wish: ExerciseWish) -> str:
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
    return ""


def _why_leaving(look: Look, account: AccountState, instrument: Instrument, wish: ExerciseWish) -> str:
    # What working closes may take cannot be netted as well: the future that comes would stand alone.
    option, listed = instrument.option, look.state.tenant.instruments
    if option is None or option.cash_settled or not wish.self_close:
        return ""
    held, side = account.book.position(option.underlying, wish.flag), option.future_side(Side.BUY).opposite
    lots, closable = (held.long, held.long_closable) if side is Side.BUY else (held.short, held.short_closable)
    spoken = netted(listed, account, option.underlying, wish.flag, side)
    if min(wish.lots, lots - spoken) <= closable - spoken:
        return ""
    there = f"{short(option.underlying)} {LONG_SHORT[side]}头 {lots} 手里有 {lots - closable} 手在平仓委托里"
    return f"{there}，成交之后没有可自对冲的，新得的期货就是单边；请先撤单，或减少手数、不选自对冲。"


def _opened(look: Look, account: AccountState, instrument: Instrument, wish: ExerciseWish) -> OrderTerms | None:
    option = instrument.option
    opened = opened_by(look.state.tenant.instruments, account, wish)  # what is closed at once opens nothing
    if option is None or not opened:
        return None
    return OrderTerms(
        account=account.account,
        instrument=option.underlying,
        side=option.future_side(Side.BUY),
        offset=Offset.OPEN,
        lots=opened,
        price=option.strike,
        hedge_flag=wish.flag,
    )


def limits_passed(
    look: Look, account: AccountState, wish: ExerciseWish, asked: ExerciseRow | None = None
) -> list[Finding]:
    """Return the limits that the futures of an exercise would pass, asked for already or not."""
    if asked is not None:
        look = _spoken_for(look, account, asked)
        account = look.state.accounts[account.account]
    _, found = _found(look, account, wish, LIMITS, approved=True)
    return [one for one in found if one.verdict > Verdict.CONFIRM2]


def _found(
    look: Look, account: AccountState, wish: ExerciseWish, rules: Sequence[Rule], *, approved: bool
) -> tuple[OrderTerms | None, list[Finding]]:
    look = _judged_once(look, account, wish)
    account = look.state.accounts[account.account]
    opens = _opened(look, account, look.instrument(wish.instrument), wish)
    return opens, [] if opens is None else _findings(look, opens, rules, approved=approved)


def _judged_once(look: Look, account: AccountState, wish: ExerciseWish) -> Look:
    # What comes by itself is reserved for already: a request for the same lots brings no more.
    is_expected = wish.instrument in account.exercises.expected
    return _spoken_for(look, account, _nameless(look, account, wish)) if is_expected else look


def _nameless(look: Look, account: AccountState, wish: ExerciseWish) -> ExerciseRow:
    return ExerciseRow(
        request=ExerciseId(""),
        wire_key=WireKey(""),
        wish=wish,
        trading_day=account.trading_day,
        person=RUNNER.person,
        device=RUNNER.device,
        asked_at=look.now,
    )


def _spoken_for(look: Look, account: AccountState, row: ExerciseRow) -> Look:
    # A look at the account in which the lots of a request are spoken for, and open nothing.
    there, state = copy.copy(account), copy.copy(look.state)
    nothing = msgspec.structs.replace(row.wish, choice=Choice.ABANDON, self_close=False)
    spoken = copy.copy(row)
    spoken.wish = nothing
    there.exercises = msgspec.structs.replace(
        account.exercises, rows={**account.exercises.rows, spoken.request: spoken}
    )
    there.book = AccountBook.of_form(account.book.form(), state.tenant.instruments)
    freeze_exercises(state.tenant.instruments, there)
    state.accounts = {**state.accounts, account.account: there}
    return Look(state, look.columns, look.calendar)


def _findings(look: Look, opens: OrderTerms, rules: Sequence[Rule], *, approved: bool) -> list[Finding]:
    cause = Cause(origin=Origin.MANUAL, person=RUNNER.person, device=RUNNER.device)
    future = look.instrument(opens.instrument)
    parent = Parent(opens.lots, future.value(opens.price, opens.lots))
    check = gather(look, opens, cause, parent=parent, approved=approved)
    check.instrument = msgspec.structs.replace(future, max_lots=None)  # no order goes out that could be too long
    return [found for rule in rules if (found := rule(check)) is not None]


def _near_degree(account: AccountState, after: After) -> list[Finding]:
    limits, money = account.limits, after.money
    bound = money.margin + money.frozen_margin
    if limits is None or bound <= limits.margin_confirm * money.equity:
        return []
    degree, line = decimal_text(round(bound / money.equity * 100, 2)), decimal_text(limits.margin_confirm * 100)
    sentence = f"行权后风险度 {degree}%（含挂单），超过 {line}%；需由另一人复核，或减少手数、平仓或入金。"
    return [
        Finding(
            control="C6",
            code="RISK_DEGREE_HIGH",
            verdict=Verdict.CONFIRM2,
            value=degree,
            limit=line,
            sentence=sentence,
        )
    ]


def foreseen(moment: Moment, account: AccountState, wish: ExerciseWish) -> After | None:
    """Return the account with this wish and every standing request to exercise carried out now."""
    rows = [row.wish for row in account.exercises.standing() if row.wish.choice is Choice.EXERCISE]
    left: list[Exercised] = []
    for one in (*rows, wish):
        held = account.book.position(one.instrument, one.flag).long
        used = sum(other.lots for other in left if (other.instrument, other.flag) == (one.instrument, one.flag))
        lots = min(one.lots, held - used)
        if lots > 0:
            left.append(Exercised(one.instrument, one.flag, lots, one.self_close))
    return foresee(moment, account, left)


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
