"""Carry out what people ask for, or say why not; each command takes effect at most once (SAFETY I17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain import commands as c
from terminal.domain.absurd import is_absurd
from terminal.domain.batch_commands import BatchWish
from terminal.domain.books.holding import decimal_text
from terminal.domain.fact.facts import (
    CommandDone,
    Role,
    SpotQuoted,
)
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.otc_commands import BookOtc, EndOtc, MarkOtc, OtcWish
from terminal.domain.spot_commands import ConfirmSpot
from terminal.domain.stock import StateStocks
from terminal.domain.words.typed_text import shown
from terminal.engine.batch import wishes as batch_wishes
from terminal.engine.conditional import wishes as conditional_wishes
from terminal.engine.confirmations import approval
from terminal.engine.exercise import wishes as exercise_wishes
from terminal.engine.orders import position_wishes
from terminal.engine.orders.intents import (
    BY_HAND,
    cancel_order,
    cancelled_by,
    other_over,
    room_for_messages,
    trades,
    want_the_rest,
)
from terminal.engine.orders.position_wishes import PositionWish
from terminal.engine.otc import wishes as otc_wishes
from terminal.engine.prices.spot import may_quote, wrong_spot
from terminal.engine.prices.stock import refused_stocks, stated, stocks_text
from terminal.engine.refused import Refused
from terminal.engine.reversal import wishes as reversal_wishes
from terminal.engine.strategy import spot_wishes
from terminal.engine.strategy import wishes as strategy_wishes
from terminal.engine.turn import RUNNER
from terminal.engine.wishes import desks
from terminal.engine.wishes import latches as latch_wishes
from terminal.engine.wishes.approved import approve
from terminal.engine.wishes.cash import move_cash
from terminal.engine.wishes.in_time import APPROVAL_TTL, ORDER_TTL, in_time
from terminal.engine.wishes.latches import need, need_reason
from terminal.engine.wishes.limits import change_limits, check_loosening
from terminal.engine.wishes.submit import submit
from terminal.engine.wording import half_told, not_an_order, short

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, CommandId, PersonId
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState, State
    from terminal.engine.turn import Turn

OrderWish = (
    c.SubmitOrder
    | PositionWish
    | c.ReversalWish
    | c.CancelOrder
    | c.CancelAll
    | c.ApproveOrder
    | c.RejectOrder
    | c.WithdrawOrder
    | c.EditOrder
    | c.ConditionalWish
    | c.RequestExercise
    | c.WithdrawExercise
)
ControlWish = c.StartStrategy | c.ChangeStrategy | c.PlainControl | OtcWish | ConfirmSpot


def carry_out(turn: Turn, look: Look, command: c.Command) -> CommandDone:
    """Carry out a command and return its result; a repeat returns the first result and does nothing."""
    name = account_of(command.body)
    person = command.person if name is None else None
    state = look.state
    if name is not None and name not in state.accounts:
        return _not_done(command, "UNKNOWN_ACCOUNT", f"没有账户 {shown(name)}。")
    if person is not None and (person not in state.persons or state.persons[person].name is None):
        return _not_done(command, "UNKNOWN_PERSON", f"{person} 没有登记，没有执行。")
    home = _home(state, name, person)
    if command.command in home:
        return home[command.command]
    if state.has_answered(command.command):
        # The journal would refuse the second one, and nobody may stop trading by using a number twice.
        return _not_done(command, "COMMAND_ID_USED", id_used(command.command))
    try:
        _refuse_absurd(command.body)
        code, sentence = _do(turn, look, command)
        ok = True
    except Refused as no:
        ok, code, sentence = False, no.code, no.sentence
    done = CommandDone(account=name, person=person, command=command.command, ok=ok, code=code, sentence=sentence)
    turn.say(done)
    return done


def answer_again(command: c.Command, first: CommandDone) -> CommandDone:
    """Return the answer to a command the state has forgotten; `first` is what the journal holds under its id."""
    name = account_of(command.body)
    if (first.account, first.person) == (name, command.person if name is None else None):
        return first
    return _not_done(command, "COMMAND_ID_USED", id_used(command.command))


def id_used(command: CommandId) -> str:
    """Return the sentence for a command whose id stands in a stream that is not the asker's."""
    return f"指令编号 {shown(command)} 已用于别处，请换一个编号重新下达。"


def about(state: State, command: c.Command) -> frozenset[AccountId]:
    """Return the accounts a command is about."""
    name = account_of(command.body)
    if name is not None:
        return frozenset({name})
    return batch_wishes.about(state, command) if isinstance(command.body, BatchWish) else frozenset()


def _not_done(command: c.Command, code: str, sentence: str) -> CommandDone:
    return CommandDone(account=None, command=command.command, ok=False, code=code, sentence=sentence)


def _home(state: State, account: AccountId | None, person: PersonId | None) -> dict[CommandId, CommandDone]:
    if account is not None:
        return state.accounts[account].commands
    return {} if person is None else state.persons[person].commands


