"""Say what a contract is that no exchange lists (场外): a forward, a swap or an option between two firms.

Nothing of it is traded here: what was agreed elsewhere is booked, marked, and counted in the exposure of its hedge
group until it is settled. + is long price risk, in tonnes (DOMAIN 4.10). A forward or a swap carries its whole tonnes.
An option is counted whole too where orders are judged, for it may come to that, and only where it adds to what the
order adds: one that may come to nothing gives no room. Its tonnes by delta are for people to read. A group that
measures its goods otherwise than in their own tonnes weighs a contract as it weighs their futures.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.ids import ConfirmationId, InstrumentId, ProductId
from terminal.domain.orders.order import Side
from terminal.domain.products.instrument import PRICE_CEILING, Kind
from terminal.domain.products.option import Right
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.typed_text import LONGEST_NAME, is_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.parameters.limits import HedgeBound
    from terminal.domain.products.instrument import Instrument

MOST_CONTRACTS: Final = 500  # open in one account
MOST_TONNES: Final = Decimal(100_000_000)
FINEST: Final = Decimal("0.001")  # tonnes
FEN: Final = Decimal("0.01")
PER_TONNE: Final = "元/吨"
MOST_PERCENT: Final = Decimal(500)  # of a volatility
MOST_RATE: Final = Decimal(100)
MOST_YEARS: Final = 30  # of a contract: beyond it no formula is asked


class OtcKind(StrEnum):
    """Name the kinds of contract."""

    FORWARD = "远期"
    SWAP = "互换"
    OPTION = "场外期权"


class OtcTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what was agreed; `number` is the contract's own, by which both firms know it.

    `side` is ours: who has bought a forward or a swap gains when the reference rises; who has bought an option holds
    it. `price` is the fixed price, of an option the strike, and `premium` what its buyer paid, all in yuan per tonne.
    `expires` is a day like 20200930. An option is European: another one is marked by hand.
    """

    number: str
    counterparty: str
    kind: OtcKind
    side: Side
    tonnes: Decimal
    reference: InstrumentId
    price: Decimal
    expires: int
    group: str
    right: Right | None = None
    premium: Decimal = Decimal(0)

    @property
    def direction(self) -> int:
        """Return +1 where it gains when the reference rises, -1 where it loses."""
        return -self.side.sign if self.right is Right.PUT else self.side.sign

    @property
    def whole_tonnes(self) -> Decimal:
        """Return the tonnes of price risk of its own goods it may come to, signed."""
        return self.direction * self.tonnes


class HandMark(msgspec.Struct, frozen=True, kw_only=True, tag="hand"):
    """Value a contract at what somebody says: the counterparty's statement, a broker's quote.

    `value` is what it is worth to us in yuan, all of it. `delta` is that of one tonne to its holder, as pricing gives
    it (-1 to 1, of a put not positive); of an option alone.
    """

    value: Decimal
    source: str
    delta: Decimal | None = None


class FormulaMark(msgspec.Struct, frozen=True, kw_only=True, tag="formula"):
    """Value a contract by the reference's latest price: what it is above the fixed price, of an option Black's formula.

    `volatility` and `rate` (continuous) are per cent a year, of an option alone.
    """

    volatility: Decimal | None = None
    rate: Decimal = Decimal(0)


OtcMark = HandMark | FormulaMark


class OtcEnding(msgspec.Struct, frozen=True, kw_only=True, tag="otc_ending"):
    """Hold how a contract ended: what was paid to us in yuan (negative: by us), and why it is over.

    `booking` is the confirmation it was booked under: the same number may have been booked anew since.
    """

    number: str
    booking: ConfirmationId
    amount: Decimal
    reason: str


class OtcBooking(msgspec.Struct, frozen=True, kw_only=True, tag="otc_booking"):
    """Hold a contract that is to be booked."""

    terms: OtcTerms


OtcStep = OtcBooking | OtcEnding  # what moves the exposure, so that a second person looks at it


def first_mark(terms: OtcTerms) -> OtcMark | None:
    """Return how a contract is valued as long as nobody says otherwise; an option is not."""
    return None if terms.kind is OtcKind.OPTION else FormulaMark()


def wrong_terms(
    terms: OtcTerms, reference: Instrument | None, bounds: Iterable[HedgeBound], trading_day: int
) -> tuple[str, str] | None:
    """Return the field and the sentence by which a contract cannot be booked, or `None`."""
    for field, text, word in (
        ("number", terms.number, "合同编号"),
        ("counterparty", terms.counterparty, "交易对手"),
    ):
        if not is_name(text):
            return field, f"{word}应为 1 至 {LONGEST_NAME} 个可见字符，请填写。"
    if not 0 < terms.tonnes <= MOST_TONNES or terms.tonnes % FINEST:
        most = amount_text(MOST_TONNES)
        return "tonnes", f"数量应为正数，最多 {most} 吨、三位小数，现为 {amount_text(terms.tonnes)}，请修改。"
    return (
        _wrong_reference(terms, reference)
        or _wrong_prices(terms)
        or _wrong_place(terms, reference, tuple(bounds), trading_day)
    )


