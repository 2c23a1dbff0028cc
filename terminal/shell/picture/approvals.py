"""Make the cards of confirmations (复核): what stopped it, what it would do, and what became of it.

The stored object is decoded once; only its bytes are approved, the card is a reading of them.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, assert_never

import msgspec

from terminal.domain.fact.facts import Role
from terminal.domain.orders.confirmation import ConfirmationState, Stored, stored_hash
from terminal.domain.orders.order import Origin
from terminal.domain.products.combination import contracts_of, is_combination
from terminal.domain.words.differences import differences
from terminal.engine.combinations.prices import priced
from terminal.engine.otc.wording import step_title
from terminal.engine.reversal.wording import reversal_title
from terminal.engine.screen import ApprovalCard, Figure
from terminal.engine.sentences.exercise import wish_text
from terminal.engine.sentences.spot import waiver_title
from terminal.engine.sentences.strategy import settings_details, settings_title
from terminal.engine.strategy.spot_answers import waiver_details
from terminal.engine.strategy.whereabouts import where_it_stands
from terminal.engine.wishes.stale import signed_prices, why_stale
from terminal.engine.wording import cash_title, order_title, person_name, yuan
from terminal.risk.limits import changes
from terminal.shell.picture.cards.broken import broken_contracts, broken_details
from terminal.shell.picture.cards.combination import combined_details, combined_figures
from terminal.shell.picture.cards.consequence import level_figure, order_figures, too_few, worst_case
from terminal.shell.picture.cards.exercise import exercise_details, exercise_figures
from terminal.shell.picture.cards.reversal import reversal_details, reversal_figures
from terminal.shell.picture.decided import done_by, end_of, order_of, reason_of, told_maker
from terminal.shell.picture.otc import otc_details, otc_figures
from terminal.shell.picture.plan import Drift, drift, drifts, plan_figures, price_figures
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import ConfirmationId, InstrumentId, PersonId
    from terminal.domain.orders.confirmation import Confirmation
    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState, OrderRow
    from terminal.shell.picture.present import Present

FORGED = "运行器给出的内容与它要您签的哈希不符：没有签名，请不要批准，立即联系管理员核对运行器。"
CHECKED = frozenset(
    {ConfirmationState.APPROVED, ConfirmationState.CONSUMED, ConfirmationState.REJECTED, ConfirmationState.STALE}
)
LAST_ORDERS = 5
NAMED = 2  # others that wait, by their titles
STATES = {
    "RECORDED": "已记录",
    "SENT": "已报出",
    "LIVE": "未成交",
    "PARTIAL": "部分成交",
    "FILLED": "全部成交",
    "CANCELLED": "已撤",
    "EXPIRED": "收盘失效",
    "REJECTED": "被拒绝",
    "UNKNOWN": "状态未知",
    "VOID": "没有报出",
}


class ApprovalCards:
    """Make cards; remembers the decoded objects and the figures a decided card was last shown with."""

    def __init__(self) -> None:
        self._stored: dict[ConfirmationId, Stored] = {}
        self._asked: dict[ConfirmationId, ApprovalCard] = {}

    def stored(self, row: ConfirmationRow) -> Stored:
        """Return the object that is to be approved."""
        name = row.confirmation.confirmation
        found = self._stored.get(name)
        if found is None:
            found = self._stored[name] = msgspec.json.decode(row.confirmation.stored, type=Stored)
        return found

    def card(self, present: Present, account: AccountState, row: ConfirmationRow) -> ApprovalCard:
        """Return a confirmation as the screen shows it now."""
        name = row.confirmation.confirmation
        if row.state is not ConfirmationState.PENDING:
            before = self._asked.get(name)
            card = self._card(present, account, row)
            # The figures it was decided on stay; what the order did meanwhile is not its consequence any more.
            kept = () if before is None else before.figures
            return msgspec.structs.replace(card, figures=kept)
        card = self._asked[name] = self._card(present, account, row)
        return card

    def _card(self, present: Present, account: AccountState, row: ConfirmationRow) -> ApprovalCard:
        asked, stored = row.confirmation, self.stored(row)
        is_whole = _is_whole(asked, stored)
        terms = stored.terms
        pending = row.state is ConfirmationState.PENDING
        decided = row.reference_price or present.heard.decided_prices.get(asked.confirmation)
        moved = drifts(present, stored) if pending else _drift_at(present, stored, decided)
        worst = moved[0] if moved else None
        shown = stored.looked_at
        price = _price_now(present, shown) if shown is not None else None if worst is None else worst.price
        person = present.heard.decisions.get(asked.confirmation, (None, ""))[0]
        checker = row.checker or (person if row.state in CHECKED else None)  # who withdraws his own checks nothing
        order = None if terms is None else order_of(account, row)
        ended = order if order is not None and order.ended else None
        return ApprovalCard(
            confirmation=asked.confirmation,
            account=asked.account,
            order_hash=asked.order_hash,
            state=row.state,
            maker=stored.maker,
            maker_name=person_name(account, stored.maker),
            title=title_of(stored),
            why=asked.why if is_whole else FORGED,
            requested_at=row.requested_at,
            expires_at=stored.expires_at,
            terms=terms,
            reference_price=stored.reference_price if worst is None else worst.reference,
            price=price if pending else None,
            decided_price=decided,
            drift_ticks=None if worst is None else worst.ticks,
            allowed_drift_ticks=None if worst is None else worst.allowed,
            figures=(*_figures(present, account, stored, moved), level_figure(account, stored)) if pending else (),
            reason=stored.cause.reason,
            details=self._words(present, account, row) if pending else (),
            void_now=self._void_now(present, account, row, worst) if pending else "",
            last_orders=_last_orders(account, stored.maker) if pending else (),
            checker=checker,
            checker_name="" if checker is None else person_name(account, checker),
            outcome=_outcome(present, account, row, stored, done_by(stored) if ended is None else end_of(ended)),
            ended=None if ended is None else ended.state,
            told=_told(present, account, row, stored),
            is_whole=is_whole,
            may_decide=pending and is_whole and may_decide(present, account, stored.maker),
        )

    def _words(self, present: Present, account: AccountState, row: ConfirmationRow) -> tuple[str, ...]:
        stored = self.stored(row)
        plans = broken_details(present, account, stored)
        return (*plans, *_details(present, account, stored), *self._beside(account, row))

    def _void_now(self, present: Present, account: AccountState, row: ConfirmationRow, worst: Drift | None) -> str:
        is_told = worst is not None and worst.ticks is not None and worst.is_over  # beside the button, in ticks
        return "" if is_told else why_stale(present.state, account, self.stored(row), present.market)

    def _beside(self, account: AccountState, row: ConfirmationRow) -> tuple[str, ...]:
        # The figures know nothing of what else waits: who approves all of it must know that they add up.
        others = [one for one in account.pending.values() if one is not row and self.stored(one).is_trade]
        if not others or self.stored(row).looked_at is None:
            return ()
        named = "、".join(f"{one.confirmation.confirmation} {title_of(self.stored(one))}" for one in others[:NAMED])
        rest = f" 等 {len(others)} 项" if len(others) > NAMED else ""
        return (f"未计入其他待复核：{named}{rest}",)


def _is_whole(asked: Confirmation, stored: Stored) -> bool:
    # What is shown is what would be signed, and what the runner says beside it is no other thing.
    beside, signed = ((one.account, one.maker, one.expires_at) for one in (asked, stored))
    return stored_hash(asked.stored) == asked.order_hash and beside == signed


def title_of(stored: Stored) -> str:
    """Return what a confirmation is about."""
    if stored.terms is not None:
        return order_title(stored.terms)
    if stored.reversal is not None:
        return reversal_title(stored.reversal.terms)
    if stored.exercise is not None:
        return f"期权申请：{wish_text(stored.exercise.wish)}"
    if stored.settings is not None:
        verb = "修改" if (stored.settings_version or 1) > 1 else "启动"
        return f"{verb}策略 {stored.strategy}：{settings_title(stored.settings)}"
    if stored.otc is not None:
        return step_title(stored.otc)
    if stored.waiver is not None:
        return waiver_title(stored.waiver)
    return "放宽限额" if stored.cash is None else cash_title(stored.cash)


def may_decide(present: Present, account: AccountState, maker: PersonId) -> bool:
    """Return whether the person at this desk may decide: another one than the maker, with a checker's role."""
    roles = account.roles(present.person)
    return present.person != maker and (Role.CHECKER in roles or Role.RISK in roles)