def _refuse_absurd(body: c.CommandBody) -> None:
    if is_absurd(body):
        raise Refused("BAD_NUMBER", "指令里有不是有效数字的价格、数量或金额，没有执行；请改正后重新下达。")


def account_of(body: c.CommandBody) -> AccountId | None:
    """Return the account a command is about; `None` for what is the tenant's or a person's own."""
    if isinstance(body, c.QuoteSpot | StateStocks | c.SaveDocument | BatchWish):
        return None
    return body.terms.account if isinstance(body, c.SubmitOrder) else body.account


def _do(turn: Turn, look: Look, command: c.Command) -> tuple[str, str]:
    body = command.body
    if isinstance(body, c.QuoteSpot):
        wrong = wrong_spot(look.state, body)
        if wrong is not None:
            raise Refused(*wrong)
        need(may_quote(look.state, command.person), command, "报现货价")  # a spot price is everybody's
        # Every desk gets this fact: it says whence the price comes and not who typed it. The answer in that person's
        # own stream does, and names the command whose hash stands here (SAFETY I25, I26).
        turn.say(SpotQuoted(instrument=body.instrument, price=body.price, source=body.source), by=RUNNER)
        return "OK", f"{short(body.instrument)} 现货报价已记为 {decimal_text(body.price)}"
    if isinstance(body, StateStocks):
        need(may_quote(look.state, command.person), command, "登记库存")
        wrong = refused_stocks(look.state, body, look.natural_day)
        if wrong is not None:
            raise Refused(*wrong)
        turn.say(stated(body), by=RUNNER)
        return "OK", stocks_text(body)
    if isinstance(body, c.SaveDocument):
        return desks.save_document(turn, look.state, command, body)
    if isinstance(body, BatchWish):
        return batch_wishes.carry_out(turn, look, command, body)
    account = look.state.accounts[body.terms.account if isinstance(body, c.SubmitOrder) else body.account]
    if isinstance(body, OrderWish):
        return _about_orders(turn, look, account, command, body)
    return _about_control(turn, look, account, command, body)


def _about_orders(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: OrderWish
) -> tuple[str, str]:
    roles = account.roles(command.person)
    match body:
        case c.SubmitOrder():
            need(Role.TRADER in roles, command, "下单")
            desks.need_hold(account, command)
            in_time(turn, command, ORDER_TTL)
            return submit(turn, look, account, command, body.terms, body.reason)
        case c.ClosePosition() | c.LockPosition() | c.UnlockPosition():
            need(Role.TRADER in roles, command, "下单")
            desks.need_hold(account, command)
            in_time(turn, command, ORDER_TTL)

            def send(terms: OrderTerms, fellows: int) -> tuple[str, str]:
                tag = position_wishes.tag_of(body)
                return submit(turn, look, account, command, terms, body.reason, fellows=fellows, tag=tag)

            return position_wishes.carry_out(turn, look, account, command, body, send)
        case c.ReversePosition() | c.FinishReversal():
            need(Role.TRADER in roles, command, "下单")
            desks.need_hold(account, command)
            in_time(turn, command, ORDER_TTL)
            return reversal_wishes.carry_out(turn, look, account, command, body)
        case c.GiveUpReversal():
            need(Role.TRADER in roles or Role.RISK in roles, command, "放弃反手")
            return reversal_wishes.carry_out(turn, look, account, command, body)
        case c.CancelOrder() | c.CancelAll():
            need(Role.TRADER in roles or Role.RISK in roles, command, "撤单")
            return _cancel(turn, account, body)
        case c.ApproveOrder() | c.RejectOrder():
            in_time(turn, command, APPROVAL_TTL)
            return _decide(turn, look, account, command, body)
        case c.WithdrawOrder() | c.EditOrder():
            return _change_pending(turn, look, account, command, body)
        case c.PlaceConditional() | c.GuardPosition() | c.EditConditional() | c.ResumeConditional():
            need(Role.TRADER in roles, command, "下条件单")
            desks.need_hold(account, command)
            in_time(turn, command, ORDER_TTL)
            return conditional_wishes.carry_out(turn, look, account, command, body)
        case c.PauseConditional() | c.WithdrawConditional():
            need(Role.TRADER in roles or Role.RISK in roles, command, "撤条件单")
            return conditional_wishes.carry_out(turn, look, account, command, body)
        case c.RequestExercise() | c.WithdrawExercise():
            return _about_exercise(turn, look, account, command, body)
        case _:
            assert_never(body)


def _about_exercise(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.RequestExercise | c.WithdrawExercise
) -> tuple[str, str]:
    roles = account.roles(command.person)
    if isinstance(body, c.RequestExercise):
        need(Role.TRADER in roles, command, "申请行权或放弃")
        desks.need_hold(account, command)
        in_time(turn, command, ORDER_TTL)
    else:
        need(bool({Role.TRADER, Role.RISK, Role.CHECKER} & set(roles)), command, "撤销申请")
    return exercise_wishes.carry_out(turn, look, account, command, body)


