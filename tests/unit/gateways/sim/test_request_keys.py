"""A request about an option under a key used once is never taken again, on no later day and after no restart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.ids import InstrumentId, WireKey
from terminal.domain.orders.exercise import Choice, ExerciseState, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.domain.reports import ExerciseTold, QueryAnswer
from terminal.engine.ports import WireExercise, WireWithdrawal
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from tests.unit.gateways.sim.made import (
    DAY,
    ME,
    MORNING,
    NEXT_DAY,
    NEXT_NIGHT,
    OTHER,
    I,
    MadeMarket,
    batch,
    calendar,
    instruments,
    order,
)

CALL = InstrumentId("DCE.i2101-C-800")
UNIVERSE = (I, CALL)
KEY = WireKey("x1")
FRIDAY, MONDAY = 2, 4  # batches that were passed when the day is still going on


def listed() -> dict[InstrumentId, Instrument]:
    terms = OptionTerms(
        underlying=I, right=Right.CALL, strike=Decimal(800), style=Style.AMERICAN, requests_until=15 * 60 + 30
    )
    call = msgspec.structs.replace(instruments()[I], id=CALL, kind=Kind.OPTION, option=terms, expiry=20200930)
    return {I: instruments()[I], CALL: call}


class TwoDays(MadeMarket):
    """Be a Friday and a Monday of which no settlement price is ever said."""

    universe: tuple[InstrumentId, ...] = UNIVERSE

    def __init__(self) -> None:
        times = (MORNING + 1, instant(DAY, 14), NEXT_NIGHT + 1, instant(NEXT_DAY, 14), instant(NEXT_DAY, 14, 30))
        super().__init__(
            [batch(index, at, {I: (1660, 9, 1661, 9)}, universe=UNIVERSE) for index, at in enumerate(times)]
        )


def opened(path: Path, passed: int) -> Host:
    made = Host(store=ExchangeStore(path), market=TwoDays(), instruments=listed(), calendar=calendar())
    made.log_in(passed)
    return made


def bought(path: Path, request: WireExercise) -> Host:
    made = opened(path, FRIDAY)
    made.place(order("sell", Side.SELL, 4, 30, instrument=CALL, account=OTHER))
    made.place(order("buy", Side.BUY, 4, 30, instrument=CALL))
    made.exercise(request)
    return made


def asked(lots: int = 2) -> WireExercise:
    wish = ExerciseWish(instrument=CALL, flag=HedgeFlag.SPECULATION, lots=lots, choice=Choice.EXERCISE)
    return WireExercise(account=ME, wire_key=KEY, wish=wish)


def shown(host: Host) -> list[tuple[ExerciseState, int]]:
    """Return what a complete answer shows of the requests: how they stand, and of which day they are."""
    host.query(ME, 1)
    answer = None
    while host._due:
        answer = host.next()
    assert isinstance(answer, QueryAnswer)
    return [(one.state, one.trading_day) for one in answer.exercises]


def again(host: Host, request: WireExercise) -> ExerciseTold:
    host.exercise(request)
    told = None
    while host._due:
        told = host.next()
    assert isinstance(told, ExerciseTold)
    return told


def turned(host: Host, path: Path, *, restarts: bool) -> Host:
    """Return the exchange on Monday, the same one or one that read its file."""
    host.save()
    if restarts:
        host.close()
        return opened(path, MONDAY)
    while host.next() is not None:
        pass
    return host


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("refused", [False, True])
def test_a_request_that_ended_on_an_earlier_day_is_not_taken_again(
    tmp_path: Path, *, restarts: bool, refused: bool
) -> None:
    path = tmp_path / "exchange.db"
    request = asked(9 if refused else 2)
    made = bought(path, request)
    if not refused:
        made.exercise(WireWithdrawal(account=ME, wire_key=KEY))
    state = ExerciseState.REJECTED if refused else ExerciseState.WITHDRAWN
    assert shown(made) == [(state, DAY)]
    monday = turned(made, path, restarts=restarts)
    assert shown(monday) == [], "an answer does not grow with the years"
    told = again(monday, asked(2))
    assert (told.state, told.trading_day, told.wish.lots) == (state, DAY, request.wish.lots)
    monday.close()


def test_an_older_request_that_was_withdrawn_today_is_neither_forgotten_nor_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    monday = turned(bought(path, asked()), path, restarts=True)
    assert shown(monday) == [(ExerciseState.TAKEN, DAY)], "nothing could be done about it without a price"
    monday.exercise(WireWithdrawal(account=ME, wire_key=KEY))
    assert shown(monday) == [(ExerciseState.WITHDRAWN, DAY)]
    monday.save()
    monday.close()
    after = opened(path, MONDAY)
    assert shown(after) == [(ExerciseState.WITHDRAWN, DAY)], "whoever missed the word finds it"
    assert again(after, asked()).state is ExerciseState.WITHDRAWN
    after.close()
