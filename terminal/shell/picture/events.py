"""Word every kind of fact as one sentence for the event list (事件), or stay silent where it tells a person nothing.

A sentence says what happened, to which contract, and what to do now where something is to be done; who did it is the
line's source. Silent are: what another fact of the same turn says better (a carried-out command, a consumed approval,
an accepted order), what happens a hundred times a minute (sent orders, a strategy's cancels, equal reconciliations,
chases), and what is nobody else's business (documents). The state has folded the fact already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from terminal.domain.books.holding import decimal_text
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, InstrumentId, OrderId, PersonId, StrategyId
from terminal.domain.orders.conditional import TAG
from terminal.domain.orders.confirmation import Confirmation, ConfirmationEvent, Stored
from terminal.domain.orders.order import Cause, OrderState, OrderTerms, Origin
from terminal.domain.words.risk import Level, Verdict
from terminal.domain.words.terms import Term
from terminal.engine.prices.stock import stocks_text
from terminal.engine.records.journal import account_of
from terminal.engine.reversal.reversals import TAG as REVERSAL_TAG
from terminal.engine.sentences.marks import mark_sentence
from terminal.engine.sentences.strategy import settings_title
from terminal.engine.strategy.winding import WORDS
from terminal.engine.turn import RUNNER
from terminal.engine.wording import (
    OFFSETS,
    SYSTEM,
    day_text,
    order_title,
    person_name,
    place_name,
    refused_title,
    short,
    signed_yuan,
    yuan,
)
from terminal.shell.picture.approvals import title_of
from terminal.shell.picture.batch_events import batch, ordered
from terminal.shell.picture.book_events import Untraded, untraded
from terminal.shell.picture.conditional_events import conditional
from terminal.shell.picture.exercise_events import exercise
from terminal.shell.picture.otc import otc
from terminal.shell.picture.reversal_events import reversal
from terminal.shell.picture.risk_events import RISK, RiskFact, risk
from terminal.shell.picture.worded import Worded

if TYPE_CHECKING:
    from terminal.engine.records.journal import Actor
    from terminal.engine.state import AccountState, OrderRow, State

ROLES = {
    f.Role.VIEWER: Term.ROLE_VIEWER,
    f.Role.TRADER: Term.ROLE_TRADER,
    f.Role.CHECKER: Term.ROLE_CHECKER,
    f.Role.RISK: Term.ROLE_RISK,
    f.Role.ADMIN: Term.ROLE_ADMIN,
}

_LifeFact = (
    f.OrderRecorded
    | f.OrderSent
    | f.OrderAccepted
    | f.OrderRejected
    | f.OrderFilled
    | f.OrderCancelled
    | f.OrderExpired
    | f.OrderUnknown
    | f.OrderVoided
)
_OrderFact = _LifeFact | f.OrderRefused | f.CancelWanted | f.CancelRecorded | f.CancelRefused | f.ExternalOrderSeen
_StrategyFact = (
    f.StrategyStarted
    | f.StrategyPaused
    | f.StrategyResumed
    | f.StrategyStopped
    | f.StrategyWinding
    | f.StrategyMarked
    | f.StrategyChanged
)
_LinkFact = f.LinkLost | f.BarrierBegan | f.Reconciled | f.BarrierPassed
_BookFact = (
    f.AccountOpened | f.UnitAssigned | f.RolesGranted | f.LimitsSet | f.CashMoved | f.DaySettled | f.AccountTaken
)


def source_of(account: AccountState, cause: Cause) -> str:
    """Return who wanted an order: its strategy, the conditional order or the reversal it was of, or a person's name."""
    if cause.origin is Origin.EXTERNAL:
        return "外部"
    if cause.tag.startswith(TAG):
        return f"{Term.CONDITIONAL_ORDERS} {cause.tag.rpartition('-')[2]}"
    if cause.tag.startswith(REVERSAL_TAG):
        return f"{Term.REVERSE} {cause.tag.rpartition('-')[2]}"
    return person_name(account, cause.person) if cause.strategy is None else str(cause.strategy)