def _about_control(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: ControlWish
) -> tuple[str, str]:
    roles = account.roles(command.person)
    match body:
        case c.StartStrategy():
            need(Role.TRADER in roles, command, "启动策略")
            desks.need_hold(account, command)
            return strategy_wishes.start(turn, look, account, command, body)
        case c.PauseStrategy() | c.ResumeStrategy() | c.StopStrategy():
            need(Role.TRADER in roles or Role.RISK in roles, command, "控制策略")
            if isinstance(body, c.ResumeStrategy):
                desks.need_hold(account, command)
            return strategy_wishes.steer(turn, look, account, body)
        case c.ChangeStrategy():
            need(Role.TRADER in roles, command, "修改策略")
            desks.need_hold(account, command)
            return strategy_wishes.change(turn, look, account, command, body)
        case ConfirmSpot():
            need(Role.TRADER in roles, command, "落实现货")
            return spot_wishes.confirm(turn, look, account, command, body)
        case c.TakeAccount():
            need(Role.TRADER in roles, command, "接管")
            return desks.take(turn, account, command)
        case c.AcknowledgeAlert() | c.AcknowledgeLevel():
            need(desks.may_acknowledge(roles), command, "确认提醒")
            return desks.acknowledge(turn, account, command, body)
        case c.ChangeLimits():
            need(Role.RISK in roles, command, "修改限额")
            return change_limits(turn, look, account, command, body)
        case c.Kill() | c.Release() | c.HandInStatement() | c.RefuseStatement():
            return latch_wishes.carry_out(turn, look, account, command, body)
        case c.MoveCash():
            need(Role.ADMIN in roles or Role.RISK in roles, command, "出入金")
            return move_cash(turn, look, account, command, body)
        case BookOtc() | MarkOtc() | EndOtc():
            need(bool(set(otc_wishes.KEEPERS) & set(roles)), command, "登记场外合约")
            return otc_wishes.carry_out(turn, look, account, command, body)
        case _:
            assert_never(body)


# --- orders ----------------------------------------------------------------------------------------------------


def _cancel(turn: Turn, account: AccountState, body: c.CancelOrder | c.CancelAll) -> tuple[str, str]:
    if isinstance(body, c.CancelOrder):
        row = cancelled_by(account, body.order)
        if row is None:
            raise Refused("NOT_WORKING", f"{shown(body.order)} 不在可撤委托中。")
        over = other_over(account, row)
        if over is not None:
            raise Refused("NOT_WORKING", f"{body.order} 在交易所已经了结，没有可撤的：{half_told(over, row)}。")
        rows = [row]
    else:
        rows = [row for row in account.live.values() if body.instrument is None or trades(row, body.instrument)]
    free = (row for row in rows if room_for_messages(turn, account.account, row.terms.instrument))  # asked one by one
    sent = sum(cancel_order(turn, row, BY_HAND) for row in free)
    return "OK", want_the_rest(turn, rows, sent)


def _decide(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.ApproveOrder | c.RejectOrder
) -> tuple[str, str]:
    wanted = ConfirmationEvent.APPROVE if isinstance(body, c.ApproveOrder) else ConfirmationEvent.REJECT
    row = approval.check_decision(
        turn, account, body.confirmation, body.order_hash, body.signature, wanted, command.person, command.device
    )
    if isinstance(body, c.RejectOrder):
        need_reason(body.reason, "驳回")  # the maker reads it, and asks again or does not
        approval.reject(turn, look, account, row, body.signature, body.reason)
        return "OK", "已驳回"
    check_loosening(account, row, command.person)
    return approve(turn, look, account, row, body.signature)


def _change_pending(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.WithdrawOrder | c.EditOrder
) -> tuple[str, str]:
    row: ConfirmationRow | None = account.confirmations.get(body.confirmation)
    if row is None or row.state is not ConfirmationState.PENDING:
        raise Refused("NOT_PENDING", f"{shown(body.confirmation)} 不在待复核状态。")
    if row.confirmation.maker != command.person:
        raise Refused("NOT_MAKER", "只有制单人可以修改或撤回待复核项。")
    if isinstance(body, c.WithdrawOrder):
        approval.withdraw(turn, account, row)
        return "OK", "已撤回"
    need(Role.TRADER in account.roles(command.person), command, "下单")
    desks.need_hold(account, command)
    if approval.stored_of(row).terms is None:  # an exercise, a reversal, a strategy, limits, cash
        raise Refused("NOT_AN_ORDER", not_an_order(body.confirmation))
    if body.terms.account != account.account:
        raise Refused("WRONG_ACCOUNT", f"修改后的委托属于账户 {shown(body.terms.account)}，与待复核项的账户不一致。")
    in_time(turn, command, ORDER_TTL)
    return submit(turn, look, account, command, body.terms, approval.reason_again(row), replaces=row)
