"""Say what a command would do if it came now, without stating any fact: costs, consequences, and whether it may.

The same questions are asked as when it comes in earnest: roles and holder first, then the gate for an order, the
envelope for a strategy. What comes later may find another market: a preview promises nothing. Nothing is written
anywhere; `State` and `Columns` are as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain import commands as c
from terminal.domain.absurd import is_absurd
from terminal.domain.batch_commands import CancelBatch, SaveGroup, SubmitBatch
from terminal.domain.books.holding import decimal_text
from terminal.domain.fact.facts import Role
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderState
from terminal.domain.otc_commands import OtcWish
from terminal.domain.parameters.strategy import RollSettings
from terminal.domain.spot_commands import ConfirmSpot
from terminal.domain.stock import StateStocks
from terminal.domain.words.risk import Verdict
from terminal.domain.words.typed_text import says_something
from terminal.engine.alert.causing import barred_from_loosening, causing_persons
from terminal.engine.conditional.wishes import of_others
from terminal.engine.confirmations.voiding import parked_by_others, unknown_scope
from terminal.engine.confirmations.waiting import why_full
from terminal.engine.folds.statement import bar_to_release
from terminal.engine.orders.intents import AWAITED, cancelled_by, other_over, trades
from terminal.engine.otc.step import why_orphaned
from terminal.engine.person import PersonState
from terminal.engine.previews.batch import batch_preview, cancel_answer, group_answer
from terminal.engine.previews.between import between_start_of
from terminal.engine.previews.conditional import conditional_preview
from terminal.engine.previews.edit import asked_preview, edit_preview
from terminal.engine.previews.exercise import exercise_preview
from terminal.engine.previews.order import (
    Answer,
    Asker,
    held_elsewhere,
    no_role,
    plain,
)
from terminal.engine.previews.otc import otc_answer
from terminal.engine.previews.position import position_preview
from terminal.engine.previews.reversal import reversal_preview
from terminal.engine.previews.spot_side import spot_answer
from terminal.engine.previews.steering import steering_answer
from terminal.engine.previews.stocks import stocks_preview
from terminal.engine.previews.strategy import change_of, start_of
from terminal.engine.prices.spot import may_quote, wrong_spot
from terminal.engine.screen import Preview
from terminal.engine.statement.wishes import fault
from terminal.engine.strategy.owners import why_contested
from terminal.engine.wishes.cash import why_second, wrong_cash
from terminal.engine.wishes.desks import bar_to_seeing
from terminal.engine.wishes.releases import first_asker
from terminal.engine.wording import (
    LEVELS,
    cash_title,
    half_told,
    level_title,
    order_title,
    person_name,
    place_name,
    scope_name,
    short,
)
from terminal.risk.limits import changes, conflict, loosens

if TYPE_CHECKING:
    from terminal.domain.ids import DeviceId, PersonId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState

DECIDERS = frozenset({Role.CHECKER, Role.RISK})
STEERERS = frozenset({Role.TRADER, Role.RISK})


def preview(
    look: Look, person: PersonId, device: DeviceId, request: int, body: c.CommandBody, *, split_close: bool
) -> Preview:
    """Return what a command of a person would do now; `request` comes back with the answer.

    With `split_close` an order's CLOSE means "close so many lots", of whichever day.
    """
    asker = Asker(person, device)
    if is_absurd(body):
        return plain(request, Answer(Verdict.DENY, "价格、数量或金额不是有效数字，请改正。"))
    if isinstance(body, c.SubmitOrder):
        return asked_preview(look, asker, request, body.terms, split_close=split_close)
    if isinstance(body, c.ClosePosition | c.LockPosition | c.UnlockPosition):
        return position_preview(look, asker, request, body)
    if isinstance(body, c.EditOrder):
        return edit_preview(look, asker, request, body, split_close=split_close)
    if isinstance(body, SubmitBatch):
        return batch_preview(look, asker, request, body)
    if isinstance(body, StateStocks):
        return stocks_preview(look, asker, request, body)
    if isinstance(body, c.QuoteSpot | c.SaveDocument | SaveGroup | CancelBatch):
        return plain(request, _of_tenant(look, asker, body))
    account = look.state.accounts.get(body.account)
    if account is None:
        return plain(request, Answer(Verdict.DENY, f"没有账户 {body.account}。"))
    return _of_account(look, asker, request, account, body)


def _of_account(look: Look, asker: Asker, request: int, account: AccountState, body: AccountBody) -> Preview:
    if isinstance(body, c.ConditionalWish):
        return conditional_preview(look, asker, request, account, body)
    if isinstance(body, c.ReversalWish):
        return reversal_preview(look, asker, request, account, body)
    if isinstance(body, c.RequestExercise | c.WithdrawExercise):
        return exercise_preview(look, asker, request, account, body)
    if isinstance(body, c.StartStrategy | c.ChangeStrategy):
        return _strategy(look, asker, request, account, body)
    if isinstance(body, OtcWish):
        return plain(request, otc_answer(look, asker, account, body))
    if isinstance(body, ConfirmSpot):
        return plain(request, spot_answer(look, asker, account, body))
    return plain(request, _other(look, asker, account, body))


# --- strategies ------------------------------------------------------------------------------------------------


def _strategy(
    look: Look, asker: Asker, request: int, account: AccountState, body: c.StartStrategy | c.ChangeStrategy
) -> Preview:
    what = "启动策略" if isinstance(body, c.StartStrategy) else "修改策略"
    barred = no_role(asker, account, (Role.TRADER,), what) or held_elsewhere(asker, account)
    settings = body.settings
    if isinstance(body, c.ChangeStrategy):
        answer = change_of(look, account, body)
    elif isinstance(settings, RollSettings) and (settings.far_account is not None or settings.half is not None):
        answer = between_start_of(look, asker, account, body, settings)
    else:
        answer = start_of(look, account, body)
    if not barred and answer.verdict is Verdict.CONFIRM2:
        barred = why_full(account, asker.person)
    if barred:
        answer = answer._replace(verdict=Verdict.DENY, may=f"不能执行：{barred}")
    return Preview(
        request=request,
        verdict=answer.verdict,
        sentence=f"{answer.title} · {answer.may}",
        value=answer.value,
        margin=answer.margin,
        details=answer.details,
    )


# --- everything else -------------------------------------------------------------------------------------------


def _of_tenant(look: Look, asker: Asker, body: c.QuoteSpot | c.SaveDocument | SaveGroup | CancelBatch) -> Answer:
    match body:
        case c.QuoteSpot():
            wrong = wrong_spot(look.state, body)
            if wrong is not None:
                return Answer(Verdict.DENY, wrong[1])
            if not may_quote(look.state, asker.person):
                return Answer(Verdict.DENY, f"{asker.person} 没有报现货价权限")
            return Answer(Verdict.ALLOW, f"{short(body.instrument)} 现货报价记为 {decimal_text(body.price)}")
        case c.SaveDocument():
            kept = look.state.persons.get(asker.person, PersonState()).documents.get(body.name)
            version = 0 if kept is None else kept.version
            if version != body.base_version:
                what = f"{body.name} 已是第 {version} 版，您修改的是第 {body.base_version} 版，请重新打开后修改。"
                return Answer(Verdict.DENY, what)
            return Answer(Verdict.ALLOW, f"{'保存' if body.body else '删除'} {body.name}")
        case SaveGroup():
            return group_answer(look, asker, body)
        case CancelBatch():
            return cancel_answer(look, asker, body)
        case _:
            assert_never(body)


PlainBody = c.CancelOrder | c.CancelAll | c.ApproveOrder | c.RejectOrder | c.WithdrawOrder | c.PlainControl

AccountBody = (
    PlainBody
    | c.ConditionalWish
    | c.ReversalWish
    | c.RequestExercise
    | c.WithdrawExercise
    | c.StartStrategy
    | c.ChangeStrategy
    | OtcWish
    | ConfirmSpot
)


def _other(look: Look, asker: Asker, account: AccountState, body: PlainBody) -> Answer:
    match body:
        case c.CancelOrder() | c.CancelAll():
            barred = no_role(asker, account, STEERERS, "撤单")
            return _barred(barred) or _cancel(account, body)
        case c.ApproveOrder() | c.RejectOrder() | c.WithdrawOrder():
            return _decide(asker, account, body)
        case c.PauseStrategy() | c.ResumeStrategy() | c.StopStrategy():
            barred = no_role(asker, account, STEERERS, "控制策略")
            if isinstance(body, c.ResumeStrategy):  # what lowers risk waits for no holder
                barred = barred or held_elsewhere(asker, account)
            return _barred(barred) or steering_answer(look, account, body)
        case c.TakeAccount() | c.AcknowledgeAlert() | c.AcknowledgeLevel() | c.MoveCash():
            return _desk(look, asker, account, body)
        case c.ChangeLimits():
            return _barred(no_role(asker, account, (Role.RISK,), "修改限额")) or _limits(look, asker, account, body)
        case c.Kill():
            barred = no_role(asker, account, set(Role) - {Role.VIEWER}, "一键停止")
            barred = barred or unknown_scope(look.state, account, body.scope)
            what = f"停止{scope_name(body.scope)}：禁止开仓，暂停策略，撤销委托，待复核作废；须两人解除"
            return _barred(barred) or Answer(Verdict.ALLOW, what)
        case c.Release():
            return _release(look, asker, account, body)
        case c.HandInStatement():
            barred = no_role(asker, account, set(Role) - {Role.VIEWER}, "交对账结果")
            wrong = fault(look, account, body.result)
            if wrong is not None:
                return Answer(Verdict.DENY, wrong[1])
            return _barred(barred) or Answer(Verdict.ALLOW, f"登记 {body.result.trading_day} 的对账结果")
        case c.RefuseStatement():
            barred = no_role(asker, account, set(Role) - {Role.VIEWER}, "交对账结果")
            return _barred(barred) or Answer(Verdict.ALLOW, f"登记结算单 {body.refusal.file} 被拒绝，账户不变")
        case _:
            assert_never(body)


def _barred(why: str) -> Answer | None:
    return Answer(Verdict.DENY, f"不能执行：{why}") if why else None


def _cancel(account: AccountState, body: c.CancelOrder | c.CancelAll) -> Answer:
    if isinstance(body, c.CancelOrder):
        row = cancelled_by(account, body.order)
        if row is None:
            return Answer(Verdict.DENY, f"{body.order} 不在可撤委托中。")
        over = other_over(account, row)
        if over is not None:
            return Answer(Verdict.DENY, f"{body.order} 在交易所已经了结，没有可撤的：{half_told(over, row)}。")
        if row.state is OrderState.UNKNOWN:
            return Answer(Verdict.ALLOW, f"{order_title(row.terms, row.leg)} 状态未知，待交易所确认后撤出")
        return Answer(Verdict.ALLOW, f"撤 {order_title(row.terms, row.leg)}，未成 {row.remaining} 手")
    rows = [row for row in account.live.values() if body.instrument is None or trades(row, body.instrument)]
    where = "" if body.instrument is None else f"{short(body.instrument)} 的"
    awaited = {row.order for row in rows if other_over(account, row) is not None}
    there = [row for row in rows if row.order not in awaited]
    wholes = {row.order if row.leg is None else row.leg.wire_key: row.remaining for row in there}
    told = f"撤{where} {len(wholes)} 笔未了委托，共 {sum(wholes.values())} 手"
    return Answer(Verdict.ALLOW, f"{told}；{len(awaited)} 笔已经了结，{AWAITED}" if awaited else told)


def _decide(asker: Asker, account: AccountState, body: c.ApproveOrder | c.RejectOrder | c.WithdrawOrder) -> Answer:
    row = account.confirmations.get(body.confirmation)
    if row is None or row.state is not ConfirmationState.PENDING:
        return Answer(Verdict.DENY, f"{body.confirmation} 不在待复核状态。")
    maker = row.confirmation.maker
    if isinstance(body, c.WithdrawOrder):
        mine = maker == asker.person
        sentence = f"撤回 {body.confirmation}，不再执行" if mine else "只有制单人可以撤回待复核项。"
        return Answer(Verdict.ALLOW if mine else Verdict.DENY, sentence)
    if maker == asker.person:
        return Answer(Verdict.DENY, "制单人不能复核自己的委托，请由另一人复核。")
    barred = no_role(asker, account, DECIDERS, "复核")
    if not barred and isinstance(body, c.RejectOrder) and not says_something(body.reason):
        barred = "驳回必须写明原因"
    what = "通过后重新检查并立即执行" if isinstance(body, c.ApproveOrder) else "驳回，不执行"
    return _barred(barred) or Answer(Verdict.ALLOW, f"{body.confirmation} {what}")


def _desk(
    look: Look, asker: Asker, account: AccountState, body: c.TakeAccount | c.Acknowledgement | c.MoveCash
) -> Answer:
    match body:
        case c.TakeAccount():
            barred = no_role(asker, account, (Role.TRADER,), "接管")
            holder = account.holder
            if holder == asker:
                return Answer(Verdict.ALLOW, f"账户 {account.name} 已由您操作")
            before = "" if holder is None else f"，{place_name(account, *holder)} 不再下单，仍可撤单与停止"
            ended = len(parked_by_others(account, asker.person))
            voided = f"；他人提交的 {ended} 项待复核将作废" if ended else ""
            waited = len(of_others(account, asker.person))
            voided += f"；他人的 {waited} 张开仓条件单将失效" if waited else ""
            return _barred(barred) or Answer(Verdict.ALLOW, f"接管账户 {account.name}{before}{voided}")
        case c.AcknowledgeAlert():
            barred = no_role(asker, account, set(Role) - {Role.VIEWER}, "确认提醒")
            row = account.open_alerts.get(body.alert)
            if row is None:
                return Answer(Verdict.DENY, f"第 {body.alert} 号提醒已确认或不存在。")
            return _barred(barred) or Answer(Verdict.ALLOW, f"确认已看到：{row.sentence}")
        case c.AcknowledgeLevel():
            barred = no_role(asker, account, set(Role) - {Role.VIEWER}, "确认提醒")
            refused = bar_to_seeing(account, body)
            if refused is not None:
                return Answer(Verdict.DENY, refused[1])
            what = f"确认已看到：{level_title(body.scope, body.signal)}{LEVELS[body.level]}级别；它照样有效"
            return _barred(barred) or Answer(Verdict.ALLOW, what)
        case c.MoveCash():
            barred = no_role(asker, account, (Role.ADMIN, Role.RISK), "出入金")
            return _barred(barred) or _cash(look, asker, account, body)
        case _:
            assert_never(body)


def _cash(look: Look, asker: Asker, account: AccountState, body: c.MoveCash) -> Answer:
    wrong = wrong_cash(look, account, body)
    if wrong is not None:
        return Answer(Verdict.DENY, f"不能执行：{wrong[1]}")
    what, why = cash_title(body.amount), why_second(account, body)
    if not why:
        return Answer(Verdict.ALLOW, what)
    if barred_from_loosening(account, asker.person):
        return Answer(Verdict.DENY, "不能执行：账户有红色级别，您今日的开仓与此有关，不能入金；请由另外两人办理。")
    full = why_full(account, asker.person)
    return _barred(full) or Answer(Verdict.CONFIRM2, f"{what} · 需复核：{why}")


def _limits(look: Look, asker: Asker, account: AccountState, body: c.ChangeLimits) -> Answer:
    version = 0 if account.limits is None else account.limits.version
    if body.base_version != version:
        return Answer(Verdict.DENY, conflict(account.limits, body.base_version, body.limits))
    orphaned = why_orphaned(look.state, account, body.limits) or why_contested(account, body.limits)
    if orphaned:
        return Answer(Verdict.DENY, f"不能执行：{orphaned}")
    what = "；".join(f"{one.name} {one.before} → {one.after}" for one in changes(account.limits, body.limits))
    if not what:
        return Answer(Verdict.ALLOW, "限额没有变化")
    loose = loosens(account.limits, body.limits)
    if loose and barred_from_loosening(account, asker.person):
        return Answer(Verdict.DENY, "不能执行：账户有红色级别，您今日的开仓与此有关，不能放宽限额；请由另外两人修改。")
    full = why_full(account, asker.person) if loose else ""
    if full:
        return Answer(Verdict.DENY, f"不能执行：{full}")
    if loose:
        return Answer(Verdict.CONFIRM2, f"{what} · 需复核：放宽{'、'.join(loose)}")
    return Answer(Verdict.ALLOW, f"{what} · 收紧，立即生效")


def _release(look: Look, asker: Asker, account: AccountState, body: c.Release) -> Answer:
    barred = no_role(asker, account, (Role.RISK, Role.CHECKER, Role.TRADER), "解除")
    if barred:
        return Answer(Verdict.DENY, f"不能执行：{barred}")
    if not says_something(body.reason):
        return Answer(Verdict.DENY, "不能执行：解除必须写明原因")
    causing = causing_persons(account, body.scope)
    if asker.person in causing:
        return Answer(Verdict.DENY, "不能执行：您今日在该范围内的开仓与此有关，不能参与解除；请由另外两人解除。")
    if bar_to_release(account, body.scope, asker.person):
        return Answer(Verdict.DENY, "不能执行：您交来了这份不符的对账结果，不能参与解除；请由另外两人解除。")
    first = first_asker(account, body.scope, look.now)
    if first is None or first in causing or first == asker.person:
        return Answer(Verdict.ALLOW, f"申请解除{scope_name(body.scope)}，需另一人确认")
    return Answer(Verdict.ALLOW, f"与 {person_name(account, first)} 一起解除{scope_name(body.scope)}")
