"""Read the ratios that a scan compares: a TOML file of `[[pair]]`, written as spreads are (docs/scan.md).

A formula of product letters (`rb - 1.6*i`) stands for every delivery month that all of them have, or with
`months = "MAIN"` for their main contracts; one of contracts (`rb2510 - i2509`) for these alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.errors import UserError
from terminal.domain.parameters.pair import Months, Pair, PairKind, PairLeg
from terminal.domain.parameters.spread_formula import FormulaError, Term, read_formula, read_ratio
from terminal.domain.products.instrument import Instrument, Kind
from terminal.engine.prices.samples import SCALE
from terminal.shell.plans.tariff_tables import Table
from terminal.shell.plans.text import PlanText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path as FilePath

    from terminal.domain.products.instrument import Reference
    from terminal.domain.products.product import Product
    from terminal.shell.plans.lines import Path

WHAT: Final = "比价表"
PAGE: Final = "docs/scan.md"
LONGEST: Final = 40  # characters of a name


class PairTable(Table, frozen=True, kw_only=True):
    """`[[pair]]`: what stands against what."""

    name: str
    formula: str
    ratio: str = ""
    kind: PairKind | None = None
    months: Months | None = None


def read_pairs(path: FilePath, reference: Reference, find: Callable[[str], Instrument]) -> tuple[Pair, ...]:
    """Return the ratios of a file; anything wrong in it is a `UserError` with file and line.

    `find` resolves a contract by what people type; an unknown one is a `UserError`.
    """
    text = PlanText(path, what=WHAT, page=PAGE)
    text.known_keys(("pair",))
    found: dict[str, Pair] = {}
    for where, raw in text.entries("pair"):
        row = text.convert(raw, PairTable, where)
        if not 1 <= len(row.name) <= LONGEST or not row.name.isprintable():
            raise text.wrong((*where, "name"), f"名称应有 1 至 {LONGEST} 个看得见的字。")
        if row.name in found:
            raise text.wrong((*where, "name"), f"{row.name} 写了两次，请换一个名称。")
        found[row.name] = _Reader(text, reference, find, where).pair(row)
    if not found:
        raise text.wrong((), "没有 [[pair]]，请至少写一对。")
    return tuple(found.values())


class _Reader:
    # One `[[pair]]`.

    def __init__(self, text: PlanText, reference: Reference, find: Callable[[str], Instrument], where: Path) -> None:
        self._text = text
        self._reference = reference
        self._find = find
        self._where = where

    def pair(self, row: PairTable) -> Pair:
        try:
            terms = read_formula(row.formula)
            lots = read_ratio(row.ratio, len(terms))
        except FormulaError as wrong:
            raise self._text.wrong((*self._where, wrong.field), wrong.message) from None
        of_products = not any(_is_contract(term) for term in terms)
        if not of_products and not all(_is_contract(term) for term in terms):
            raise self._wrong("公式里或者都写品种（rb），或者都写合约（rb2510），不能混写。")
        known = [self._product(term) if of_products else self._contract(term) for term in terms]
        names = [str(one.id) if isinstance(one, Instrument) else one.code for one in known]
        if len(set(names)) < len(names):
            raise self._wrong("公式里有一个合约写了两次，请合并成一项。")
        for term, one in zip(terms, known, strict=True):
            if term.coefficient * one.tick * SCALE % 1:
                raise self._wrong(f"{term.name} 的价格系数 {term.coefficient} 太细，价差精确到百万分之一元。")
        if row.months is not None and not of_products:
            raise self._text.wrong((*self._where, "months"), "公式写的是合约，months 只用于品种，请删去。")
        months = (row.months or Months.SAME) if of_products else None
        legs = tuple(
            PairLeg(name=name, coefficient=term.coefficient, lots=count if term.coefficient > 0 else -count)
            for name, term, count in zip(names, terms, lots, strict=True)
        )
        return Pair(name=row.name, kind=self._kind(row, known), legs=legs, months=months)

    def _product(self, term: Term) -> Product:
        reference = self._reference
        for product in reference.products():
            if product.partition(".")[2].casefold() == term.name.casefold():
                return reference.product(product, reference.calendar.last)
        raise self._wrong(f"没有品种 {term.name}，请核对代码。")

    def _contract(self, term: Term) -> Instrument:
        try:
            found = self._find(term.name)
        except UserError as unknown:
            raise self._wrong(unknown.message) from None
        if found.kind is not Kind.FUTURE:
            raise self._wrong(f"{found.id} 不是期货合约，请换成期货。")
        return found

    def _kind(self, row: PairTable, known: Sequence[Product]) -> PairKind:
        if len({one.product for one in known}) == 1:
            return PairKind.CALENDAR
        return PairKind.CROSS_PRODUCT if row.kind is None else row.kind

    def _wrong(self, sentence: str) -> UserError:
        return self._text.wrong((*self._where, "formula"), sentence)


def _is_contract(term: Term) -> bool:
    return term.name[-1].isdigit()
