"""Park what needs a second person, and release exactly that (SAFETY 7).

The checker approves the stored bytes. Consumption happens in the turn of the approval: everything is judged again,
and the intent (or the strategy's start, or the new limits) and the CONSUME are said together, so they are committed
together or not at all. Nothing stays approved and unused across turns, so there is nothing to replay.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.facts import (
    CashMoved,
    ConfirmationDecided,
    ConfirmationRequested,
    LimitsSet,
    Role,
)
from terminal.domain.ids import ConfirmationId
from terminal.domain.orders.confirmation import Confirmation, ConfirmationEvent, ConfirmationState, Stored, stored_hash
from terminal.domain.products.combination import contracts_of
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.typed_text import shown
from terminal.engine.combinations.prices import Market, priced
from terminal.engine.exercise import judge as exercise_judge
from terminal.engine.orders.by_hand import judge_asked, record_asked, refuse_asked
from terminal.engine.otc.step import carry_on, why_orphaned, wrong_step
from terminal.engine.reversal import reversals
from terminal.engine.reversal.plan import foresee
from terminal.engine.reversal.wording import reversal_title
from terminal.engine.sentences.exercise import wish_text
from terminal.engine.strategy import changes, spot_answers
from terminal.engine.strategy.changes import FIRST_VERSION
from terminal.engine.strategy.lapsed import why_gone, why_lapsed
from terminal.engine.wishes.device_key import is_signed
from terminal.engine.wishes.stale import level_over, position_sign, why_stale
from terminal.engine.wording import CONFIRMATIONS, cash_title, order_title, person_name

if TYPE_CHECKING:
    from terminal.domain.ids import DeviceId, PersonId, StrategyId
    from terminal.domain.orders.confirmation import ExerciseAsked
    from terminal.domain.orders.order import Cause, OrderTerms
    from terminal.domain.orders.reversal import Reversal
    from terminal.domain.otc import OtcStep
    from terminal.domain.spot_commands import ConfirmSpot
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, ConfirmationRow
    from terminal.engine.turn import Turn

SECOND = 1_000_000_000
PENDING_FOR = 15 * 60 * SECOND


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """Carry why a command about a confirmation is refused."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def approval_bytes(order_hash: str, decision: ConfirmationEvent, person: PersonId) -> bytes:
    """Return what a checker's device signs."""
    return f"{order_hash}|{decision}|{person}".encode()


def stored_bytes(stored: Stored) -> bytes:
    """Return the canonical JSON of the object a checker approves."""
    return msgspec.json.encode(stored, order="deterministic")


def stored_of(row: ConfirmationRow) -> Stored:
    """Return the object a confirmation is about, read from the bytes its hash covers."""
    return msgspec.json.decode(row.confirmation.stored, type=Stored)


def reason_again(row: ConfirmationRow) -> str:
    """Return why what stands in the place of a confirmation is wanted: as its maker said, if they did."""
    return stored_of(row).cause.reason or "修改后重新提交"


def describe(look: Look, account: AccountState, cause: Cause, terms: OrderTerms | None) -> Stored:
    """Return the stored object of an order at this moment, to be completed for a strategy or limits."""
    number = account.confirmations_asked + 1
    limits = account.limits
    return Stored(
        tenant=look.state.tenant.name,
        account=account.account,
        terms=terms,
        cause=cause,
        maker=cause.person,
        nonce=f"{account.account}-{number}",
        created_at=look.now,
        expires_at=_expiry(look, terms),
        limits_version=limits.version if limits is not None else 0,
        reference_price=None if terms is None else _priced_now(look, terms),
        level=int(level_over(account, cause.strategy, terms)),
        position_sign=position_sign(account, terms),
    )


def _expiry(look: Look, terms: OrderTerms | None) -> int:
    latest = look.now + PENDING_FOR
    if terms is None:
        return latest
    sessions = [look.session(name) for name in contracts_of(terms.instrument)]
    return min([latest, *(one.ends_at for one in sessions if one.orders)])


def _market(look: Look) -> Market:
    return Market(look.columns.last_price, look.columns.quote)


def _priced_now(look: Look, terms: OrderTerms) -> Decimal | None:
    found = priced(look.state.tenant.instruments, terms.instrument, _market(look))
    return None if found is None else found.price


def park(turn: Turn, account: AccountState, stored: Stored, findings: tuple[Finding, ...], why: str) -> ConfirmationId:
    """Park an object under its hash until another person decides; whoever calls has asked `waiting.need_room`."""
    raw = stored_bytes(stored).decode()
    name = ConfirmationId(f"{account.account}-C{account.confirmations_asked + 1:06d}")
    turn.say(
        ConfirmationRequested(
            confirmation=Confirmation(
                confirmation=name,
                account=account.account,
                order_hash=stored_hash(raw),
                stored=raw,
                maker=stored.maker,
                maker_device=stored.cause.device,
                expires_at=stored.expires_at,
                why=why,
            ),
            findings=findings,
        )
    )
    return name


# --- decisions -------------------------------------------------------------------------------------------------