def word(state: State, fact: f.Fact, actor: Actor) -> Worded | None:
    """Return a fact as people read it, or `None` where it tells them nothing."""
    if isinstance(fact, f.PersonFact):
        return _person(state, fact)
    if isinstance(fact, f.TenantFact):
        return _tenant(fact)
    if isinstance(fact, f.CommandDone):
        if fact.ok or fact.code == "STALE":
            return None  # its effect has a fact of its own; so has a yes that came to nothing
        who = _own_name(state, actor.person) if fact.account is None else _name(state, fact.account, actor.person)
        return Worded(fact.account, who, f"指令未执行：{fact.sentence}")
    if isinstance(fact, _LifeFact):
        return _life(state, fact)
    if isinstance(fact, _OrderFact):
        return _around_order(state, fact, actor)
    if isinstance(fact, _StrategyFact):
        return _strategy(state, fact)
    if isinstance(fact, RiskFact):
        return risk(state, fact)
    if isinstance(fact, _LinkFact):
        return _link(fact)
    if isinstance(fact, _BookFact):
        return _book(state, fact, _name(state, fact.account, actor.person))
    if isinstance(fact, Untraded):
        return Worded(fact.account, SYSTEM, *untraded(fact))
    return _waits(state, fact)


def _name(state: State, account: AccountId, person: PersonId) -> str:
    return person_name(state.accounts[account], person)


def _by(state: State, account: AccountId, person: PersonId | None) -> str:
    return "" if person is None else f"{_name(state, account, person)} "


def _own_name(state: State, person: PersonId) -> str:
    kept = state.persons.get(person)
    return kept.name if kept is not None and kept.name is not None else str(person)


def _person(state: State, fact: f.PersonFact) -> Worded | None:
    match fact:
        case f.PersonEnrolled():
            return Worded(None, SYSTEM, f"登记人员 {fact.name}")
        case f.DeviceEnrolled():
            return Worded(None, SYSTEM, f"设备 {fact.device} 登记在 {_own_name(state, fact.person)} 名下")
        case f.DocumentSaved() | f.GroupSaved():
            return None
        case f.BatchOrdered():
            return ordered(fact, _own_name(state, fact.person))
        case _:
            assert_never(fact)


def _tenant(fact: f.TenantFact) -> Worded | None:
    match fact:
        case f.RunnerStarted():
            return Worded(None, SYSTEM, f"运行器启动（第 {fact.start} 次，{fact.market}，版本 {fact.version}）")
        case f.InstrumentListed():
            return None
        case f.SpotQuoted():
            what = f"{short(fact.instrument)} 现货报价 {decimal_text(fact.price)}"
            return Worded(None, fact.source, what, fact.instrument)
        case f.StocksStated():
            return Worded(None, fact.source, stocks_text(fact))
        case _:
            assert_never(fact)


# --- orders ----------------------------------------------------------------------------------------------------


def _of(state: State, account: AccountId, order: OrderId) -> OrderRow:
    return state.accounts[account].orders[order]


def _about(state: State, terms: OrderTerms, cause: Cause, sentence: str, level: Level = Level.NORMAL) -> Worded:
    account = state.accounts[terms.account]
    source = source_of(account, cause) if cause.strategy is None else _strategy_source(cause.strategy)
    return Worded(terms.account, source, sentence, terms.instrument, level)


def _life(state: State, fact: _LifeFact) -> Worded | None:
    if isinstance(fact, f.OrderRecorded):
        warned = "；".join(finding.sentence for finding in fact.findings)
        why = f"（提醒：{warned}）" if warned else ""
        return _about(state, fact.terms, fact.cause, f"报单 {order_title(fact.terms, fact.leg)}{why}")
    row = _of(state, fact.account, fact.order)
    title = order_title(row.terms, row.leg)
    match fact:
        case f.OrderSent() | f.OrderAccepted():
            return None
        case f.OrderRejected():
            what = f"交易所拒绝 {title}：{fact.text or fact.code}；请改正后重新下单"
            return _about(state, row.terms, row.cause, what, Level.YELLOW)
        case f.OrderFilled():
            rest = f"，余 {row.remaining} 手" if row.remaining else ""
            what = (
                f"成交 {'买' if fact.side.sign > 0 else '卖'}{OFFSETS[row.terms.offset]} {short(fact.instrument)} "
                f"{fact.lots} 手 @{decimal_text(fact.price)}{rest}，手续费 {yuan(fact.fee, 2)}"
            )
            return _about(state, row.terms, row.cause, what)
        case f.OrderCancelled():
            # Why is what was recorded with the cancel; the exchange says the same of a person's and of a machine's.
            why = row.note if row.state is OrderState.CANCELLED and row.note else fact.why
            return _about(state, row.terms, row.cause, f"已撤 {title}，未成 {fact.unfilled} 手（{why}）")
        case f.OrderExpired():
            return _about(state, row.terms, row.cause, f"收盘失效 {title}，未成 {fact.unfilled} 手")
        case f.OrderUnknown():
            what = f"{title} 状态未知（{fact.why}）；等交易所确认，请勿重报"
            return _about(state, row.terms, row.cause, what, Level.ORANGE)
        case f.OrderVoided():
            return _about(state, row.terms, row.cause, f"{title} 已确认没有报出（{fact.why}）；如仍需要请重新下单")
        case _:
            assert_never(fact)


