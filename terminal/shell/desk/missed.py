"""Say what happened while a desk was away: a look at a state, and what is different in it later, in sentences.

Everything that is different is said, as far as the state still knows it: of orders that were forgotten with their
trading day the number is said, and of strategies that they are over. What this person asked for is said by name and
with its outcome: each confirmation and each order by hand. What strategies and others ordered is counted, and so are
fills; positions show what they led to. The order is that of urgency: what stops trading, who holds the account, what
nobody knows, then what was decided, ordered and filled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import (
    AccountId,
    ConditionalId,
    ConfirmationId,
    DeviceId,
    ExerciseId,
    InstrumentId,
    OrderId,
    PersonId,
    StrategyId,
)
from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.orders.confirmation import ConfirmationState, Stored
from terminal.domain.orders.exercise import ExerciseState
from terminal.domain.orders.order import OrderState, Origin
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.risk import Level, Scope
from terminal.domain.words.terms import Term
from terminal.engine.book.scopes import scope_key
from terminal.engine.records.forgetting import OVER
from terminal.engine.sentences.exercise import STATES as REQUESTS
from terminal.engine.sentences.exercise import wish_text
from terminal.engine.unread import Missed
from terminal.engine.wording import (
    LEVELS,
    ORDER_ENDS,
    order_title,
    person_name,
    place_name,
    scope_name,
    short,
    signed_lots,
)
from terminal.risk.levels import KILL_SIGNAL
from terminal.risk.limits import changes
from terminal.shell.picture.approvals import STATES, title_of
from terminal.shell.picture.conditionals import outcome
from terminal.shell.picture.decided import done_by, reason_of, told_maker

if TYPE_CHECKING:
    from terminal.domain.fact.facts import ConfirmationDecided
    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState, OrderRow, State

Decided = Mapping[ConfirmationId, "ConfirmationDecided"]

STATUSES: Final = {
    StrategyStatus.RUNNING: "运行",
    StrategyStatus.WINDING: "收尾",
    StrategyStatus.PAUSED: "暂停",
    StrategyStatus.STOPPED: "停止",
    StrategyStatus.FINISHED: "完成",
}


class AccountGlance(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what of an account a returning person asks about."""

    fills: int = 0
    alerts: int = 0
    recorded: int = 0  # orders ever
    orders: dict[OrderId, tuple[OrderState, int]] = {}  # and how much was filled
    net: dict[InstrumentId, int] = {}
    strategies: dict[StrategyId, tuple[StrategyStatus, int]] = {}  # and the version of its settings
    confirmations: dict[ConfirmationId, ConfirmationState] = {}
    conditionals: dict[ConditionalId, ConditionalState] = {}
    exercises: dict[ExerciseId, ExerciseState] = {}
    kills: dict[str, Scope] = {}
    levels: dict[str, tuple[Scope, Level]] = {}  # the worst of each scope
    limits: Limits | None = None
    holder: tuple[PersonId, DeviceId] | None = None


Glance = dict[AccountId, AccountGlance]


def glance(state: State) -> Glance:
    """Return one look at a state; it stays as it is while the state goes on."""
    return {name: _look(account, account.kills.keys()) for name, account in state.accounts.items()}


def missed(
    before: Glance, state: State, *, person: PersonId, seconds: int = 0, decided: Decided | None = None
) -> Missed | None:
    """Return what is different for a person, or `None` where nothing is. `decided` says by whom and why."""
    found: dict[int, list[str]] = {}
    own: list[ConfirmationId] = []
    told: set[AccountId] = set()
    for name, account in state.accounts.items():
        difference = _Difference(
            before.get(name, AccountGlance()), account, person, decided or {}, several=len(state.accounts) > 1
        )
        for place, part in enumerate(difference.parts()):
            said = list(part)
            found.setdefault(place, []).extend(said)
            told |= {name} if said else set()
        own += difference.own
    sentences = tuple(sentence for place in sorted(found) for sentence in found[place])
    if not sentences:
        return None
    return Missed(seconds=seconds, sentences=sentences, confirmations=frozenset(own), accounts=frozenset(told))


def _look(account: AccountState, stopped: AbstractSet[str]) -> AccountGlance:
    # Where a kill switch stands or has stood, its own level is said with it.
    levels: dict[str, tuple[Scope, Level]] = {}
    for row in account.levels.values():
        key = scope_key(row.scope)
        if row.signal == KILL_SIGNAL and key in stopped:
            continue
        if key not in levels or row.level > levels[key][1]:
            levels[key] = (row.scope, row.level)
    return AccountGlance(
        fills=account.fills_booked,
        alerts=account.alerts,
        recorded=account.reference,
        orders={name: (row.state, row.filled) for name, row in account.orders.items()},
        net={name: lots for name, lots in account.book.net_lots().items() if lots},
        strategies={name: (row.status, row.version) for name, row in account.strategies.items()},
        confirmations={name: row.state for name, row in account.confirmations.items()},
        conditionals={name: row.state for name, row in account.conditionals.rows.items()},
        exercises={name: row.state for name, row in account.exercises.rows.items()},
        kills={key: row.scope for key, row in account.kills.items()},
        levels=levels,
        limits=account.limits,
        holder=account.holder,
    )


