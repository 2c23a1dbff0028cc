"""Read a spread typed as a formula, like `rb2510 - 1.6*i2509 - 0.5*j2509`, with its lot ratio beside it (100:16:5).

A formula is a sum of contracts times numbers: `+ - * /`, parentheses, contracts, decimal numbers, nothing else. It is
read by descent into exact fractions and never run: there is no word in it that does anything, so there is nothing
to guard. Spot is a contract too, written like `i.日照港`; it has a price and no lots, so the ratio leaves it out.
Whatever is not linear in the contracts, or leaves a constant over, is refused with its place. The signs of the lots
are those of the coefficients; the ratio lists them in the order in which the contracts first appear.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from terminal.domain.books.holding import decimal_text
from terminal.domain.errors import UserError
from terminal.domain.parameters.strategy import SpreadLeg, legs_fault
from terminal.domain.products.instrument import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument

LONGEST: Final = 400  # characters
DEEPEST: Final = 20  # parentheses inside each other
LARGEST: Final = 1_000_000  # coefficient
FINEST: Final = 12  # decimal places of one
_TYPED: Final = str.maketrans("＋－−×＊÷／（）．", "+--**//().")  # what an input method writes
_TOKEN: Final = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
    r"|(?P<name>(?:SPOT\.)?[A-Za-z]+\.[^\W\d_A-Za-z]\w*|[A-Za-z]+[0-9]*(?:\.[A-Za-z]+[0-9]+)?)"  # spot has its place
    r"|(?P<sign>[-+*/()])",
    re.IGNORECASE,
)
_RATIO: Final = re.compile(r"\s*[:：,，/\s]\s*")
_YUAN: Final = frozenset({"元", "点"})  # index points are worth yuan
_ONLY: Final = "公式里只有合约、数字和 + - * / ( )"


class FormulaError(UserError):
    """Carry what is wrong with a formula or its ratio: `field` says which, `place` counts its characters from 1."""

    def __init__(self, field: Literal["formula", "ratio"], place: int, reason: str) -> None:
        where = f"公式第 {place} 个字符" if field == "formula" else f"手数比第 {place} 项"
        super().__init__(f"{where}：{reason}。")
        self.field = field
        self.place = place


class Term(NamedTuple):
    """Hold one contract of a formula as it was typed, where it first stands, and its exact coefficient."""

    name: str
    place: int
    coefficient: Decimal


def read_formula(formula: str) -> tuple[Term, ...]:
    """Return the contracts of a formula in their order; anything else than a linear sum is a `FormulaError`."""
    return _Reader(formula).read()


def read_ratio(ratio: str, legs: int) -> tuple[int, ...]:
    """Return the positive lots of so many legs; none typed means one lot each."""
    words = [word for word in _RATIO.split(ratio.strip()) if word]
    if not words:
        return (1,) * legs
    for place, word in enumerate(words, start=1):
        if not re.fullmatch("[0-9]{1,6}", word) or not int(word):
            raise FormulaError("ratio", place, f"“{word[:20]}”应为正整数手，不能为零；卖出的腿由公式里的负号表示")
    if len(words) != legs:
        raise FormulaError("ratio", len(words), f"共 {len(words)} 项，公式有 {legs} 个合约，请一一对应")
    return tuple(map(int, words))


def read_legs(formula: str, ratio: str, find: Callable[[str], Instrument | None]) -> tuple[SpreadLeg, ...]:
    """Return the legs of a formula and its ratio, none of them active; `find` knows contracts by what people type."""
    terms = read_formula(formula)
    found = [_found(term, find) for term in terms]
    lots = iter(read_ratio(ratio, sum(known.kind is not Kind.SPOT for known in found)))
    legs: list[SpreadLeg] = []
    for term, known in zip(terms, found, strict=True):
        count = 0 if known.kind is Kind.SPOT else next(lots)
        mixed = mixed_currencies((found[0], known))
        if mixed is not None:
            raise FormulaError("formula", term.place, mixed.removesuffix("。"))
        if any(leg.instrument == known.id for leg in legs):
            raise FormulaError("formula", term.place, f"{term.name} 与前面的合约是同一个，请合并成一项")
        sign = 1 if term.coefficient > 0 else -1
        legs.append(SpreadLeg(instrument=known.id, coefficient=term.coefficient, lots=sign * count))
    return tuple(legs)


def _found(term: Term, find: Callable[[str], Instrument | None]) -> Instrument:
    known = find(term.name)
    if known is None:
        raise FormulaError("formula", term.place, f"没有合约 {term.name}，请改成行情中有的合约")
    return known


def formula_text(legs: Sequence[SpreadLeg]) -> str:
    """Return legs as a formula that reads back the same: exchanges left out, coefficients of one too.

    >>> from terminal.domain.ids import InstrumentId
    >>> near, far = InstrumentId("SHFE.rb2510"), InstrumentId("SHFE.rb2601")
    >>> legs = [(near, "-0.50", -1), (far, "1", 2)]
    >>> formula_text([SpreadLeg(instrument=one, coefficient=Decimal(by), lots=lots) for one, by, lots in legs])
    '-0.5*rb2510 + rb2601'
    """
    said = ""
    for leg in legs:
        size = abs(leg.coefficient)
        word = _short(leg.instrument) if size == 1 else f"{decimal_text(size)}*{_short(leg.instrument)}"
        sign = "-" if leg.coefficient < 0 else "+"
        said += f" {sign} {word}" if said else word if sign == "+" else f"-{word}"
    return said


def ratio_text(legs: Sequence[SpreadLeg]) -> str:
    """Return the lots of legs as a ratio, like 100:16:5; spot has none."""
    return ":".join(str(abs(leg.lots)) for leg in legs if leg.lots)


def currency_of(instrument: Instrument) -> str:
    """Return what an instrument's price is counted in: 元 for all of the mainland's, the index points among them."""
    unit = instrument.quote_unit.partition("/")[0]
    return "元" if unit in _YUAN else unit


def mixed_currencies(instruments: Iterable[Instrument]) -> str | None:
    """Return in one sentence which two instruments are not counted in one currency, or `None`."""
    first: Instrument | None = None
    for known in instruments:
        first = first or known
        if currency_of(known) != currency_of(first):
            what = f"{_short(known.id)} 以{currency_of(known)}计价，{_short(first.id)} 以{currency_of(first)}计价"
            return f"{what}，不能相加减；请换成同一货币的合约。"
    return None


def _short(instrument: InstrumentId) -> str:
    return instrument.partition(".")[2] or instrument


class _Form:
    # A linear form: a constant and a multiple of each contract.

    def __init__(self, constant: Fraction, legs: dict[str, Fraction]) -> None:
        self.constant = constant
        self.legs = legs

    def times(self, by: Fraction) -> _Form:
        return _Form(self.constant * by, {name: size * by for name, size in self.legs.items()})

    def plus(self, other: _Form) -> _Form:
        legs = dict(self.legs)
        for name, size in other.legs.items():
            legs[name] = legs.get(name, Fraction(0)) + size
        return _Form(self.constant + other.constant, legs)


class _Reader:
    # sum = product {(+|-) product};  product = factor {(*|/) factor};  factor = [+|-] (number | name | "(" sum ")")

    def __init__(self, formula: str) -> None:
        self._text = formula.translate(_TYPED)
        self._at = 0
        self._depth = 0
        self._places: dict[str, int] = {}

    def read(self) -> tuple[Term, ...]:
        if len(self._text) > LONGEST:
            raise self._wrong(LONGEST, f"公式最长 {LONGEST} 个字符，请写短些")
        found = self._sum()
        if self._peek():
            raise self._wrong(self._at, f"“{self._peek()}”之前缺少 + - * /，请补上")
        if found.constant:
            raise self._wrong(0, "公式里多出一个常数；请去掉它，在买入价差与卖出价差里加减")
        terms = tuple(self._term(name, size) for name, size in found.legs.items())
        if wrong := legs_fault(len(terms)):
            raise self._wrong(0, wrong.removesuffix("。"))
        return terms

    def _term(self, name: str, size: Fraction) -> Term:
        place = self._places[name]
        if not size:
            raise self._wrong(place, f"{name} 的系数合计为零，请去掉它或改系数")
        if abs(size) >= LARGEST:
            raise self._wrong(place, f"{name} 的系数应小于 {LARGEST:,}，请改小")
        exact = _exact(size)
        if exact is None:
            raise self._wrong(place, f"{name} 的系数除不尽，或小数多于 {FINEST} 位；请写成较短的小数")
        return Term(name, place + 1, exact)

    def _sum(self) -> _Form:
        found = self._product()
        while self._peek() in ("+", "-"):
            sign = Fraction(1 if self._take() == "+" else -1)
            found = found.plus(self._product().times(sign))
        return found

    def _product(self) -> _Form:
        found = self._factor()
        while self._peek() in ("*", "/"):
            place, sign = self._at, self._take()
            other = self._factor()
            if sign == "/":
                if other.legs:
                    raise self._wrong(place, "不能除以合约，价差只能是合约乘以数再相加减")
                if not other.constant:
                    raise self._wrong(place, "不能除以零，请改除数")
                found = found.times(1 / other.constant)
            elif found.legs and other.legs:
                raise self._wrong(place, "合约不能与合约相乘，价差只能是合约乘以数再相加减")
            else:
                found = found.times(other.constant) if found.legs else other.times(found.constant)
        return found

    def _factor(self) -> _Form:
        word, place = self._peek(), self._at
        if word in ("+", "-"):
            self._deeper(place)
            self._take()
            found = self._factor().times(Fraction(1 if word == "+" else -1))
            self._depth -= 1
            return found
        if word == "(":
            self._deeper(place)
            self._take()
            found = self._sum()
            if self._peek() != ")":
                raise self._wrong(place, "这个括号没有合上，请补 )")
            self._take()
            self._depth -= 1
            return found
        if not word or word in "*/)":
            raise self._wrong(place, "这里应是合约或数字")
        self._take()
        if word[0].isalpha():
            name = next((name for name in self._places if name.casefold() == word.casefold()), word)
            self._places.setdefault(name, place)
            return _Form(Fraction(0), {name: Fraction(1)})
        return _Form(Fraction(word), {})

    def _deeper(self, place: int) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(place, f"括号与正负号最多套 {DEEPEST} 层，请写简单些")

    def _peek(self) -> str:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        if self._at == len(self._text):
            return ""
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            raise self._wrong(self._at, f"认不得“{self._text[self._at]}”；{_ONLY}")
        return found[0]

    def _take(self) -> str:
        word = self._peek()
        self._at += len(word)
        return word

    def _wrong(self, at: int, reason: str) -> FormulaError:
        return FormulaError("formula", min(at, LONGEST) + 1, reason)


def _exact(size: Fraction) -> Decimal | None:
    # A fraction of which no short decimal exists is refused: the price would not be what was typed.
    whole = size * 10**FINEST
    return Decimal(int(whole)).scaleb(-FINEST).normalize() if whole.denominator == 1 else None
