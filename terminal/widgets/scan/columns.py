"""Describe how spreads that were found read in a table, and those that are not ranked."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from terminal.domain.parameters.pair import PAIR_KINDS, PairKind
from terminal.domain.words.scan_terms import ScanTerm
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.parts.rows import Column, Kind, Tone, tone_of
from terminal.widgets.scan.found import Draft, Ranked
from terminal.widgets.scan.now import Now
from terminal.widgets.ticket.fields import SIDES

FAR: Final = 2  # standard deviations from the mean that are worth a look


class ScanRow(NamedTuple):
    """Hold one spread: what was found of it, where it stands now, and whether that is of before."""

    name: str
    kind: PairKind
    one: Ranked | None = None  # ranked
    draft: Draft | None = None
    now: Now | None = None
    old: bool = False
    places: int = 2
    window: int = 0
    sentence: str = ""  # why it is not ranked


def exact(number: float) -> Decimal:
    """Return a statistic as a number that is written and sorted like every other."""
    return Decimal(repr(number))


def _grey(row: ScanRow, tone: Tone) -> Tone:
    return Tone.DIM if row.old or row.now is None else tone


def _z(row: ScanRow) -> Decimal | None:
    return None if row.now is None else exact(row.now.z)


def _z_tone(row: ScanRow) -> Tone:
    return _grey(row, Tone.WARN if row.now is not None and abs(row.now.z) >= FAR else Tone.PLAIN)


def _costs(row: ScanRow) -> Decimal | None:
    return None if row.now is None or row.one is None else row.now.slippage + row.one.fees


def _side(row: ScanRow) -> str:
    return figures.ABSENT if row.one is None or row.now is None else SIDES[row.now.side(row.one.mean)]


def _side_tone(row: ScanRow) -> Tone:
    return _grey(row, Tone.UP if _side(row) == Term.BUY else Tone.DOWN)


def _half_life(row: ScanRow) -> Decimal | None:
    return None if row.one is None else exact(row.one.half_life)


def _days_left(row: ScanRow) -> Decimal | None:
    return None if row.one is None or row.one.days_left is None else Decimal(row.one.days_left)


COLUMNS: Final[tuple[Column[ScanRow], ...]] = (
    Column(Term.SPREAD, 214, lambda row: row.name, kind=Kind.NAME),
    Column(Term.KIND, 58, lambda row: PAIR_KINDS[row.kind], kind=Kind.NAME, tone=lambda _: Tone.QUIET),
    Column(Term.SIDE, 46, _side, kind=Kind.PILL, tone=_side_tone, tip="往均值去的方向：低于均值买，高于均值卖"),
    Column(
        ScanTerm.SPREAD_NOW,
        84,
        lambda row: figures.signed(row.now.middle if row.now else None, row.places),
        tone=lambda row: _grey(row, Tone.PLAIN),
        number=lambda row: row.now.middle if row.now else None,
        flash=lambda row: row.now.middle if row.now else None,
        tip="此刻可买入与可卖出的中间；有一腿不是两边都有报价时没有",
    ),
    Column(
        Term.MEAN,
        84,
        lambda row: figures.signed(row.one.mean if row.one else None, 2),
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.one.mean if row.one else None,
        tip="扫描时窗口里样本的平均",
    ),
    Column(
        ScanTerm.Z_SCORE,
        60,
        lambda row: figures.signed(_z(row), 2),
        tone=_z_tone,
        number=_z,
        tip=f"（现价差 − 均值）÷ 标准差；{FAR} 以上为橙色",
    ),
    Column(
        ScanTerm.HALF_LIFE,
        70,
        lambda row: f"{figures.number(_half_life(row), 1)} 分",
        tone=lambda _: Tone.QUIET,
        number=_half_life,
        tip="离均值的距离减半要多少个样本；每分钟一个，隔夜与休市不算",
    ),
    Column(
        ScanTerm.DAYS_LEFT,
        60,
        lambda row: figures.ABSENT if (left := _days_left(row)) is None else f"{left} 日",
        tone=lambda row: Tone.WARN if _days_left(row) == 1 else Tone.QUIET,
        number=_days_left,
        tip="最早到期的一腿还有几个交易日，只剩一个的为橙色；今天到期的、不到一个半衰期的不排名",
    ),
    Column(
        ScanTerm.COSTS,
        84,
        lambda row: figures.number(_costs(row), 2),
        tone=lambda row: _grey(row, Tone.QUIET),
        number=_costs,
        tip="一套的滑点（各腿买卖价差一次）与开平手续费，元",
    ),
    Column(
        ScanTerm.NET,
        94,
        lambda row: figures.signed(row.now.net if row.now else None, 2),
        tone=lambda row: _grey(row, tone_of(row.now.net if row.now else None)),
        number=lambda row: row.now.net if row.now else None,
        tip="一套回到均值的毛利 − 成本，元；不扣保证金占用的资金成本",
    ),
    Column(
        ScanTerm.SAMPLES,
        76,
        lambda row: f"{row.one.observations:,}/{row.window:,}" if row.one else figures.ABSENT,
        tone=lambda _: Tone.QUIET,
        number=lambda row: row.one.observations if row.one else None,
        tip="用了多少个样本，窗口至多多少个",
    ),
    Column(ScanTerm.WHY_LEFT_OUT, 460, lambda row: row.sentence, kind=Kind.NAME, tone=lambda _: Tone.QUIET),
)
OF_BOTH: Final = frozenset({0, 1})  # columns that a spread has whether it is ranked or not
WHY: Final = len(COLUMNS) - 1
