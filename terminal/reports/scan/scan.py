"""Scan a recording for spreads away from their mean, as they stood at one instant (套利机会).

What is ranked is what could be traded at that instant, moved enough to be measured, comes back to its mean by more than
chance and before a leg of it ends, and whose costs are known; everything else is listed with its reason. Nothing here
starts anything: a rank is a figure for a person, and what becomes of it is a draft.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Side
from terminal.domain.parameters.pair import Candidate, Pair, PairKind
from terminal.domain.parameters.spread_formula import formula_text, mixed_currencies, ratio_text
from terminal.domain.words.amount_text import MINUS
from terminal.engine.prices.samples import SCALE
from terminal.reports.scan.candidates import calendar_candidates, pair_candidates
from terminal.reports.scan.cost import Edge, LegFees, LegMarket, edge_of, yuan_per_point
from terminal.reports.scan.figures import FEWEST, Figures, measure, z_score
from terminal.reports.scan.present import Limits, Reason, Why, limits_of, meet
from terminal.reports.scan.samples import Left, Resolve, Tape, weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.market import Recording
    from terminal.domain.parameters.strategy import SpreadLeg


class Step(StrEnum):
    """Say what a sample is: the end of a minute, or the last minute of a trading day."""

    MINUTE = "minute"
    DAY = "day"


class Rank(StrEnum):
    """Say by what opportunities are ranked: yuan a set after costs, or standard deviations from the mean."""

    NET = "net"
    Z = "z"


class ScanSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how a scan looks: the newest `window` samples, of which there must be `at_least` so many."""

    step: Step = Step.MINUTE
    window: int = 360
    at_least: int = 60
    rank: Rank = Rank.NET