def check_decision(
    turn: Turn,
    account: AccountState,
    confirmation: ConfirmationId,
    order_hash: str,
    signature: str,
    decision: ConfirmationEvent,
    person: PersonId,
    device: DeviceId,
) -> ConfirmationRow:
    """Return the pending confirmation a checker may decide on, or raise `Refused`."""
    row = account.confirmations.get(confirmation)
    if row is None:
        raise Refused("UNKNOWN_CONFIRMATION", f"没有编号为 {shown(confirmation)} 的待复核项，请刷新列表。")
    if row.state is not ConfirmationState.PENDING:
        who = "" if row.checker is None else f"（{person_name(account, row.checker)}）"
        word = CONFIRMATIONS[row.state]
        raise Refused("NOT_PENDING", f"{confirmation} {word}{who}，复核只能使用一次，您这次的决定没有生效。")
    if turn.at >= row.confirmation.expires_at:
        raise Refused("EXPIRED", f"{confirmation} 已超过复核时限，请制单人重新提交。")
    if not order_hash == row.confirmation.order_hash == stored_hash(row.confirmation.stored):
        raise Refused("HASH_MISMATCH", f"复核内容与 {confirmation} 保存的委托不一致，请重新打开后再复核。")
    if person == row.confirmation.maker:
        raise Refused("MAKER_IS_CHECKER", "制单人不能复核自己的委托，请由另一人复核。")
    roles = account.roles(person)
    if Role.CHECKER not in roles and Role.RISK not in roles:
        raise Refused("NO_ROLE", f"{person} 在账户 {account.account} 没有复核权限。")
    kept = turn.state.persons.get(person)
    enrolled = None if kept is None else kept.devices.get(device)
    if enrolled is None:
        raise Refused("UNKNOWN_DEVICE", f"设备 {device} 没有登记在 {person} 名下。")
    if not is_signed(enrolled.public_key, signature, approval_bytes(order_hash, decision, person)):
        raise Refused("BAD_SIGNATURE", f"{device} 的签名与复核内容不符，已拒绝。")
    return row


def reject(turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, signature: str, reason: str) -> None:
    """State a checker's no, with the price it was said at."""
    seen = _price_of(look, row)
    decide(turn, account, row, ConfirmationEvent.REJECT, signature=signature, reason=reason, seen=seen)


def approve(turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, signature: str) -> tuple[str, str]:
    """State a checker's yes and carry it out at once; return code and sentence of what was done.

    What has changed since it was asked for is stated as well and refused (STALE): the yes is used, and nothing done.
    """
    stored = stored_of(row)
    decide(turn, account, row, ConfirmationEvent.APPROVE, signature=signature, seen=_price_of(look, row))
    gone = (
        "" if stored.settings is None or stored.strategy is None else why_gone(look, stored.strategy, stored.settings)
    )
    stale = gone or why_stale(look.state, account, stored, _market(look))
    if stale:
        raise _go_stale(turn, account, row, stale)
    if stored.terms is not None:
        return _send(turn, look, account, row, stored, stored.terms)
    if stored.reversal is not None:
        return _reverse(turn, look, account, row, stored, stored.reversal)
    if stored.exercise is not None:
        return _exercise(turn, look, account, row, stored, stored.exercise)
    done = ""
    done = _carry_out(turn, look, account, row, stored)
    decide(turn, account, row, ConfirmationEvent.CONSUME)
    if stored.settings is not None and stored.strategy is not None:
        overtake(turn, account, stored.strategy)
    return "OK", f"复核通过{done}"


def _carry_out(turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored) -> str:
    # What sends nothing by itself; returns what was done as a clause.
    if stored.settings is not None and stored.strategy is not None:
        lapsed = why_lapsed(look, account, stored.strategy, stored.settings)
        if lapsed:
            raise _go_stale(turn, account, row, lapsed)
        fact = changes.agreed(stored, stored.strategy, stored.settings, row.confirmation.confirmation)
        turn.say(fact)
        how = "已启动" if fact.version == FIRST_VERSION else f"已改为第 {fact.version} 版"
        return f"，策略 {stored.strategy} {how}"
    if stored.limits is not None:
        orphaned = why_orphaned(look.state, account, stored.limits)
        if orphaned:
            raise _go_stale(turn, account, row, orphaned)
        turn.say(LimitsSet(account=account.account, limits=stored.limits))
        return f"，限额已改为第 {stored.limits.version} 版"
    if stored.cash is not None:
        turn.say(CashMoved(account=account.account, amount=stored.cash, reason=stored.cause.reason))
        return f"，已{cash_title(stored.cash)}"
    if stored.otc is not None:
        return f"，{_otc(turn, look, account, row, stored, stored.otc)}"
    return "" if stored.waiver is None else f"，{_waive(turn, look, account, row, stored, stored.waiver)}"


def _go_stale(turn: Turn, account: AccountState, row: ConfirmationRow, why: str) -> Refused:
    decide(turn, account, row, ConfirmationEvent.STALE, reason=why)
    return Refused("STALE", why)


