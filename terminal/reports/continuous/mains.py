"""Choose the main contract (主力合约) of a product for each trading day (DOMAIN 4.8).

It is chosen as the trading day begins, by what was known then, and stands for that day: nothing that comes in the night
or by day moves it. Another month takes its place when it had more than `ratio` times its open interest, or its volume,
at the end of the day before. A later month only: who has left a contract does not come back to it. The first recorded
day has no day before; there the open interest at its first sight counts, and by volume it only serves to judge.

A month can take over only if it traded on the day before as well, for without both prices nobody can say what part of
the step between them is the market's. A main contract that is no longer recorded hands over at once.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.reports.continuous.days import Contract


class By(StrEnum):
    """Say what makes a contract the main one."""

    OPEN_INTEREST = "open_interest"
    VOLUME = "volume"


class Main(NamedTuple):
    """Hold the main contract of a trading day: its place among the product's, and what both were judged by.

    `values` are those of the contract before it and of itself, on the day that was known; `None` where not told.
    """

    day: int
    place: int
    values: tuple[int | None, int | None] = (None, None)


def mains(contracts: Sequence[Contract], by: By, ratio: Decimal = Decimal(1)) -> list[Main]:
    """Return the main contract of each recorded trading day, from the first on which one can be told.

    `contracts` are of one product, the nearer month first. A chain that breaks, because nobody can take over from a
    contract that has ended, is a `UserError`.
    """
    days = sorted({day for one in contracts for day, told in one.days.items() if told.close is not None})
    found: list[Main] = []
    for before, day in zip([None, *days], days, strict=False):
        values = [_value(one, before, day, by, first=not found) for one in contracts]
        there = [place for place, one in enumerate(contracts) if _close(one, day) is not None]
        if not found:
            told = [place for place in there if values[place] is not None]
            if told:
                found.append(Main(day, max(told, key=lambda place: (values[place] or 0, -place))))
            continue
        now = found[-1].place
        later = [place for place in there if place > now and _close(contracts[place], found[-1].day) is not None]
        place = _next(now, there, later, values, ratio)
        if place is None:
            left = contracts[now].instrument.id
            raise UserError(
                f"{day} 起没有可接的主力：{left} 当日没有成交，更远的月份在 {found[-1].day} 也没有成交，"
                "算不出换月跳空；请补上那几日的录制。"
            )
        found.append(Main(day, place, (values[now], values[place])))
    return found


def _next(
    now: int, there: Sequence[int], later: Sequence[int], values: Sequence[int | None], ratio: Decimal
) -> int | None:
    # Of equal ones the nearer month.
    best = max(later, key=lambda place: (-1 if (value := values[place]) is None else value, -place), default=None)
    if now not in there:
        return best
    mine, other = values[now], None if best is None else values[best]
    return now if best is None or mine is None or other is None or other <= ratio * mine else best


def _close(contract: Contract, day: int) -> int | None:
    told = contract.days.get(day)
    return None if told is None else told.close


def _value(contract: Contract, before: int | None, day: int, by: By, *, first: bool) -> int | None:
    told = None if before is None else contract.days.get(before)
    if told is not None:
        return told.interest if by is By.OPEN_INTEREST else told.volume
    today = contract.days.get(day)
    return today.opened if first and before is None and by is By.OPEN_INTEREST and today is not None else None
