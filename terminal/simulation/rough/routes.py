"""Make drawn spreads trade as the combination their exchange lists (组合合约), where it lists one; nothing is drawn.

So the luck of a seed goes on as it did. By which way each goes follows from what was drawn already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.products.combination import combination_of
from terminal.domain.words.route_terms import route_fault

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.simulation.desk import Room


def routed(room: Room, drawn: SpreadSettings) -> SpreadSettings:
    """Return a drawn spread by its combination alone or by whichever is cheaper; as it is where it cannot.

    One of a single set a round does not quote then: its quotes would hardly reach.
    """
    route = SpreadRoute.COMBINATION if drawn.hedge_seconds == 1 else SpreadRoute.CHEAPER
    made = replace(drawn, route=route, quoting=None if drawn.sets == 1 else drawn.quoting)
    if drawn.spot_side is not None or route_fault(made) is not None:
        return drawn
    first, second = (room.state.tenant.instruments[leg.instrument] for leg in drawn.legs)
    return drawn if combination_of(first, second) is None else made