def priced_by(account: AccountState, stored: Stored) -> frozenset[InstrumentId]:
    """Return the contracts whose prices a card shows."""
    of_order = () if stored.looked_at is None else (stored.looked_at.instrument,)
    own = frozenset(leg for name in (*signed_prices(stored), *of_order) for leg in contracts_of(name))
    return own | broken_contracts(account, stored)


def _price_now(present: Present, terms: OrderTerms) -> Decimal | None:
    found = priced(present.state.tenant.instruments, terms.instrument, present.market)
    return None if found is None else found.price


def _drift_at(present: Present, stored: Stored, price: Decimal | None) -> tuple[Drift, ...]:
    # Of a parent nothing was said of its prices when it was decided.
    terms, seen = stored.looked_at, stored.reference_price
    if terms is None or seen is None:
        return ()
    known = priced(present.state.tenant.instruments, terms.instrument, present.market)
    return () if known is None else (drift(terms.instrument, seen, known._replace(price=price)),)


def _figures(present: Present, account: AccountState, stored: Stored, moved: tuple[Drift, ...]) -> tuple[Figure, ...]:
    if stored.terms is not None and is_combination(stored.terms.instrument):
        return combined_figures(present, account, stored.terms)
    if stored.terms is not None:
        return order_figures(present, account, stored.terms)
    if stored.reversal is not None:
        return reversal_figures(present, account, stored.reversal)
    if stored.exercise is not None:
        return exercise_figures(present, account, stored.exercise)
    if stored.settings is not None and stored.strategy in account.strategies:
        before = account.strategies[stored.strategy].settings
        return (*_setting_figures(before, stored.settings), *price_figures(moved))
    if stored.settings is not None:
        return (*plan_figures(present, account, stored.settings), *price_figures(moved))
    if stored.limits is not None:
        return tuple(
            Figure(name=one.name, before=one.before, after=one.after, worse=one.looser)
            for one in changes(account.limits, stored.limits)
        )
    if stored.otc is not None:
        return otc_figures(present, account, stored.otc)
    if stored.cash is not None:
        available = account.book.view(present.mark).available
        return (Figure(name="可用", before=yuan(available), after=yuan(available + stored.cash), worse=False),)
    return ()


