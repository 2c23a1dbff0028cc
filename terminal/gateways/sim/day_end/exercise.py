"""Take requests to exercise or abandon options at the exchange, and act on them when the trading day ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.ids import ExchangeId
from terminal.domain.orders.exercise import ExerciseState, deadline, fault
from terminal.domain.orders.order import Side
from terminal.domain.reports import ExerciseTold
from terminal.gateways.sim.day_end.endings import DayEnd
from terminal.gateways.sim.day_end.prices import DayPrices

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId
    from terminal.domain.market import DayFacts
    from terminal.domain.orders.exercise import ExerciseWish
    from terminal.domain.reports import Report
    from terminal.engine.ports import WireExercise, WireWithdrawal
    from terminal.gateways.sim.accounts.ledger import Ledger
    from terminal.gateways.sim.display import Display

REFUSED: Final = "EXERCISE_REFUSED"
TOO_LATE: Final = "EXERCISE_TOO_LATE"


class ExerciseDesk:
    """Keep the requests of all accounts in the ledger; `books` gives the one in use."""

    def __init__(self, display: Display, books: Callable[[], Ledger]) -> None:
        self._display = display
        self._books = books

    def take(self, wire: WireExercise) -> Report:
        """Take a request or reject it; one under a key already used is told as it stands."""
        ledger = self._books()
        known = ledger.requests.get(wire.wire_key)
        if known is not None:
            return ledger.tell(known)
        why = self._fault(wire.account, wire.wish)
        told = ExerciseTold(
            account=wire.account,
            wire_key=wire.wire_key,
            exchange=ExchangeId(wire.wish.instrument.partition(".")[0]),
            wish=wire.wish,
            trading_day=ledger.clock.trading_day,
            state=ExerciseState.REJECTED if why else ExerciseState.TAKEN,
            code=REFUSED if why else "",
            text=why,
        )
        return ledger.request(told)

    def withdraw(self, wire: WireWithdrawal) -> Report | None:
        """Let go of a request, or say why not; of one that never came nothing can be said."""
        ledger = self._books()
        known = ledger.requests.get(wire.wire_key)
        if known is None or known.account != wire.account:
            return None
        if known.state is not ExerciseState.TAKEN:
            return ledger.tell(known)
        instrument, clock = self._display.instrument(known.wish.instrument), ledger.clock
        until = None if instrument is None else deadline(instrument, clock.trading_day)
        if until is None or clock.at >= until:
            text = "截止时间已过，申请不能撤销。"
            return ledger.tell(msgspec.structs.replace(known, code=TOO_LATE, text=text))
        return ledger.request(msgspec.structs.replace(known, state=ExerciseState.WITHDRAWN, text="用户撤销"))

    def of(self, account: AccountId) -> tuple[ExerciseTold, ...]:
        """Return the requests of an account that stand, or of which something was said on the trading day."""
        ledger = self._books()
        return tuple(
            one
            for key, one in ledger.requests.items()
            if one.account == account and (one.state is ExerciseState.TAKEN or key in ledger.moved)
        )

    def end_day(self, said_later: Iterable[DayFacts], next_day: int) -> list[Report]:
        """End what the trading day ends, and settle the money the exchange reckons."""
        ledger, listed = self._books(), self._display.instrument
        clock = ledger.clock
        today, prices = clock.trading_day, DayPrices(self._display, clock.owed)
        for fact in said_later:
            self._display.say(fact)
        day = DayEnd(
            ledger.holdings, listed, prices.at, trading_day=today, at=clock.at, requests=ledger.requests.values()
        )
        reports = [ledger.request(one) for one in day.done]
        for ends in (day.ends, day.net(ledger.holdings, listed)):
            reports += [ledger.end(*one, listed, remark=prices.remark(one[2])) for one in ends]
        ledger.funds.settle(prices.said, self._display, next_day)
        clock.owed = prices.still_owed(ledger.holdings, today)
        return reports

    def _fault(self, account: AccountId, wish: ExerciseWish) -> str:
        ledger, instrument = self._books(), self._display.instrument(wish.instrument)
        if instrument is None:
            return "合约不存在"
        holding = ledger.holdings.get((account, wish.instrument, wish.flag))
        lots = None if holding is None else holding.of(Side.BUY)
        free = 0 if lots is None else lots.today + lots.yesterday
        for one in ledger.requests.values():
            same = (one.account, one.wish.instrument, one.wish.flag) == (account, wish.instrument, wish.flag)
            free -= one.wish.lots if same and one.state is ExerciseState.TAKEN else 0
        clock = ledger.clock
        return fault(instrument, wish, trading_day=clock.trading_day, at=clock.at, free=free)
