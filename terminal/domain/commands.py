"""Hold what people and programs may ask for: imperative, with an id, and they may be refused."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.batch_commands import BatchWish
from terminal.domain.fact.statement import StatementRefusal, StatementResult
from terminal.domain.ids import (
    AccountId,
    CommandId,
    ConditionalId,
    ConfirmationId,
    DeviceId,
    ExerciseId,
    InstrumentId,
    OrderId,
    PersonId,
    ReversalId,
    StrategyId,
)
from terminal.domain.orders.conditional import Conditional
from terminal.domain.orders.exercise import ExerciseWish
from terminal.domain.orders.order import OrderTerms
from terminal.domain.orders.reversal import Taking
from terminal.domain.otc_commands import OtcWish
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import StrategySettings
from terminal.domain.spot_commands import ConfirmSpot
from terminal.domain.stock import StateStocks
from terminal.domain.words.risk import Level, Scope


class SubmitOrder(msgspec.Struct, frozen=True, kw_only=True, tag="submit_order"):
    """Send one order by hand."""

    terms: OrderTerms
    reason: str = ""


class ClosePosition(msgspec.Struct, frozen=True, kw_only=True, tag="close_position"):
    """Close so many lots, of whichever day: the runner splits it into orders (平仓).

    `terms.side` is the orders'; its offset does not matter. `take` is a word of the planner's `Take`.
    """

    account: AccountId
    terms: OrderTerms
    take: Taking = "YESTERDAY_FIRST"
    reason: str = ""


class LockPosition(msgspec.Struct, frozen=True, kw_only=True, tag="lock_position"):
    """Open the other side of so many lots (锁仓): `terms.side` SELL stands against long lots."""

    account: AccountId
    terms: OrderTerms
    reason: str = ""


class UnlockPosition(msgspec.Struct, frozen=True, kw_only=True, tag="unlock_position"):
    """Close lots that stand against the other side (解锁): by these terms one side alone, cheapest lots first.

    With `other_price` the same lots of the other side besides, at that price.
    """

    account: AccountId
    terms: OrderTerms
    other_price: Decimal | None = None
    reason: str = ""


class ReversePosition(msgspec.Struct, frozen=True, kw_only=True, tag="reverse_position"):
    """Close so many lots as `ClosePosition` does, then open the other way what was filled (反手)."""

    account: AccountId
    terms: OrderTerms
    take: Taking = "YESTERDAY_FIRST"
    reason: str = ""


class FinishReversal(msgspec.Struct, frozen=True, kw_only=True, tag="finish_reversal"):
    """Go on with a reversal that came to a stop, at this price: close what is left, open what was closed."""

    account: AccountId
    reversal: ReversalId
    price: Decimal


class GiveUpReversal(msgspec.Struct, frozen=True, kw_only=True, tag="give_up_reversal"):
    """End a reversal: its working orders are cancelled, and it opens nothing more."""

    account: AccountId
    reversal: ReversalId


ReversalWish = ReversePosition | FinishReversal | GiveUpReversal


class CancelOrder(msgspec.Struct, frozen=True, kw_only=True, tag="cancel_order"):
    """Cancel one working order."""

    account: AccountId
    order: OrderId


class CancelAll(msgspec.Struct, frozen=True, kw_only=True, tag="cancel_all"):
    """Cancel every working order of an account (全撤), or of one instrument in it (撤本合约)."""

    account: AccountId
    instrument: InstrumentId | None = None


class ApproveOrder(msgspec.Struct, frozen=True, kw_only=True, tag="approve_order"):
    """Approve the stored object with exactly this hash; `signature` is Ed25519 over `approval_bytes`, hex."""

    account: AccountId
    confirmation: ConfirmationId
    order_hash: str
    signature: str


class RejectOrder(msgspec.Struct, frozen=True, kw_only=True, tag="reject_order"):
    """Reject a pending confirmation."""

    account: AccountId
    confirmation: ConfirmationId
    order_hash: str
    signature: str
    reason: str


class WithdrawOrder(msgspec.Struct, frozen=True, kw_only=True, tag="withdraw_order"):
    """Take one's own pending confirmation back."""

    account: AccountId
    confirmation: ConfirmationId


class EditOrder(msgspec.Struct, frozen=True, kw_only=True, tag="edit_order"):
    """Replace one's own pending order by another one; the old object is superseded, whatever its approval."""

    account: AccountId
    confirmation: ConfirmationId
    terms: OrderTerms


class PlaceConditional(msgspec.Struct, frozen=True, kw_only=True, tag="place_conditional"):
    """Have an order sent when a condition holds (条件单, 止损, 止盈, 预埋单)."""

    account: AccountId
    wanted: Conditional


class GuardPosition(msgspec.Struct, frozen=True, kw_only=True, tag="guard_position"):
    """Attach a stop-loss (止损), a take-profit (止盈), or both as one of two (二择一) to lots that are held.

    Both close the same lots of the same side. `beside` puts one exit beside one that is attached alone already.
    """

    account: AccountId
    exits: tuple[Conditional, ...]  # one or two
    beside: ConditionalId | None = None


class EditConditional(msgspec.Struct, frozen=True, kw_only=True, tag="edit_conditional"):
    """Replace a conditional order that waits or is paused, over `base_version`."""

    account: AccountId
    conditional: ConditionalId
    base_version: int
    wanted: Conditional


class PauseConditional(msgspec.Struct, frozen=True, kw_only=True, tag="pause_conditional"):
    """Have a conditional order wait without being looked at."""

    account: AccountId
    conditional: ConditionalId


class ResumeConditional(msgspec.Struct, frozen=True, kw_only=True, tag="resume_conditional"):
    """Have a paused conditional order looked at again."""

    account: AccountId
    conditional: ConditionalId


