"""What one set pays in percentage fees is reckoned at the prices it is really opened and closed at."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.parameters.strategy import SpreadLeg
from terminal.domain.products.product import Fee, Fees
from terminal.reports.scan.cost import Edge, LegMarket, edge_of
from terminal.reports.scan.present import Met
from tests.unit.strategies.spreading import FAR
from tests.unit.strategies.traded import future

BID, ASK = 3000, 4000  # a wide book: both sides of a trade are far from alike


@pytest.mark.parametrize(
    ("buys", "lots", "opened", "closed"),
    [(True, 1, ASK, BID), (False, 1, BID, ASK), (True, -1, BID, ASK), (False, -1, ASK, BID)],
)
def test_a_leg_is_opened_at_the_side_it_takes_and_closed_at_the_other(
    buys: bool, lots: int, opened: int, closed: int
) -> None:
    # Given a contract of ten tonnes that pays a thousandth to open and two to close
    known = replace(
        future(FAR, multiplier="10"),
        fees=Fees(open=Fee(by_value=Decimal("0.001")), close=Fee(by_value=Decimal("0.002"))),
    )
    leg = LegMarket(
        leg=SpreadLeg(instrument=FAR, coefficient=Decimal(lots), lots=lots),
        instrument=known,
        tick=Decimal(1),
        met=Met(bid=BID, ask=ASK, bid_lots=5, ask_lots=5, volume=None, reckoned=False),
    )
    found = edge_of([leg], buys=buys, points=Decimal(0), per_point=Decimal(10), within_day=False)
    assert isinstance(found, Edge)
    (paid,) = found.legs
    assert (paid.opening, paid.closing) == (Decimal(opened) / 100, Decimal(closed) / 50)
