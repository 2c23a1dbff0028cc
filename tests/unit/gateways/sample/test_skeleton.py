from __future__ import annotations

import numpy as np
import pytest

from terminal.gateways.sample.scenario import DEMO
from terminal.gateways.sample.skeleton import STEP
from terminal.gateways.sample.world import World
from tests.unit.gateways.sample.played import START, reference


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=9, reference=reference(), start=START, scenario=DEMO)


def test_a_close_moves_at_most_its_share_of_the_band(world: World) -> None:
    closes, bands = world.skeleton.closes, world.skeleton.bands[world.skeleton.owner]
    moves = np.abs(np.diff(closes, axis=0)) / (closes[:-1] * bands)
    assert moves.max() <= STEP + 1e-9


def test_prices_stay_near_home_for_years(world: World) -> None:
    home = np.array([product.price for product in world.listing.products])
    assert (np.abs(world.skeleton.spots / home - 1.0) < 0.35).all()


def test_a_contract_meets_spot_when_it_ends(world: World) -> None:
    for slot, contract in enumerate(world.listing.contracts):
        if contract.last_day in world.days[60:]:
            row = world.days.index(contract.last_day) + 1
            spot = world.skeleton.spots[row][contract.product]
            assert abs(world.skeleton.closes[row][slot] / spot - 1.0) < 0.01


def test_products_of_one_sector_move_together(world: World) -> None:
    names = [str(product.product) for product in world.listing.products]
    rb, ore, sugar = (np.diff(world.skeleton.spots[:, names.index(name)]) for name in ("SHFE.rb", "DCE.i", "CZCE.SR"))
    together, apart = np.corrcoef(rb, ore)[0, 1], np.corrcoef(rb, sugar)[0, 1]
    assert together > 0.3
    assert together > apart


def test_open_interest_is_equal_where_the_main_contract_changes(world: World) -> None:
    for place in range(len(world.listing.products)):
        chain = world.listing.chain(place)
        for slot in list(chain)[:-1]:
            crossing = float(world.skeleton.crossings[slot])
            if 0 < crossing < len(world.days):
                shares = world.skeleton.shares(crossing)
                assert shares[slot] == pytest.approx(shares[slot + 1])
                before, after = world.skeleton.shares(crossing - 0.4), world.skeleton.shares(crossing + 0.4)
                assert before[slot] > before[slot + 1]
                assert after[slot] < after[slot + 1]


def test_the_main_contract_trades_on_its_days(world: World) -> None:
    for number in range(0, len(world.days), 7):
        listed = world.listing.on(world.days[number])
        for place in range(len(world.listing.products)):
            assert world.skeleton.main(world.listing.chain(place), float(number)) in listed