def _wrong_reference(terms: OtcTerms, reference: Instrument | None) -> tuple[str, str] | None:
    if reference is None:
        return "reference", f"没有合约或现货 {terms.reference}，请改为方案里列出的一个。"
    if reference.kind is Kind.OPTION:
        return "reference", f"{terms.reference} 是期权；挂钩标的应为期货或现货，请修改。"
    if reference.quote_unit != PER_TONNE:
        return "reference", f"{terms.reference} 按{reference.quote_unit}报价；这里只登记按{PER_TONNE}计价的合约。"
    if reference.expiry is not None and reference.expiry < terms.expires:
        last = f"{terms.reference} 的最后交易日 {reference.expiry}"
        return "expires", f"到期日 {terms.expires} 晚于{last}，之后标的没有价格；请换一个标的，或改到期日。"
    return None


def _wrong_prices(terms: OtcTerms) -> tuple[str, str] | None:
    is_option = terms.kind is OtcKind.OPTION
    if not 0 < terms.price < PRICE_CEILING:
        return "price", f"{'行权价' if is_option else '固定价'}应为正数，现为 {amount_text(terms.price)}，请修改。"
    if is_option and terms.right is None:
        return "right", "场外期权须写明看涨或看跌，请选择。"
    if not is_option and terms.right is not None:
        return "right", f"{terms.kind.value}没有看涨看跌之分，请不要填写。"
    if not 0 <= terms.premium < PRICE_CEILING or (terms.premium and not is_option):
        return "premium", "权利金只属于期权，应为 0 或正数，请修改。"
    return None


def _wrong_place(
    terms: OtcTerms, reference: Instrument | None, bounds: tuple[HedgeBound, ...], trading_day: int
) -> tuple[str, str] | None:
    bound = next((one for one in bounds if one.group == terms.group), None)
    if bound is None:
        known = "、".join(one.group for one in bounds) or "还没有"
        return "group", f"限额里没有套保组“{terms.group}”（有：{known}），请先登记套保组，或改为其中一个。"
    if reference is not None and product_in(bound, reference) is None:
        what = f"套保组“{terms.group}”不含{reference.product_name}（有：{'、'.join(bound.weights)}）"
        return "group", f"{what}，请换一个组，或先由风控在限额里登记它的折算。"
    if not is_day(terms.expires):
        return "expires", f"到期日 {terms.expires} 不是一个日期，应写作 20200930 的样子。"
    if terms.expires < trading_day:
        return "expires", f"到期日 {terms.expires} 早于当前交易日 {trading_day}，已到期的合约不登记。"
    if terms.expires > trading_day + MOST_YEARS * 10_000:
        return "expires", f"到期日 {terms.expires} 在 {MOST_YEARS} 年以后，请核对日期。"
    return None


def product_in(bound: HedgeBound, reference: Instrument) -> ProductId | None:
    """Return the product of a hedge group that a future, or a spot of the same goods, belongs to."""
    return next((one for one in bound.weights if one.rpartition(".")[2] == reference.code), None)


def is_day(day: int) -> bool:
    """Return whether a number like 20200930 is a day."""
    try:
        date(day // 10_000, day // 100 % 100, day % 100)
    except ValueError:
        return False
    return True


def wrong_mark(terms: OtcTerms, mark: OtcMark) -> str:
    """Return why a contract cannot be valued so, in a sentence; "" if it can."""
    is_option = terms.kind is OtcKind.OPTION
    if isinstance(mark, FormulaMark):
        if not is_option:
            return "" if mark == FormulaMark() else f"{terms.kind.value}按公式估值不用波动率和利率，请不要填写。"
        if mark.volatility is None or not 0 < mark.volatility <= MOST_PERCENT:
            return f"期权按公式估值须写波动率，大于 0、最多 {amount_text(MOST_PERCENT)}（% 年），请填写。"
        return "" if 0 <= mark.rate <= MOST_RATE else f"利率应为 0 至 {amount_text(MOST_RATE)}（% 年），请修改。"
    if mark.value % FEN:
        return "估值的金额应为整数分，请修改。"
    if not is_name(mark.source):
        return f"请写明估值的来源（谁、何处），1 至 {LONGEST_NAME} 个可见字符。"
    if not is_option:
        return "" if mark.delta is None else f"{terms.kind.value}的 Delta 总是 1，请不要填写。"
    if mark.delta is None:
        return ""
    least, most = (-1, 0) if terms.right is Right.PUT else (0, 1)
    return "" if least <= mark.delta <= most else f"每吨的 Delta 应为 {least} 至 {most}（按持有人计），请修改。"