def _setting_figures(old: StrategySettings, new: StrategySettings) -> tuple[Figure, ...]:
    kind = strategy_of(old)
    if type(old) is not type(new):
        return ()
    before, after = kind.sizes(old), kind.sizes(new)
    found = (
        Figure(
            name=one.name,
            before=one.before,
            after=one.after,
            worse=after.get(one.field, 0) > before.get(one.field, 0),
        )
        for one in differences(old, new)
    )
    return tuple(sorted(found, key=lambda one: not one.worse))  # what grows is seen without scrolling


def _details(present: Present, account: AccountState, stored: Stored) -> tuple[str, ...]:
    if stored.terms is not None and is_combination(stored.terms.instrument):
        return combined_details(present, account, stored.terms)
    if stored.terms is not None:
        told = (too_few(present, account, stored.terms), worst_case(present, account, stored.terms))
        return tuple(text for text in told if text)
    if stored.reversal is not None:
        return reversal_details(present, account, stored.reversal)
    if stored.exercise is not None:
        return exercise_details(present, account, stored.exercise)
    if stored.otc is not None:
        return otc_details(account, stored.otc)
    if stored.waiver is not None:
        return waiver_details(account, stored.waiver)
    if stored.settings is None:
        return ()
    row = None if stored.strategy is None else account.strategies.get(stored.strategy)
    found = settings_details(where_it_stands(row, stored.settings), present.state.tenant.instruments)
    envelope = stored.envelope
    if envelope is None:
        return found
    whole = sum(lots for _, lots in strategy_of(stored.settings).whole(stored.settings))
    bounds = f"累计开仓不超过 {envelope.total_lots} 手，单笔不超过 {envelope.largest_child_lots} 手"
    return (*found, f"总价值 {yuan(envelope.total_value_yuan)}，各腿合计 {whole} 手；{bounds}")


def _last_orders(account: AccountState, maker: PersonId) -> tuple[str, ...]:
    mine = (
        row
        for row in reversed(account.orders.values())
        if row.cause.person == maker and row.cause.origin is Origin.MANUAL
    )
    return tuple(_in_words(row) for row in islice(mine, LAST_ORDERS))


def _in_words(row: OrderRow) -> str:
    filled = f"，成交 {row.filled} 手" if row.filled and row.remaining else ""
    return f"{order_title(row.terms, row.leg)} {STATES[row.state]}{filled}"


def _told(present: Present, account: AccountState, row: ConfirmationRow, stored: Stored) -> str:
    if row.confirmation.maker != present.person:
        return ""
    person, reason = present.heard.decisions.get(row.confirmation.confirmation, (None, ""))
    checker = row.checker or person
    who = "" if checker is None else person_name(account, checker)
    reason = reason_of(row.state, stored, reason)
    return told_maker(row.state, title_of(stored), done_by(stored), who=who, reason=reason)


def _outcome(present: Present, account: AccountState, row: ConfirmationRow, stored: Stored, done: str) -> str:
    person, reason = present.heard.decisions.get(row.confirmation.confirmation, (None, ""))
    checker = row.checker or person
    who = "另一人" if checker is None else person_name(account, checker)
    state = row.state
    reason = reason_of(state, stored, reason)
    why = f"：{reason}" if reason else ""
    match state:
        case ConfirmationState.PENDING:
            return ""
        case ConfirmationState.APPROVED:
            return f"{who}已通过，正在执行"
        case ConfirmationState.CONSUMED:
            return f"{who}已通过，{done}"
        case ConfirmationState.REJECTED:
            return f"{who}已驳回{why}"
        case ConfirmationState.WITHDRAWN:
            return "制单人已撤回"
        case ConfirmationState.EXPIRED:
            return "超过复核时限，没有执行；仍需要时请重新提交"
        case ConfirmationState.SUPERSEDED:
            return f"没有执行{why}" if reason else "制单人已修改，请看新的复核"
        case ConfirmationState.STALE:
            return f"{who}已通过，但情况已变化，没有执行{why}"
        case ConfirmationState.REVOKED:
            return f"已作废{why}"
        case _:
            assert_never(state)