class LegNow(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one leg as it stood: signed lots a set, both sides in yuan; `reckoned` sides were made of a bar.

    `opening` and `closing` are the fees of its lots, yuan a set.
    """

    instrument: InstrumentId
    coefficient: Decimal
    lots: int
    bid: Decimal
    ask: Decimal
    bid_lots: int
    ask_lots: int
    volume: int | None
    reckoned: bool
    opening: Decimal
    closing: Decimal


class Opportunity(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one ranked spread: prices in coefficient x price, money in yuan a set, `half_life` in samples.

    `side` says what leads to the mean: BUY where the spread stands below it. `half_life_days` is in trading days of
    continuous trading, and `days_left` how many come after today until a leg's last one, at least one, `None` where no
    leg's is known. `shown_sets` is what both sides display for that side. The samples lie between `since` and
    `until` (UTC ns), and a set gains `per_point` yuan when the spread rises by one.
    """

    rank: int
    name: str
    kind: PairKind
    formula: str
    ratio: str
    side: Side
    legs: tuple[LegNow, ...]
    buy: Decimal
    sell: Decimal
    mean: Decimal
    deviation: float
    z: float
    half_life: float
    half_life_days: float
    days_left: int | None
    t_value: float | None  # `None` without bounds: every sample follows from the one before
    critical: float
    observations: int
    since: int
    until: int
    per_point: Decimal
    gross: Decimal
    slippage: Decimal
    fees: Decimal
    net: Decimal
    closes_today: bool
    shown_sets: int


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a candidate that is not ranked, and why; a ratio whose contracts are not there has no `instruments`."""

    name: str
    kind: PairKind
    instruments: tuple[InstrumentId, ...] = ()
    reason: Reason
    sentence: str


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a scan found at an instant (UTC ns)."""

    market: str
    at: int
    trading_day: int
    settings: ScanSettings
    ranked: tuple[Opportunity, ...]
    left_out: tuple[LeftOut, ...]


MOST_WINDOW: Final = 1_000_000


def scan(
    recording: Recording,
    *,
    resolve: Resolve,
    calendar: Calendar,
    settings: ScanSettings,
    pairs: Sequence[Pair] = (),
    at: int | None = None,
    stated: Callable[[InstrumentId, int], DayFacts | None] | None = None,
    list_absent: bool = True,
    progress: Callable[[float], None] | None = None,
) -> Scan:
    """Return what stands away from its mean at an instant; without one, at the last at which anything traded.

    Nothing after the instant is looked at. `stated` tells price limits that the recording does not say. Ratios that the
    recording has no contracts for are left out without a word where not `list_absent`: nobody asked for them.
    """
    check_settings(settings)
    tape = Tape(recording, resolve, calendar, at)
    instruments = [resolve(name, tape.day) for name in tape.tracks]
    found = pair_candidates(pairs, instruments, tape.mains())
    look = _Look(tape, resolve, settings, limits_of(recording, tape, stated))
    left_out = [
        LeftOut(name=pair.name, kind=pair.kind, reason=Reason.NOT_RECORDED, sentence=sentence)
        for pair, sentence in (found.without if list_absent else ())
    ]
    ranked: list[Opportunity] = []
    candidates = (*calendar_candidates(instruments), *found.candidates)
    for place, candidate in enumerate(candidates):
        seen = look.at(candidate)
        if isinstance(seen, Why):
            left_out.append(_left_out(candidate, seen))
        else:
            ranked.append(seen)
        if progress is not None:
            progress((place + 1) / len(candidates))
    return Scan(
        market=recording.name,
        at=tape.now,
        trading_day=tape.day,
        settings=settings,
        ranked=in_order(ranked, settings.rank),
        left_out=tuple(left_out),
    )


def _left_out(candidate: Candidate, why: Why) -> LeftOut:
    return LeftOut(
        name=candidate.name,
        kind=candidate.kind,
        instruments=tuple(leg.instrument for leg in candidate.legs),
        reason=why.reason,
        sentence=why.sentence,
    )


def check_settings(settings: ScanSettings) -> None:
    """Refuse a window that cannot be measured."""
    if not FEWEST <= settings.at_least <= settings.window <= MOST_WINDOW:
        raise UserError(
            f"样本数不合：窗口 {settings.window}，至少 {settings.at_least}；"
            f"应为 {FEWEST} ≤ 至少 ≤ 窗口 ≤ {MOST_WINDOW:,}，请改 --window 与 --at-least。"
        )


def in_order(ranked: Sequence[Opportunity], by: Rank) -> tuple[Opportunity, ...]:
    """Return opportunities with their ranks, the best first; of equal ones the name decides."""
    ordered = sorted(ranked, key=lambda one: (-one.net if by is Rank.NET else -abs(one.z), one.name))
    return tuple(msgspec.structs.replace(one, rank=place) for place, one in enumerate(ordered, start=1))


class _Sampled(NamedTuple):
    figures: Figures
    since: int
    until: int


class _Look:
    # What the candidates of one scan share.

    def __init__(self, tape: Tape, resolve: Resolve, settings: ScanSettings, limits: Limits) -> None:
        self._tape = tape
        self._resolve = resolve
        self._settings = settings
        self._limits = limits

    def at(self, candidate: Candidate) -> Opportunity | Why:
        markets = self._markets(candidate.legs)
        if isinstance(markets, Why):
            return markets
        mixed = mixed_currencies(market.instrument for market in markets)
        if mixed is not None:
            raise UserError(f"{candidate.name}：{mixed}")
        per_point = yuan_per_point([(market.leg, market.instrument) for market in markets])
        if isinstance(per_point, Why):
            return per_point
        sampled = self._sampled(candidate.legs)
        if isinstance(sampled, Why):
            return sampled
        figures = sampled.figures
        if figures.half_life is None:
            sentence = f"看不出回归均值：t = {figures.t_value:.2f}，应低于 {figures.critical:.2f}"
            return Why(Reason.NOT_REVERTING, sentence.replace("-", MINUS))
        return self._opportunity(candidate, markets, sampled, figures.half_life, per_point)

    def _markets(self, legs: Sequence[SpreadLeg]) -> list[LegMarket] | Why:
        found = []
        for leg in legs:
            met = meet(self._tape, leg.instrument, self._limits)
            if isinstance(met, Why):
                return met
            tick = self._tape.tracks[leg.instrument].instrument.tick
            found.append(LegMarket(leg, self._resolve(leg.instrument, self._tape.day), tick, met))
        return found

    def _sampled(self, legs: Sequence[SpreadLeg]) -> _Sampled | Why:
        settings = self._settings
        series = self._tape.series(legs, daily=settings.step is Step.DAY)
        samples, at = series.twice[-settings.window :], series.at[-settings.window :]
        if len(samples) < settings.at_least:
            return Why(Reason.TOO_FEW, f"样本不足：{len(samples)} 个，至少 {settings.at_least} 个")
        figures = measure(samples)
        if figures is None:
            return Why(Reason.UNMOVED, f"{len(samples)} 个样本里价差没有变动")
        return _Sampled(figures, int(at[0]), int(at[-1]))

    def _opportunity(
        self,
        candidate: Candidate,
        markets: Sequence[LegMarket],
        sampled: _Sampled,
        half_life: float,
        per_point: Decimal,
    ) -> Opportunity | Why:
        figures = sampled.figures
        buy, sell = _crossed(markets)
        middle = Decimal(buy + sell) / (2 * SCALE)
        buys = middle < figures.mean
        of_day = self._samples_of_day(candidate.legs)
        left = self._shortest(markets)
        if left is not None and (left.days <= 0 or left.exact < half_life / of_day):
            return _too_short(left, half_life, half_life / of_day)
        edge = edge_of(
            markets,
            buys=buys,
            points=abs(middle - figures.mean),
            per_point=per_point,
            within_day=half_life <= of_day,
        )
        if isinstance(edge, Why):
            return edge
        found = _row(candidate, markets, sampled, edge, buys=buys, half_lives=(half_life, half_life / of_day))
        return msgspec.structs.replace(found, days_left=None if left is None else left.days)

    def _shortest(self, markets: Sequence[LegMarket]) -> Left | None:
        known = [left for market in markets if (left := self._tape.left(market.instrument)) is not None]
        return min(known, key=lambda left: left.exact, default=None)

    def _samples_of_day(self, legs: Sequence[SpreadLeg]) -> int:
        if self._settings.step is Step.DAY:
            return 1
        return min(self._tape.tracks[leg.instrument].hours.minutes(self._tape.day) for leg in legs)


def _too_short(left: Left, half_life: float, half_life_days: float) -> Why:
    if left.days <= 0:  # a spread opens nothing on the last day of a leg
        return Why(Reason.ENDS_FIRST, f"{left.instrument} 今天是最后交易日，只平不开")
    return Why(
        Reason.ENDS_FIRST,
        f"{left.instrument} 只交易到 {left.last_day}（还有 {left.exact:.1f} 个交易日），"
        f"不到一个半衰期：{half_life:.1f} 个样本，合 {half_life_days:.3f} 个交易日",
    )


def _crossed(markets: Sequence[LegMarket]) -> tuple[int, int]:
    # Millionths of a yuan: bought legs at their ask and sold ones at their bid, and the other way round.
    buy = sell = 0
    for market in markets:
        size = weight(market.leg, msgspec.structs.replace(market.instrument, tick=market.tick))
        up, down = (market.met.ask, market.met.bid) if size > 0 else (market.met.bid, market.met.ask)
        buy, sell = buy + size * up, sell + size * down
    return buy, sell


def _row(
    candidate: Candidate,
    markets: Sequence[LegMarket],
    sampled: _Sampled,
    edge: Edge,
    *,
    buys: bool,
    half_lives: tuple[float, float],
) -> Opportunity:
    figures, (buy, sell) = sampled.figures, _crossed(markets)
    return Opportunity(
        rank=0,
        name=candidate.name,
        kind=candidate.kind,
        formula=formula_text(candidate.legs),
        ratio=ratio_text(candidate.legs),
        side=Side.BUY if buys else Side.SELL,
        legs=tuple(_leg(market, paid) for market, paid in zip(markets, edge.legs, strict=True)),
        buy=Decimal(buy) / SCALE,
        sell=Decimal(sell) / SCALE,
        mean=figures.mean,
        deviation=figures.deviation,
        z=z_score(buy + sell, figures),
        half_life=half_lives[0],
        half_life_days=half_lives[1],
        days_left=None,
        t_value=None if figures.t_value == float("-inf") else figures.t_value,
        critical=figures.critical,
        observations=figures.observations,
        since=sampled.since,
        until=sampled.until,
        per_point=edge.per_point,
        gross=edge.gross,
        slippage=edge.slippage,
        fees=edge.fees,
        net=edge.net,
        closes_today=edge.closes_today,
        shown_sets=min(
            (market.met.ask_lots if buys == (market.leg.lots > 0) else market.met.bid_lots) // abs(market.leg.lots)
            for market in markets
        ),
    )


def _leg(market: LegMarket, paid: LegFees) -> LegNow:
    leg, tick, met = market.leg, market.tick, market.met
    return LegNow(
        instrument=leg.instrument,
        coefficient=leg.coefficient,
        lots=leg.lots,
        bid=met.bid * tick,
        ask=met.ask * tick,
        bid_lots=met.bid_lots,
        ask_lots=met.ask_lots,
        volume=met.volume,
        reckoned=met.reckoned,
        opening=paid.opening,
        closing=paid.closing,
    )