def _around_order(
    state: State,
    fact: f.OrderRefused | f.CancelWanted | f.CancelRecorded | f.CancelRefused | f.ExternalOrderSeen,
    actor: Actor,
) -> Worded | None:
    match fact:
        case f.OrderRefused():
            worst = max(fact.findings, key=lambda finding: finding.verdict, default=None)
            why = "" if worst is None else f"：{worst.sentence}"
            level = Level.ORANGE if worst is not None and worst.verdict is Verdict.LOCK else Level.YELLOW
            return _about(
                state, fact.terms, fact.cause, f"未报出 {refused_title(fact.terms, fact.combination)}{why}", level
            )
        case f.CancelWanted() | f.CancelRecorded():
            if actor == RUNNER:
                return None  # a strategy's own cancels follow the market; that the order is out is said
            row = _of(state, fact.account, fact.order)
            done = "等待撤单" if isinstance(fact, f.CancelWanted) else "撤单"
            who = _name(state, fact.account, fact.person)
            return Worded(
                fact.account, who, f"{done} {order_title(row.terms, row.leg)}（{fact.reason}）", row.terms.instrument
            )
        case f.CancelRefused():
            row = _of(state, fact.account, fact.order)
            what = f"交易所没有接受撤单 {order_title(row.terms, row.leg)}：{fact.text or fact.code}"
            return _about(state, row.terms, row.cause, what, Level.YELLOW)
        case f.ExternalOrderSeen():
            what = f"交易所有一笔不是本系统报的委托：{order_title(fact.terms)}，已成 {fact.filled} 手；请查明来源"
            return Worded(fact.account, "外部", what, fact.terms.instrument, Level.ORANGE)
        case _:
            assert_never(fact)


# --- strategies ------------------------------------------------------------------------------------------------


def _strategy(state: State, fact: _StrategyFact) -> Worded | None:
    row = state.accounts[fact.account].strategies[fact.strategy]
    sentence, level = "", Level.NORMAL
    match fact:
        case f.StrategyStarted():
            sentence = f"{_by(state, fact.account, fact.person)}启动：{settings_title(fact.settings)}"
        case f.StrategyPaused():
            sentence, level = f"已暂停：{fact.reason}", Level.YELLOW
        case f.StrategyResumed():
            sentence = f"{_by(state, fact.account, fact.person)}恢复运行"
        case f.StrategyStopped():
            sentence, level = f"已停止：{fact.reason}；持仓保留", Level.YELLOW
        case f.StrategyWinding():
            sentence, level = f"收尾：先补平各腿再{WORDS[fact.then]}（{fact.reason}）", Level.YELLOW
        case f.StrategyMarked():
            sentence = mark_sentence(row.settings, fact.mark)
        case f.StrategyChanged():
            who = _name(state, fact.account, fact.person)
            sentence = f"{who} 修改参数为第 {fact.version} 版：{settings_title(fact.settings)}"
        case _:
            assert_never(fact)
    return Worded(fact.account, _strategy_source(fact.strategy), sentence, None, level) if sentence else None


def _strategy_source(strategy: StrategyId) -> str:
    return f"策略 {strategy}"


# --- links -----------------------------------------------------------------------------------------------------


def _link(fact: _LinkFact) -> Worded | None:
    match fact:
        case f.LinkLost():
            what = f"与交易所的连接断开（{fact.why}）；不报新单，重连对账后自动恢复"
            return Worded(fact.account, SYSTEM, what, None, Level.ORANGE)
        case f.BarrierBegan():
            return Worded(fact.account, SYSTEM, "已连接交易所，正在对账；对账一致前不能开仓", None, Level.YELLOW)
        case f.Reconciled():
            if not fact.differences:
                return None
            what = f"与交易所对账不一致：{'；'.join(fact.differences)}；请核对持仓与委托"
            return Worded(fact.account, SYSTEM, what, None, Level.ORANGE)
        case f.BarrierPassed():
            return Worded(fact.account, SYSTEM, "与交易所对账一致，可以开仓")
        case _:
            assert_never(fact)


# --- books, limits, people -------------------------------------------------------------------------------------