class _Difference:
    def __init__(
        self, before: AccountGlance, account: AccountState, person: PersonId, decided: Decided, *, several: bool
    ) -> None:
        self._before, self._after = before, _look(account, before.kills.keys() | account.kills.keys())
        self._account, self._person, self._decided = account, person, decided
        self._name = account.name or account.account
        # By its id, as the account picker and the alerts call it: its name may say 「策略」 too, in front of that word.
        self._where = f"{account.account} " if several else ""
        self.own: list[ConfirmationId] = []  # of the person, whose outcome is said

    def parts(self) -> Iterator[Iterator[str]]:
        """Give the sentences of each kind, the most urgent kind first; of several accounts, kind by kind."""
        yield self._kills()
        yield self._levels()
        yield self._holder()
        yield self._unknown()
        yield self._confirmations()
        yield self._conditionals()
        yield self._exercises()
        yield self._own_orders()
        yield self._counts()
        yield self._positions()
        yield self._strategies()
        yield self._limits()
        yield self._waiting()

    def _kills(self) -> Iterator[str]:
        before, after = self._before.kills, self._after.kills
        for key in after.keys() - before.keys():
            yield f"{self._name} 已被一键停止：{scope_name(after[key])}"
        for key in before.keys() - after.keys():
            orange = self._account.levels.get(f"{key}|{KILL_SIGNAL}")
            still = "，仍为橙色，开仓须复核" if orange is not None and orange.level is Level.ORANGE else ""
            yield f"{self._name} 已解除一键停止：{scope_name(before[key])}{still}"

    def _levels(self) -> Iterator[str]:
        for key, (scope, level) in self._after.levels.items():
            was = self._before.levels.get(key, (scope, Level.NORMAL))[1]
            if was is not level:
                yield f"{self._name} 风险级别 {LEVELS[was]} → {LEVELS[level]}：{scope_name(scope)}"

    def _holder(self) -> Iterator[str]:
        before, after = self._before.holder, self._after.holder
        if after is not None and after != before:
            was = "" if before is None else f"（原为 {place_name(self._account, *before)}）"
            yield f"{self._name} 已由 {place_name(self._account, *after)} 接管{was}"

    def _unknown(self) -> Iterator[str]:
        count = sum(self._became_unknown(name) for name in self._after.orders)
        if count:  # those of before were told when they became so, and stand in the list of orders
            yield f"{self._where}{count} 笔委托状态不明，请核对"

    def _confirmations(self) -> Iterator[str]:
        for name, row in self._account.confirmations.items():
            was = self._before.confirmations.get(name)
            if was is row.state or row.confirmation.maker != self._person:
                continue
            if row.state is not ConfirmationState.PENDING:  # of one that waits the decision is still to be told
                self.own.append(name)
            yield f"{self._where}{number_of(name)} {self._outcome(name, row)}"

    def _outcome(self, name: ConfirmationId, row: ConfirmationRow) -> str:
        stored = msgspec.json.decode(row.confirmation.stored, type=Stored)
        title = title_of(stored)
        if row.state is ConfirmationState.PENDING:
            return f"{title} 已提交，等待复核"
        if row.state is ConfirmationState.WITHDRAWN:
            return f"{title} 已撤回"
        fact = self._decided.get(name)
        reason = reason_of(row.state, stored, "" if fact is None else fact.reason)
        if row.state is ConfirmationState.SUPERSEDED and not reason:
            return f"{title} 已由修改后的复核代替"
        checker = row.checker or (None if fact is None else fact.person)
        sent = next((one for one in self._account.orders.values() if one.confirmation == name), None)
        return told_maker(
            row.state,
            title,
            done_by(stored) if sent is None or stored.terms is None else f"已报出，现{_standing(sent)}",
            who="" if checker is None else person_name(self._account, checker),
            reason=reason,
        )

    def _conditionals(self) -> Iterator[str]:
        for name, row in self._account.conditionals.rows.items():
            told = outcome(self._account, row)
            if told and row.person == self._person and self._before.conditionals.get(name) is not row.state:
                yield f"{self._where}{told}"

    def _exercises(self) -> Iterator[str]:
        for name, row in self._account.exercises.rows.items():
            before = self._before.exercises.get(name)
            if row.person == self._person and before is not None and before is not row.state:
                done = f" {row.lots} 手" if row.state is ExerciseState.DONE else ""
                why = f"：{row.note}" if row.note else ""
                yield f"{self._where}申请 {name}（{wish_text(row.wish)}）{REQUESTS[row.state]}{done}{why}"

    def _own_orders(self) -> Iterator[str]:
        for row in self._moved_orders(own=True):
            yield f"{self._where}{order_title(row.terms, row.leg)} {_standing(row)}"

    def _counts(self) -> Iterator[str]:
        fills, alerts = self._after.fills - self._before.fills, self._after.alerts - self._before.alerts
        if fills > 0:
            yield f"{self._where}{fills} 笔成交"
        others = list(self._moved_orders(own=False))
        ends = Counter(row.state for row in others)
        new = sum(row.order not in self._before.orders for row in others)
        told = [f"新 {new} 笔"] if new else []
        told += [f"{word} {ends[state]} 笔" for state, word in ORDER_ENDS.items() if ends[state]]
        if told:
            yield f"{self._where}策略和他人的委托：{'、'.join(told)}"
        gone = (
            self._after.recorded - self._before.recorded - len(self._after.orders.keys() - self._before.orders.keys())
        )
        if gone > 0:
            yield f"{self._where}另有 {gone} 笔更早交易日的新委托，已经结束"
        if alerts > 0:
            yield f"{self._where}{alerts} 条告警"

    def _moved_orders(self, *, own: bool) -> Iterator[OrderRow]:
        for name, row in self._account.orders.items():
            is_own = row.cause.origin is Origin.MANUAL and row.cause.person == self._person
            is_said = self._became_unknown(name) or row.confirmation in self.own  # in a line of its own
            if is_own is own and not (own and is_said) and self._before.orders.get(name) != (row.state, row.filled):
                yield row

    def _became_unknown(self, name: OrderId) -> bool:
        before = self._before.orders.get(name, (None, 0))
        return self._after.orders[name][0] is OrderState.UNKNOWN is not before[0]

    def _positions(self) -> Iterator[str]:
        before, after = self._before.net, self._after.net
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name, 0), after.get(name, 0)
            if was != now:
                yield f"{self._name} {short(name)} 净持仓 {signed_lots(was)} → {signed_lots(now)}"

    def _strategies(self) -> Iterator[str]:
        for name, (status, version) in self._after.strategies.items():
            was = self._before.strategies.get(name)
            if was is None:
                yield f"{self._where}{_strategy(name)} 新启动，现在{STATUSES[status]}"
                continue
            if was[0] is not status:
                yield f"{self._where}{_strategy(name)} {STATUSES[was[0]]} → {STATUSES[status]}"
            if was[1] != version:
                yield f"{self._where}{_strategy(name)} 参数已改为第 {version} 版"
        for name, (status, _) in self._before.strategies.items():
            if name not in self._after.strategies and status not in OVER:
                yield f"{self._where}{_strategy(name)} {STATUSES[status]} → 已结束"

    def _limits(self) -> Iterator[str]:
        before, after = self._before.limits, self._after.limits
        if after is not None and after != before:
            told = "、".join(f"{one.name} {one.before} → {one.after}" for one in changes(before, after))
            if told:
                yield f"{self._name} 限额已改：{told}"

    def _waiting(self) -> Iterator[str]:
        pending = ConfirmationState.PENDING
        others = [
            (self._before.confirmations.get(name) is pending, row.state is pending)
            for name, row in self._account.confirmations.items()
            if row.confirmation.maker != self._person
        ]
        waited = {name for name, state in self._before.confirmations.items() if state is pending}
        came, gone = others.count((False, True)), others.count((True, False))
        forgotten = len(waited - self._account.confirmations.keys())
        if came:
            yield f"{self._where}他人新提交 {came} 项待复核"
        if gone:
            yield f"{self._where}他人提交的 {gone} 项待复核已有结果"
        if forgotten:
            yield f"{self._where}更早交易日的 {forgotten} 项待复核已有结果"


def _strategy(name: str) -> str:
    return name if name.startswith(Term.STRATEGIES) else f"{Term.STRATEGIES} {name}"


def number_of(confirmation: ConfirmationId) -> str:
    """Return the number people call a confirmation by.

    >>> number_of(ConfirmationId("A-1-C000008"))
    'C000008'
    """
    return confirmation.rpartition("-")[2]


def _standing(row: OrderRow) -> str:
    filled = f"，成交 {row.filled} 手" if row.filled and row.remaining else ""
    why = f"（{row.note.rstrip('。')}）" if row.note and row.state in ORDER_ENDS else ""
    return f"{ORDER_ENDS.get(row.state) or STATES[row.state]}{filled}{why}"
