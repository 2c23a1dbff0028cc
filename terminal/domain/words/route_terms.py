"""Name the ways of a spread's slice, each with its one English twin, and say which spreads can go them."""

from __future__ import annotations

from enum import unique
from typing import TYPE_CHECKING, Final

from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.strategy import FEWEST_LEGS
from terminal.domain.words.twin import Twin

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import SpreadSettings


@unique
class RouteTerm(Twin):
    """Hold the terms of a spread's way to the exchange."""

    ROUTE = "下单方式", "route"
    SYNTHETIC = "拆腿", "leg by leg"
    COMBINATION_CONTRACT = "组合合约", "combination contract"
    CHEAPER = "取便宜的", "whichever is cheaper"


ROUTES: Final = {
    SpreadRoute.SYNTHETIC: str(RouteTerm.SYNTHETIC),
    SpreadRoute.COMBINATION: str(RouteTerm.COMBINATION_CONTRACT),
    SpreadRoute.CHEAPER: str(RouteTerm.CHEAPER),
}


def route_fault(settings: SpreadSettings) -> str | None:
    """Return in one sentence why a spread cannot go by its route; `None` where it can."""
    if settings.route is SpreadRoute.SYNTHETIC:
        return None
    what = f"{RouteTerm.ROUTE}不能是{ROUTES[settings.route]}"
    if settings.conversion is not None or settings.quoting is not None:
        return f"互转和挂单等成交的{what}；请改为{RouteTerm.SYNTHETIC}。"
    coefficients, lots = ([getattr(leg, name) for leg in settings.legs] for name in ("coefficient", "lots"))
    if len(settings.legs) != FEWEST_LEGS or sorted(coefficients) != [-1, 1] or not lots[0] or sum(lots):
        two = "只有两腿、价格系数 1 与 −1、手数相同一买一卖的价差才有组合合约"
        return f"{two}，{what}；请改各腿，或改为{RouteTerm.SYNTHETIC}。"
    return None