def _send(
    turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored, terms: OrderTerms
) -> tuple[str, str]:
    asked = judge_asked(look, terms, stored.cause, approved=True)
    if asked.verdict >= Verdict.CONFIRM2:
        refuse_asked(turn, asked)
        worst = max(asked.findings, key=lambda finding: finding.verdict)
        raise _go_stale(turn, account, row, worst.sentence)
    record_asked(turn, look, account, asked, row.confirmation.confirmation)
    decide(turn, account, row, ConfirmationEvent.CONSUME)
    return "OK", f"复核通过，已报单 {order_title(terms)}"


def _reverse(
    turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored, wanted: Reversal
) -> tuple[str, str]:
    found = foresee(look, account, wanted, stored.cause, approved=True)
    if found.barred is not None:
        raise _go_stale(turn, account, row, found.barred[1])
    begun = reversals.start(turn, look, account, wanted, stored.cause, found, row.confirmation.confirmation)
    decide(turn, account, row, ConfirmationEvent.CONSUME)
    return "OK", f"复核通过，{begun} {reversal_title(wanted.terms)}：已报平仓单，成交后开仓"


def _exercise(
    turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored, asked: ExerciseAsked
) -> tuple[str, str]:
    found, wish, name = exercise_judge.judge(look, account, asked.wish, approved=True), asked.wish, row.confirmation
    if found.why:
        raise _go_stale(turn, account, row, found.why)
    if found.opens is not None and found.opens.lots > asked.opens.lots:
        opens = f"现在要开 {found.opens.lots} 手，复核的是 {asked.opens.lots} 手"
        raise _go_stale(turn, account, row, f"可自对冲的手数少了，{opens}，请重新提交。")
    maker, device = stored.maker, stored.cause.device
    request = exercise_judge.send(
        turn, account, wish, person=maker, device=device, findings=found.findings, confirmation=name.confirmation
    )
    decide(turn, account, row, ConfirmationEvent.CONSUME)
    return "OK", f"复核通过，已提交申请 {request}：{wish_text(wish)}"


def _otc(turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored, step: OtcStep) -> str:
    wrong = wrong_step(look.state, account, step)
    if wrong is not None:
        raise _go_stale(turn, account, row, wrong[1])
    return carry_on(turn, account, step, stored.maker, row.confirmation.confirmation)


def _waive(
    turn: Turn, look: Look, account: AccountState, row: ConfirmationRow, stored: Stored, body: ConfirmSpot
) -> str:
    wrong = spot_answers.wrong_confirmation(account, body)
    if wrong is not None:
        raise _go_stale(turn, account, row, wrong[1])
    said = spot_answers.confirmed_sentence(look, account, body)
    spot_answers.note(turn, account, body, stored.maker)
    return said


def decide(
    turn: Turn,
    account: AccountState,
    row: ConfirmationRow,
    decision: ConfirmationEvent,
    *,
    signature: str = "",
    reason: str = "",
    seen: Decimal | None = None,
) -> None:
    """State what has become of a confirmation, and by whom, where a person has decided it."""
    by_person = decision in {ConfirmationEvent.APPROVE, ConfirmationEvent.REJECT, ConfirmationEvent.WITHDRAW}
    turn.say(
        ConfirmationDecided(
            account=account.account,
            confirmation=row.confirmation.confirmation,
            decision=decision,
            person=turn.actor.person if by_person else None,
            device=turn.actor.device if by_person else None,
            signature=signature,
            reason=reason,
            reference_price=seen,
        )
    )


def _price_of(look: Look, row: ConfirmationRow) -> Decimal | None:
    terms = stored_of(row).looked_at
    return None if terms is None else _priced_now(look, terms)


def withdraw(turn: Turn, account: AccountState, row: ConfirmationRow) -> None:
    """Take a pending confirmation back, as its maker."""
    decide(turn, account, row, ConfirmationEvent.WITHDRAW)


def supersede(turn: Turn, account: AccountState, row: ConfirmationRow) -> None:
    """End a pending confirmation because its maker changed the order."""
    decide(turn, account, row, ConfirmationEvent.SUPERSEDE)


def overtake(turn: Turn, account: AccountState, strategy: StrategyId) -> None:
    """Void what waits to be made of a strategy whose settings have just become others than it was asked over."""
    now = account.strategies[strategy]
    for row in list(account.pending.values()):
        stored = msgspec.json.decode(row.confirmation.stored, type=Stored)
        version = stored.settings_version or FIRST_VERSION
        if stored.settings is not None and stored.strategy == strategy and version <= now.version:
            reason = changes.overtaken(now, version, stored.settings)
            decide(turn, account, row, ConfirmationEvent.SUPERSEDE, reason=reason)


def expire(turn: Turn, look: Look, account: AccountState, *, everything_approved: bool = False) -> None:
    """End what has waited too long, with the price it ended at; at a start also what was approved and not yet used."""
    for row in list(account.confirmations.values()):
        overdue = row.state is ConfirmationState.PENDING and turn.at >= row.confirmation.expires_at
        if overdue or (everything_approved and row.state is ConfirmationState.APPROVED):
            seen = _price_of(look, row) if row.state is ConfirmationState.PENDING else None
            decide(turn, account, row, ConfirmationEvent.EXPIRE, seen=seen)
