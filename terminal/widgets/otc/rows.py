"""Say how a contract that no exchange lists (场外) reads in the columns of the sheet."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.otc_terms import OtcTerm
from terminal.engine.wording import day_text, short
from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Column, Kind, Tone, tone_of

if TYPE_CHECKING:
    from terminal.engine.otc.line import OtcLine

NOTHING: Final = (
    "没有未了结的场外合约",
    "与对手在交易所之外签订的远期、互换、期权登记在这里，计入套保组的敞口。",
    "下一步：点“登记…”；由另一人复核后生效。",
)


def _tonnes(amount: Decimal | None) -> str:
    if amount is None:
        return figures.ABSENT
    return f"{'+' if amount > 0 else ''}{amount_text(amount)}"


def _last_day(line: OtcLine) -> str:
    return f"{day_text(line.terms.expires)}{' ▲ 已到期' if line.is_expired else ''}"


def _marked(line: OtcLine) -> str:
    return f"{line.marked}{f'；{line.why}' if line.why else ''}"


COLUMNS: Final[tuple[Column[OtcLine], ...]] = (
    Column(OtcTerm.CONTRACT_NUMBER, 110, lambda line: line.terms.number, kind=Kind.NAME),
    Column(OtcTerm.COUNTERPARTY, 112, lambda line: line.terms.counterparty, kind=Kind.NAME),
    Column(OtcTerm.CONTRACT_KIND, 128, lambda line: line.kind, kind=Kind.NAME),
    Column(OtcTerm.TONNES, 90, lambda line: amount_text(line.terms.tonnes), number=lambda line: line.terms.tonnes),
    Column(OtcTerm.REFERENCE, 90, lambda line: short(line.terms.reference), kind=Kind.NAME),
    Column(OtcTerm.FIXED_PRICE, 124, lambda line: amount_text(line.terms.price), number=lambda line: line.terms.price),
    Column(
        OtcTerm.LAST_DAY,
        130,
        _last_day,
        kind=Kind.NAME,
        tone=lambda line: Tone.WARN if line.is_expired else Tone.PLAIN,
        number=lambda line: line.terms.expires,
    ),
    Column(
        OtcTerm.WORTH,
        110,
        lambda line: figures.signed(line.value, 2),
        number=lambda line: line.value,
        tip="对我方的价值：远期与互换是标的现价高出固定价的部分乘吨数，不折现；期权按 Black 公式，或人工填写",
    ),
    Column(
        OtcTerm.PROFIT,
        110,
        lambda line: figures.signed(line.profit, 2),
        tone=lambda line: tone_of(line.profit),
        number=lambda line: line.profit,
        tip="估值减去付出的权利金（卖方为加上收到的）；不在账户权益里",
    ),
    Column(
        OtcTerm.DELTA_TONNES,
        128,
        lambda line: _tonnes(line.tonnes),
        number=lambda line: line.tonnes,
        tip="标的涨一元，估值变化多少元",
    ),
    Column(
        OtcTerm.WHOLE_TONNES,
        124,
        lambda line: _tonnes(line.whole_tonnes),
        number=lambda line: line.whole_tonnes,
        tip="风控计入套保组的吨数，正为怕跌；期权按全部吨数计，与场内期权相同",
    ),
    Column(OtcTerm.MARKED, 220, _marked, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
)
