"""Refuse an instrument whose terms contradict its own symbol, or instruments that were written before it.

What is refused would give books that add up and are wrong: margin netted with another product, an option that turns
into a tenth of the future, one contract held as two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from terminal.domain.books.holding import decimal_text
from terminal.domain.errors import UserError
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.option_table import parse_option_symbol
from terminal.domain.words.typed_text import shown

_FUTURE: Final = re.compile(r"([A-Za-z]{1,3})[0-9]{3,4}")
_LETTERS: Final = re.compile(r"[A-Za-z]+")


def refuse_contradictions(new: Instrument, before: Iterable[Instrument]) -> None:
    """Refuse an instrument that cannot be what it says, by itself or beside those before it: a `UserError`."""
    _refuse_product(new)
    _refuse_option(new)
    for one in before:
        if _symbol(one).lower() == _symbol(new).lower():
            also = "" if one.name == new.name else f"（写作 {shown(one.name)}）"
            raise UserError(f"合约 {shown(new.name)} 已经写过规格{also}，同一合约只写一次，请删去这一行。")
        if one.code.lower() == new.code.lower() and one.product != new.product:
            raise UserError(
                f"{shown(new.name)} 的品种 {shown(new.product)} 与前面的 {shown(one.product)} 是同一个，请写成一样。"
            )
        _refuse_underlying(new, one)
        _refuse_underlying(one, new)


def _symbol(instrument: Instrument) -> str:
    return instrument.id.removeprefix(f"{instrument.exchange}.")


def _refuse_product(new: Instrument) -> None:
    # An option's product is written in more than one way: m, m_o.
    option = parse_option_symbol(_symbol(new))
    parts, product = _FUTURE.fullmatch(_symbol(new) if option is None else option.future), _LETTERS.match(new.code)
    if parts is not None and product is not None and parts[1].lower() != product[0].lower():
        raise UserError(f"合约 {shown(new.name)} 不是品种 {shown(new.code)} 的，请改正 symbol 或 product。")


def _refuse_option(new: Instrument) -> None:
    parts, terms = parse_option_symbol(_symbol(new)), new.option
    if parts is None:
        if terms is not None and _FUTURE.fullmatch(_symbol(new)):
            raise UserError(f"{shown(new.name)} 是期货的代码，却写了 option，请改正 symbol 或删去 option。")
        return
    if terms is None:
        raise UserError(f"{shown(new.name)} 是期权的代码，请补上 option（标的、看涨看跌、行权价）。")
    if parts.right is not terms.right:
        raise UserError(f"{shown(new.name)} 的代码与 right {terms.right.value} 不符，请改正一处。")
    if Decimal(parts.strike) != terms.strike:
        raise UserError(f"{shown(new.name)} 的代码与 strike {decimal_text(terms.strike)} 不符，请改正一处。")
    underlying = terms.underlying.removeprefix(f"{new.exchange}.")
    if not terms.cash_settled and parts.future.lower() != underlying.lower():
        raise UserError(f"{shown(new.name)} 的代码与 underlying {shown(underlying)} 不符，请改正一处。")


def _refuse_underlying(one: Instrument, other: Instrument) -> None:
    if one.option is None or one.option.underlying != other.id:
        return
    if other.option is not None:
        raise UserError(f"{shown(one.name)} 的标的 {shown(other.name)} 自己是期权，请改正 underlying。")
    if one.multiplier != other.multiplier:
        raise UserError(
            f"{shown(one.name)} 的 multiple 是 {decimal_text(one.multiplier)}，它的标的 {shown(other.name)} 是 "
            f"{decimal_text(other.multiplier)}：一手期权对一手期货，两者应相同，请改正一处。"
        )
