"""Say at the start, and at a change, why a target could never keep its band: the field, the reason, what to do."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from terminal.domain.ids import StrategyId
from terminal.domain.parameters.target import (
    DAILY,
    DAY_SECONDS,
    WHOLE,
    Aim,
    BasisTable,
    FactorKind,
    FactorScore,
    FixedBand,
    TargetSettings,
    needs,
    spot_of,
)
from terminal.domain.products.instrument import Kind
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import CAPTIONS, WORDS
from terminal.domain.words.target import BY_TONNES
from terminal.strategies.target.need import standing_of
from terminal.strategies.target.ratio import basis_watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terminal.domain.fact.target_marks import DayNoted
    from terminal.domain.view import HedgeStanding, View

NOBODY = StrategyId("")
HUNDREDTH = Decimal("0.01")


def never_kept(
    settings: TargetSettings, view: View, had: TargetSettings | None = None, noted: Sequence[DayNoted] = ()
) -> str | None:
    """Return in one sentence why the band could never be kept, or `None`. The contract is listed.

    A running target has the settings `had` and has noted days. What would keep it from being started again is no
    mistake of who changes something else or agrees to a proposal: the exposure has changed, a spot price is gone, the
    last day has come near. Only a source that is changed itself is asked of anew.
    """
    left = view.days_to_expiry(settings.instrument)
    if left is not None and left < 0:
        return f"{WORDS['instrument']} {settings.instrument} 已过最后交易日，请另选。"
    if view.instrument(settings.instrument).option is not None:
        return f"{WORDS['instrument']} {settings.instrument} 是期权，一手对冲多少天天在变；请改用它的标的期货。"
    known = () if had is None else tuple(_faults(had, view, left, noted, sourced=had.source == settings.source))
    return next((wrong for wrong in _faults(settings, view, left, noted) if wrong not in known), None)


def _faults(
    settings: TargetSettings, view: View, left: int | None, noted: Sequence[DayNoted], *, sourced: bool = True
) -> Iterator[str]:
    standing = standing_of(settings, view, NOBODY)
    wrong = _unhedged(settings, standing)
    if wrong:
        yield wrong
    if not sourced:
        return
    if standing is not None and not wrong:
        yield from _of_bands(settings, standing)
    yield from filter(None, (_spot(settings, view), _stock(settings, view), _window(settings, view, left, noted)))


def _unhedged(settings: TargetSettings, standing: HedgeStanding | None) -> str:
    name = f"{WORDS['group']} {settings.group}"
    if standing is None:
        return f"{name}不在这个账户的限额里；请先在限额里登记套保组与敞口。"
    if standing.per_lot <= 0:
        return f"{settings.instrument} 不属于{name}（没有折算吨数）；请改合约，或在限额里写它的品种。"
    return "" if standing.exposure else f"{name}的敞口为 0，比例算不出；请先在限额里登记敞口。"


def _of_bands(settings: TargetSettings, standing: HedgeStanding) -> Iterator[str]:
    whole, lot = abs(standing.exposure), standing.per_lot if standing.cover is None else standing.cover.per_lot
    for low, centre, high in _bands(settings):
        if (high - low) * whole / WHOLE < lot:
            percent = amount_text((lot / whole * WHOLE).quantize(HUNDREDTH))
            yield f"{_where(settings)}：一手是敞口的 {percent}%，区间比一手还窄；请放宽。"
            continue
        lots = _goal(settings.aim, low * whole / WHOLE, centre * whole / WHOLE, lot)
        goal = lots * standing.per_lot / whole * WHOLE  # in plain tonnes, as C5 reckons
        most = standing.confirm_fraction * WHOLE
        if goal > most:
            goal = goal.quantize(HUNDREDTH)
            yield (
                f"{_where(settings)}：要配到 {amount_text(goal)}%（{BY_TONNES}），"
                f"超过敞口的 {amount_text(most)}% 须逐笔复核（C5），自动委托不等复核，"
                "永远配不到；请改低，或由风控员改 hedge_confirm_fraction。"
            )


def _goal(aim: Aim, low: Decimal, centre: Decimal, lot: Decimal) -> Decimal:
    # How many whole lots it takes from nothing: to the edge or just inside it, or to just below the centre.
    edge = (low / lot).to_integral_value(rounding=ROUND_CEILING)
    middle = (centre / lot).to_integral_value(rounding=ROUND_FLOOR)
    return max(edge, middle) if aim is Aim.CENTRE else edge


def _bands(settings: TargetSettings) -> list[tuple[Decimal, Decimal, Decimal]]:
    source = settings.source
    if isinstance(source, FixedBand):
        return [(source.low, (source.low + source.high) / 2, source.high)]
    room = source.tolerance
    ratios = [row.ratio for row in source.rows] if isinstance(source, BasisTable) else [source.lowest, source.highest]
    return [(max(one - room, Decimal(0)), one, min(one + room, WHOLE)) for one in ratios]


def _where(settings: TargetSettings) -> str:
    return f"{CAPTIONS['low'][0]}、{CAPTIONS['high'][0]}" if isinstance(settings.source, FixedBand) else WORDS["source"]


def _spot(settings: TargetSettings, view: View) -> str:
    name = spot_of(settings.source)
    if name is None:
        return ""
    head = f"{CAPTIONS['spot'][0]} {name}"
    if not view.listed(name):
        return f"{head} 不在行情里；请改用行情里有的现货。"
    spot, known = view.instrument(name), view.instrument(settings.instrument)
    if spot.kind is not Kind.SPOT:
        return f"{head} 不是现货；请填现货代码（如 SPOT.i.日照港）。"
    same = spot.code.lower() == known.code.lower()
    return "" if same else f"{head} 与 {settings.instrument} 不是同一品种；请改用 {known.product_name} 的现货。"


def _stock(settings: TargetSettings, view: View) -> str:
    source = settings.source
    if not isinstance(source, FactorScore) or not needs(source, FactorKind.STOCK) or view.stocks(source.stock):
        return ""
    return f"{CAPTIONS['stock'][0]} {source.stock} 还没有今天之前的数；请先登记（hengduo stock），或改写名称。"


def _window(settings: TargetSettings, view: View, left: int | None, noted: Sequence[DayNoted]) -> str:
    source = settings.source
    if left is None or isinstance(source, FixedBand):
        return ""
    if isinstance(source, FactorScore):
        daily = any(needs(source, kind) for kind in DAILY)
        if not daily or source.days + 1 - _in_a_row(noted, view) <= left:
            return ""
        return (
            f"{CAPTIONS['days'][0]} {source.days} 个交易日，{settings.instrument} 只剩 {left + 1} 个，"
            "凑满之前就到期；请改小，或换更远的合约。"
        )
    # No trading day has more than its hours: what cannot be gathered even so is never gathered.
    needed = (source.at_least - len(view.samples(basis_watch(settings, source)))) * source.sample_seconds
    if needed <= (left + 1) * DAY_SECONDS:
        return ""
    return (
        f"{CAPTIONS['at_least'][0]} {source.at_least} 个、每 {source.sample_seconds} 秒一个，"
        f"{settings.instrument} 只剩 {left + 1} 个交易日，凑不满；请改小。"
    )


def _in_a_row(noted: Sequence[DayNoted], view: View) -> int:
    # Trading days up to today that are noted without a gap, today's as one that surely will be.
    places, count = {0, *(view.days_until(one.trading_day) for one in noted)}, 0
    while -count in places:
        count += 1
    return count
