"""Describe how the options that are held read in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.orders.order import Side
from terminal.domain.products.option import Right
from terminal.domain.words.terms import Term
from terminal.engine.book.option_line import OptionLine, RequestLine
from terminal.engine.sentences.exercise import CHOICES, STATES
from terminal.engine.wording import day_text, short
from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Column, Kind, Tone
from terminal.widgets.position.columns import NEAR_EXPIRY_DAYS

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.orders.exercise import ExerciseWish


class OptionRow(NamedTuple):
    """Hold one side of an option, and whether it is of before the link was cut."""

    line: OptionLine
    old: bool = False


def end_text(line: OptionLine) -> str:
    """Return what happens on the last day if nobody asks, at the price of now."""
    if line.worth is None:
        return "看标的结算价"
    if not line.worth:
        return "到期作废"
    return "到期自动行权" if line.side is Side.BUY else "到期履约"


def request_text(line: OptionLine) -> str:
    """Return where the requests stand: "行权 2 手 已受理"."""
    standing = [_request(one) for one in line.requests if one.stands]
    return "；".join([*_waiting(line), *standing]) or _latest(line)


def _waiting(line: OptionLine) -> list[str]:
    return [f"{_wish(one)} 待复核" for one in line.waiting]


def _latest(line: OptionLine) -> str:
    return _request(line.requests[-1]) if line.requests else ""


def _request(one: RequestLine) -> str:
    state = "撤销在途" if one.withdrawing else STATES[one.state]
    return f"{_wish(one.wish)} {state}"


def _wish(wish: ExerciseWish) -> str:
    return f"{CHOICES[wish.choice]} {wish.lots} 手{'自对冲' if wish.self_close else ''}"


def row_text(line: OptionLine) -> str:
    """Return all of it in one line, for where there is room."""
    told = (f"{_request(one)}{f'（{one.note}）' if one.note else ''}" for one in line.requests)
    notes = "；".join((*_waiting(line), *told))
    what = f"{short(line.instrument)} {_side(line)} {line.lots} 手，{_kind(line)}，{end_text(line)}"
    return f"{what}；{notes}" if notes else what


def _kind(line: OptionLine) -> str:
    what = "看涨" if line.right is Right.CALL else "看跌"
    price = figures.ABSENT if line.underlying_price is None else _plain(line.underlying_price)
    return f"{what} {_plain(line.strike)}，标的 {short(line.underlying)} {price}"


def _side(line: OptionLine) -> str:
    return Term.LONG if line.side is Side.BUY else Term.SHORT


def _plain(value: Decimal) -> str:
    return figures.number(value, figures.decimals(value))


def _days_tone(row: OptionRow) -> Tone:
    days = row.line.days_to_expiry
    return Tone.DIM if days is None or row.old else Tone.WARN if days <= NEAR_EXPIRY_DAYS else Tone.QUIET


def _days(row: OptionRow) -> str:
    line = row.line
    if line.expiry is None:
        return figures.ABSENT
    left = (
        "今天" if line.is_last_day else figures.ABSENT if line.days_to_expiry is None else f"{line.days_to_expiry} 天"
    )
    return f"{day_text(line.expiry)[5:]} · {left}"


def _grey(row: OptionRow) -> Tone:
    return Tone.DIM if row.old else Tone.PLAIN


OPTION_COLUMNS: Final[tuple[Column[OptionRow], ...]] = (
    Column(Term.OPTION, 120, lambda row: short(row.line.instrument), kind=Kind.NAME),
    Column(
        Term.SIDE,
        44,
        lambda row: _side(row.line),
        kind=Kind.PILL,
        tone=lambda row: Tone.UP if row.line.side is Side.BUY else Tone.DOWN,
    ),
    Column(Term.LOTS, 48, lambda row: figures.number(row.line.lots), number=lambda row: row.line.lots),
    Column(Term.STRIKE, 66, lambda row: _plain(row.line.strike), number=lambda row: row.line.strike),
    Column(
        Term.UNDERLYING,
        66,
        lambda row: figures.ABSENT if row.line.underlying_price is None else _plain(row.line.underlying_price),
        tone=_grey,
        number=lambda row: row.line.underlying_price,
    ),
    Column(Term.EXPIRY, 92, _days, tone=_days_tone, number=lambda row: row.line.expiry),
    Column(
        Term.PREMIUM,
        74,
        lambda row: figures.number(row.line.premium),
        number=lambda row: row.line.premium,
        tip="开仓时付出（空头：收到）的权利金",
    ),
    Column(
        Term.OPTION_VALUE,
        74,
        lambda row: figures.number(row.line.value),
        tone=_grey,
        number=lambda row: row.line.value,
        tip="按最新价；客户权益不含它",
    ),
    Column(
        Term.IF_NOBODY_ASKS,
        92,
        lambda row: end_text(row.line),
        kind=Kind.NAME,
        tone=lambda row: Tone.DIM if row.old else Tone.ACCENT if row.line.worth else Tone.QUIET,
        tip="按现在的标的价；到期日以标的结算价为准：看涨 K < 结算、看跌 K > 结算自动行权，否则作废",
    ),
    Column(
        Term.REQUEST,
        132,
        lambda row: request_text(row.line),
        kind=Kind.NAME,
        tone=lambda row: (
            Tone.DIM
            if row.old
            else Tone.WARN
            if row.line.waiting or any(one.note for one in row.line.requests)
            else Tone.PLAIN
        ),
    ),
)
