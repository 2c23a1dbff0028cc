"""Say how a hedge group of an account stands for a strategy that keeps its ratio, in tonnes.

+ is long price risk. What is held counts, whoever traded it: futures whole, options by delta (DOMAIN 4.10), contracts
场外 likewise. The strategy asks without its own orders: those it knows itself. What others have under way may come, and
so may what the legs of others lack of balance. Net of VAT each tonne counts as the tonnes of exposure that it covers.
An option whose delta is not known counts by all that it may be: the tonnes are then the least of the group, and
`unsure` says how much more they may be.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from terminal.domain.vat import covered_by
from terminal.domain.view import Cover, HedgeStanding, OptionPart, Reach
from terminal.engine.book.hedge import bound_of, otc_tonnes, worst_tonnes
from terminal.engine.records.forgetting import OVER
from terminal.engine.wording import short
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terminal.domain.ids import InstrumentId, StrategyId
    from terminal.domain.parameters.limits import HedgeBound
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.books.otc import OtcRow
    from terminal.engine.state import AccountState

NONE = Decimal(0)
WHOLE = Reach(Decimal(1), Decimal(1))


class DeltaReader(Protocol):
    """Give deltas at one moment, or between what they lie (`prices.deltas`)."""

    def of(self, option: Instrument) -> Reach:
        """Return the delta of one long lot of a listed option in lots of its future, negative for a put."""

    def of_otc(self, row: OtcRow) -> Reach:
        """Return the share of its whole tonnes that a contract 场外 moves with."""


def hedge_standing(
    instruments: Mapping[InstrumentId, Instrument],
    account: AccountState,
    group: str,
    instrument: InstrumentId,
    strategy: StrategyId,
    deltas: DeltaReader,
    *,
    vat: Decimal | None = None,
) -> HedgeStanding | None:
    """Return how a group stands for a strategy that trades one future of it, `None` without such a group.

    With a VAT rate (a fraction) also what its futures cover net of VAT.
    """
    bound, limits = bound_of(account, group), account.limits
    if bound is None or limits is None:
        return None
    reckoning = _Reckoning(instruments, account, bound, deltas, tuple(_coming(account, strategy)))
    plain = reckoning.cover(instrument, NONE)
    exposure = bound.physical_tonnes + bound.planned_tonnes
    there = worst_tonnes(instruments, account, bound, toward=-exposure)
    return HedgeStanding(
        exposure=exposure,
        futures=plain.futures,
        bought=plain.bought,
        sold=plain.sold,
        per_lot=plain.per_lot,
        confirm_fraction=limits.hedge_confirm_fraction,
        vat=vat,
        cover=None if vat is None else reckoning.cover(instrument, vat),
        options=tuple(reckoning.parts()),
        unknown="、".join(reckoning.unknown()),
        unsure=plain.unsure,
        room=limits.hedge_confirm_fraction * abs(exposure) - (there if exposure < 0 else -there),
        drifts=reckoning.drifts,
    )


class _Reckoning:
    # One group at one moment: what each lot of a contract weighs, and of which options that is not known.

    def __init__(
        self,
        instruments: Mapping[InstrumentId, Instrument],
        account: AccountState,
        bound: HedgeBound,
        deltas: DeltaReader,
        coming: tuple[tuple[InstrumentId, int], ...],
    ) -> None:
        self._instruments = instruments
        self._bound = bound
        self._coming = coming
        self._held = {name: lots for name, lots in account.book.net_lots().items() if lots}
        self._otc = [row for row in account.otc.rows.values() if row.terms.group == bound.group]
        self.drifts = any(row.terms.right is not None for row in self._otc)
        self._shares: dict[InstrumentId, Reach] = {}
        for name in dict.fromkeys([*self._held, *(name for name, _ in coming)]):
            known = instruments[name]
            is_option = known.option is not None and bool(bound.weights.get(known.product))
            self._shares[name] = deltas.of(known) if is_option else WHOLE
            self.drifts = self.drifts or is_option
        self._otc_shares = [deltas.of_otc(row) for row in self._otc]

    def unknown(self) -> Iterator[str]:
        """Yield a sentence for each option held whose delta nobody can tell."""
        names = [*map(short, self._held), *(row.terms.number for row in self._otc)]
        shares = [*(self._shares[name] for name in self._held), *self._otc_shares]
        yield from (f"{name} {share.why}" for name, share in zip(names, shares, strict=True) if share.why)

    def _ends(self, name: InstrumentId, lots: int, vat: Decimal) -> tuple[Decimal, Decimal]:
        # The least and the most tonnes of so many lots.
        known = self._instruments[name]
        weighs = self._bound.weights.get(known.product, NONE) * covered_by(known, vat)
        return _ordered(weighs * lots, self._shares[name])

    def cover(self, instrument: InstrumentId, vat: Decimal) -> Cover:
        """Return the tonnes held and coming, and those of a lot of the contract that is traded: no option."""
        bought = sold = NONE
        for name, lots in self._coming:
            least, most = self._ends(name, lots, vat)
            bought, sold = bought + max(most, NONE), sold + max(-least, NONE)
        ends = [self._ends(name, lots, vat) for name, lots in self._held.items()]
        for row, share in zip(self._otc, self._otc_shares, strict=True):
            reference = self._instruments.get(row.terms.reference)
            weighs = NONE if reference is None else covered_by(reference, vat)
            ends.append(_ordered(otc_tonnes(self._instruments, self._bound, row.terms) * weighs, share))
        held = sum((least for least, _ in ends), NONE)
        known = self._instruments.get(instrument)
        is_future = known is not None and known.option is None
        weight = self._bound.weights.get(known.product, NONE) if known is not None and is_future else NONE
        per_lot = NONE if known is None else weight * covered_by(known, vat)
        unsure = sum((most - least for least, most in ends), NONE)
        return Cover(futures=held, bought=bought, sold=sold, per_lot=per_lot, unsure=unsure)

    def parts(self) -> Iterator[OptionPart]:
        """Yield each option that is held and counts, in plain tonnes."""
        for name, lots in self._held.items():
            known, share = self._instruments[name], self._shares[name]
            if known.option is not None and self._bound.weights.get(known.product):
                least, most = self._ends(name, lots, NONE)
                yield OptionPart(short(name), lots, share.low, least, share.high, most)
        for row, share in zip(self._otc, self._otc_shares, strict=True):
            if row.terms.right is not None:
                least, most = _ordered(otc_tonnes(self._instruments, self._bound, row.terms), share)
                yield OptionPart(row.terms.number, 0, share.low, least, share.high, most)


def _ordered(tonnes: Decimal, share: Reach) -> tuple[Decimal, Decimal]:
    one, other = tonnes * share.low, tonnes * share.high
    return min(one, other), max(one, other)


def _coming(account: AccountState, strategy: StrategyId) -> Iterator[tuple[InstrumentId, int]]:
    # Signed lots that others may still trade.
    for order in account.live.values():
        if order.cause.strategy != strategy:
            yield order.terms.instrument, order.terms.side.sign * order.remaining
    for row in account.strategies.values():
        # A paused one is told to people as naked, and goes on to balance once it is resumed.
        if row.strategy != strategy and row.status not in OVER:
            yield from strategy_of(row.settings).lacking(row.settings, row.memory)
