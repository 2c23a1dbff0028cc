"""Make the rough market of a seed: a sample market of some days, hazards over it, and options on it where they are met.

What is drawn for options is drawn apart, so a market is the same with them and without.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from terminal.domain.days.calendar import instant
from terminal.domain.ids import ProductId
from terminal.domain.products.instrument import Reference
from terminal.engine.ports import MarketSource
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sample.scenario import SIMULATION, Scenario
from terminal.simulation.luck import Luck, derived
from terminal.simulation.market import RememberedMarket
from terminal.simulation.rough.hazards import Hazard, draw_hazards
from terminal.simulation.rough.market import RoughMarket
from terminal.simulation.rough.options import Listed, OptionMarket, listed

_FIRST_DAY, _LAST_DAY = 20220104, 20260831  # the reference tables know these products' terms in between
_RB, _I, _AU = ProductId("SHFE.rb"), ProductId("DCE.i"), ProductId("SHFE.au")
_PRODUCTS: Final = ((_RB,), (_RB, _I), (_RB, _AU), (_RB, _AU), (_I,))  # gold trades on at night when rebar has closed


class Scene(NamedTuple):
    """Hold a market that is made once, its first trading day, how many batches it has, and what happens in it."""

    market: RememberedMarket
    first_day: int
    batches: int
    hazards: tuple[Hazard, ...]


def scene_of(seed: int, reference: Reference, *, options: bool) -> Scene:
    """Return the market of a seed, with `options` or without."""
    luck = Luck(derived(seed, "rough"))
    sample, days = _sample(seed, luck, reference)
    batches, day = sample.first_batch(days), sample.trading_days[0]
    hazards = draw_hazards(luck, _by_product(sample, reference), batches)
    market: MarketSource = RoughMarket(sample, hazards, quotes_always=luck.chance(0.7))
    if options:
        chain = listed(sample, sample.day_facts(0), reference, day)
        market, more = _with_options(market, chain, Luck(derived(seed, "options")), batches)
        hazards = (*hazards, *more)
    return Scene(RememberedMarket(market), day, batches, hazards)


def _with_options(
    market: MarketSource, chain: tuple[Listed, ...], luck: Luck, batches: int
) -> tuple[MarketSource, tuple[Hazard, ...]]:
    if not chain:
        return market, ()
    first, products = len(market.universe), {one.option.product for one in chain}
    slots = [[first + n for n, one in enumerate(chain) if one.option.product == name] for name in sorted(products)]
    hazards = draw_hazards(luck, slots, batches)
    return RoughMarket(OptionMarket(market, chain), hazards), hazards


def _sample(seed: int, luck: Luck, reference: Reference) -> tuple[SampleMarket, int]:
    days = luck.one_of((1, 2), (3, 1))
    scenario: Scenario = msgspec.structs.replace(
        SIMULATION,
        products=luck.one_of(_PRODUCTS),
        step_ms=luck.one_of((500, 1000, 2000)),
        window_steps=luck.one_of((12, 16, 24)),
        trading_days=days,
        early_rolls=(),
    )
    start = instant(luck.one_of(reference.calendar.trading_days(_FIRST_DAY, _LAST_DAY)), 20)
    market = SampleMarket(seed=derived(seed, "market") % (1 << 32), reference=reference, start=start, scenario=scenario)
    return market, days


def _by_product(sample: SampleMarket, reference: Reference) -> list[list[int]]:
    day = sample.trading_days[0]
    found: dict[ProductId, list[int]] = {}
    for slot, name in enumerate(sample.universe):
        known = reference.instrument(name, day)
        if known.session is not None:
            found.setdefault(known.product, []).append(slot)
    return list(found.values())