class WithdrawConditional(msgspec.Struct, frozen=True, kw_only=True, tag="withdraw_conditional"):
    """End a conditional order that has not been sent."""

    account: AccountId
    conditional: ConditionalId


ConditionalWish = (
    PlaceConditional | GuardPosition | EditConditional | PauseConditional | ResumeConditional | WithdrawConditional
)


class RequestExercise(msgspec.Struct, frozen=True, kw_only=True, tag="request_exercise"):
    """Ask the exchange to exercise long lots of an option, or not to (行权, 放弃)."""

    account: AccountId
    wish: ExerciseWish


class WithdrawExercise(msgspec.Struct, frozen=True, kw_only=True, tag="withdraw_exercise"):
    """Take a request to exercise or abandon back (撤销申请)."""

    account: AccountId
    request: ExerciseId


class StartStrategy(msgspec.Struct, frozen=True, kw_only=True, tag="start_strategy"):
    """Start a strategy."""

    account: AccountId
    strategy: StrategyId
    settings: StrategySettings


class PauseStrategy(msgspec.Struct, frozen=True, kw_only=True, tag="pause_strategy"):
    """Pause a strategy; its resting orders are cancelled."""

    account: AccountId
    strategy: StrategyId


class ResumeStrategy(msgspec.Struct, frozen=True, kw_only=True, tag="resume_strategy"):
    """Let a paused strategy decide again."""

    account: AccountId
    strategy: StrategyId


class StopStrategy(msgspec.Struct, frozen=True, kw_only=True, tag="stop_strategy"):
    """End a strategy; its orders are cancelled, its position stays."""

    account: AccountId
    strategy: StrategyId


class ChangeStrategy(msgspec.Struct, frozen=True, kw_only=True, tag="change_strategy"):
    """Give a strategy other settings over `base_version`; they hold from its next decision on."""

    account: AccountId
    strategy: StrategyId
    base_version: int
    settings: StrategySettings


class TakeAccount(msgspec.Struct, frozen=True, kw_only=True, tag="take_account"):
    """Take an account over (接管): from then on only its holder opens, closes and steers strategies by hand."""

    account: AccountId


class AcknowledgeAlert(msgspec.Struct, frozen=True, kw_only=True, tag="acknowledge_alert"):
    """Say that a person has seen a raised alert (确认)."""

    account: AccountId
    alert: int


class AcknowledgeLevel(msgspec.Struct, frozen=True, kw_only=True, tag="acknowledge_level"):
    """Say that a person has seen an alarm level that stands at orange or red (确认); it goes on standing."""

    account: AccountId
    scope: Scope
    signal: str
    level: Level  # the one that was seen: another one since then has to be looked at itself


Acknowledgement = AcknowledgeAlert | AcknowledgeLevel


class SaveDocument(msgspec.Struct, frozen=True, kw_only=True, tag="save_document"):
    """Keep a document of the person who asks (draft, layout) under a name; an empty body removes it."""

    name: str
    base_version: int
    body: str


class ChangeLimits(msgspec.Struct, frozen=True, kw_only=True, tag="change_limits"):
    """Set new limits over `base_version`; loosening needs a second person's `ApproveOrder`-like confirmation."""

    account: AccountId
    base_version: int
    limits: Limits


class Kill(msgspec.Struct, frozen=True, kw_only=True, tag="kill"):
    """Pull the kill switch (一键停止) for a scope."""

    account: AccountId
    scope: Scope
    reason: str


class Release(msgspec.Struct, frozen=True, kw_only=True, tag="release"):
    """Ask for, or as the second person grant, the release of a kill switch or a red level."""

    account: AccountId
    scope: Scope
    reason: str


class QuoteSpot(msgspec.Struct, frozen=True, kw_only=True, tag="quote_spot"):
    """State a spot price, yuan per quotation unit."""

    instrument: InstrumentId
    price: Decimal
    source: str


class MoveCash(msgspec.Struct, frozen=True, kw_only=True, tag="move_cash"):
    """Book cash in (positive) or out."""

    account: AccountId
    amount: Decimal
    reason: str


class HandInStatement(msgspec.Struct, frozen=True, kw_only=True, tag="hand_in_statement"):
    """Hand in what comparing a day's statement with our books found (对账结果)."""

    account: AccountId
    result: StatementResult


class RefuseStatement(msgspec.Struct, frozen=True, kw_only=True, tag="refuse_statement"):
    """Say that a statement cannot be true and was compared with nothing (结算单被拒绝)."""

    account: AccountId
    refusal: StatementRefusal


PlainControl = (
    PauseStrategy
    | ResumeStrategy
    | StopStrategy
    | TakeAccount
    | Acknowledgement
    | ChangeLimits
    | Kill
    | Release
    | MoveCash
    | HandInStatement
    | RefuseStatement
)
"""What is asked of an account beside its orders, and needs no settings of a strategy to be said."""

CommandBody = (
    SubmitOrder
    | ClosePosition
    | LockPosition
    | UnlockPosition
    | ReversalWish
    | CancelOrder
    | CancelAll
    | ApproveOrder
    | RejectOrder
    | WithdrawOrder
    | EditOrder
    | ConditionalWish
    | RequestExercise
    | WithdrawExercise
    | BatchWish
    | StartStrategy
    | ChangeStrategy
    | PlainControl
    | SaveDocument
    | QuoteSpot
    | StateStocks
    | OtcWish
    | ConfirmSpot
)


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Carry one wish with its id, the person and device behind it, and the market instant it was made."""

    command: CommandId
    person: PersonId
    device: DeviceId
    at: int
    body: CommandBody