def _book(state: State, fact: _BookFact, actor: str) -> Worded | None:
    match fact:
        case f.AccountOpened():
            return Worded(fact.account, SYSTEM, f"账户 {fact.name} 开立，期初资金 {yuan(fact.cash)}")
        case f.UnitAssigned():
            what = f"账户归入经营单位 {fact.unit}" if fact.unit else "账户不再属于任何经营单位"
            return Worded(fact.account, _name(state, fact.account, fact.person), what)
        case f.RolesGranted():
            roles = "、".join(ROLES[role] for role in fact.roles) or "无"
            return Worded(fact.account, SYSTEM, f"{fact.name} 的角色：{roles}")
        case f.LimitsSet():
            return Worded(fact.account, RISK, f"限额第 {fact.limits.version} 版生效")
        case f.CashMoved():
            way = f.FILING_FEE if fact.is_filing_fee else "入金" if fact.amount >= 0 else "出金"
            return Worded(fact.account, actor, f"{way} {signed_yuan(fact.amount, 2)}（{fact.reason}）")
        case f.DaySettled():
            waits = {"暂按最新价，待结算价": [name for name in fact.stood_in if name not in fact.unheard]}
            waits["没有当日价格，按上一结算价暂记"] = [*fact.unheard]
            waits["从未有价格，其期权的保证金按行权价计"] = [one for one in fact.provisional if one not in fact.prices]
            note = "".join(f"；{'、'.join(map(short, names))} {how}" for how, names in waits.items() if names)
            heard = "（当日没有运行，补记）" if fact.missed else " "
            what = f"交易日 {day_text(fact.trading_day)}{heard}结算，进入 {day_text(fact.next_day)}{note}"
            return Worded(fact.account, SYSTEM, what)
        case f.AccountTaken():
            who = place_name(state.accounts[fact.account], fact.person, fact.device)
            what = f"{who} 接管账户；由其下单、启动与恢复策略，其他终端仍可撤单、停止策略与一键停止"
            return Worded(fact.account, _name(state, fact.account, fact.person), what, None, Level.YELLOW)
        case _:
            assert_never(fact)


def _waits(
    state: State,
    fact: f.ConfirmationRequested
    | f.ConfirmationDecided
    | f.ConditionalFact
    | f.ReversalFact
    | f.BatchFact
    | f.ExerciseFact
    | f.OtcFact,
) -> Worded | None:
    if isinstance(fact, f.ConditionalFact):
        return conditional(state.accounts[fact.account], fact)
    if isinstance(fact, f.ReversalFact):
        return reversal(state.accounts[fact.account], fact)
    if isinstance(fact, f.BatchFact):
        return batch(state.accounts[fact.account], fact)
    if isinstance(fact, f.ExerciseFact):
        return exercise(state.accounts[fact.account], fact)
    if isinstance(fact, f.OtcFact):
        return otc(state.accounts[fact.account], fact)
    return _confirmation(state, fact)


def _confirmation(state: State, fact: f.ConfirmationRequested | f.ConfirmationDecided) -> Worded | None:
    account = state.accounts[account_of(fact)]
    if isinstance(fact, f.ConfirmationRequested):
        asked = fact.confirmation
        named, instrument = _asked(asked)
        who = person_name(account, asked.maker)
        return Worded(account.account, who, f"提交复核 {named}：{asked.why}", instrument, Level.ORANGE)
    who = SYSTEM if fact.person is None else person_name(account, fact.person)
    done = DECISIONS[fact.decision]
    if not done:
        return None
    named, instrument = _asked(account.confirmations[fact.confirmation].confirmation)
    why = f"：{fact.reason}" if fact.reason else ""
    return Worded(account.account, who, f"复核 {named}{done}{why}", instrument)


def _asked(asked: Confirmation) -> tuple[str, InstrumentId | None]:
    stored = msgspec.json.decode(asked.stored, type=Stored)
    instrument = None if stored.looked_at is None else stored.looked_at.instrument
    return f"{asked.confirmation}（{title_of(stored)}）", instrument


DECISIONS: dict[ConfirmationEvent, str] = {
    ConfirmationEvent.APPROVE: "已通过",
    ConfirmationEvent.REJECT: "已驳回",
    ConfirmationEvent.WITHDRAW: "已由制单人撤回",
    ConfirmationEvent.EXPIRE: "已超过时限，没有执行",
    ConfirmationEvent.SUPERSEDE: "已被取代",
    ConfirmationEvent.STALE: "通过后情况已变化，没有执行",
    ConfirmationEvent.REVOKE: "已作废",
    ConfirmationEvent.CONSUME: "",  # the order, the strategy or the limits say it themselves
}
