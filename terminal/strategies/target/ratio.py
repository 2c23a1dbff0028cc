"""Fix the band of a target for one trading day, from what is seen at its first sight.

The source and everything it reads count once a day: what has been stated holds through night and day session, whatever
the basis does meanwhile, and a change of the source counts from the next trading day on. What cannot be known yet is
not guessed, and yesterday's is not used: the band stays open until it can be read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.fact.target_marks import DayNoted, RatioFrozen, RatioUnknown
from terminal.domain.parameters.target import WHOLE, BasisTable, FactorScore, FixedBand, RatioRow, TargetSettings
from terminal.domain.view import SpreadWatch
from terminal.strategies.target.score import BASIS_UNKNOWN, by_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.view import View

ZERO = Decimal(0)
UNMOVED = "窗口里的基差没有变动过，分不出高低"


def basis_watch(settings: TargetSettings, table: BasisTable) -> SpreadWatch:
    """Return the window of spot - contract that a rule table wants kept."""
    return SpreadWatch(
        legs=((table.spot, Decimal(1)), (settings.instrument, Decimal(-1))),
        sample_seconds=table.sample_seconds,
        window=table.window,
    )


def day_ratio(settings: TargetSettings, days: Sequence[DayNoted], view: View) -> RatioFrozen | RatioUnknown:
    """Return the band of the trading day as it is seen now, or why it is not known; `days` are those noted so far."""
    source = settings.source
    if isinstance(source, FixedBand):
        middle = (source.low + source.high) / 2
        return RatioFrozen(trading_day=view.trading_day, low=source.low, ratio=middle, high=source.high)
    if isinstance(source, FactorScore):
        return by_score(settings, source, days, view)
    return _by_table(settings, source, view)


def _by_table(settings: TargetSettings, table: BasisTable, view: View) -> RatioFrozen | RatioUnknown:
    day = view.trading_day
    basis = view.spread(((table.spot, Decimal(1), 1), (settings.instrument, Decimal(-1), -1)))
    if basis is None:
        return RatioUnknown(trading_day=day, why=BASIS_UNKNOWN)
    # The latest sample may be yesterday's: the day is fixed by what is seen now.
    rank = view.rank_now(basis_watch(settings, table))
    samples = 0 if rank is None else rank.samples
    if rank is None or samples < table.at_least:
        return RatioUnknown(trading_day=day, why=f"基差样本不足 {table.at_least} 个")
    if rank.deviations is None:
        return RatioUnknown(trading_day=day, why=UNMOVED)
    # By its middle place: where prices come in ticks, many tie, and the share below would push each of them down.
    ratio = ratio_of(table.rows, rank.permille)
    return RatioFrozen(
        trading_day=day,
        low=max(ratio - table.tolerance, ZERO),
        ratio=ratio,
        high=min(ratio + table.tolerance, WHOLE),
        basis=rank.value,
        permille=rank.permille,
        samples=samples,
    )


def ratio_of(rows: tuple[RatioRow, ...], permille: int) -> Decimal:
    """Return the ratio of the row that a place in the window falls into.

    >>> rows = (RatioRow(upto=Decimal(20), ratio=Decimal(90)), RatioRow(upto=Decimal(100), ratio=Decimal(60)))
    >>> [ratio_of(rows, place) for place in (0, 200, 201)]
    [Decimal('90'), Decimal('90'), Decimal('60')]
    """
    return next(row.ratio for row in rows if Decimal(permille) / 10 <= row.upto)
