"""End what a trading day ends: options are exercised, assigned or lapse, expired futures are delivered.

It happens after the last trade of the day and before the day's lots become older ones, at that day's settlement prices
(DOMAIN 4.12). First come the requests of holders, in the order in which they came, each for as many of its lots as are
still held: exercise on any day an American option lives, abandonment on the last. What is left on the last day goes by
the rule: strictly in the money it is exercised, otherwise it lapses; a future leaves at its own settlement price, and
what the goods cost is paid elsewhere. Without a price of the day nothing ends; it is tried again at the next one, and
what was over before still at a price of its own last day (`prices`). Nobody trades the index that options are on:
where its price is not said, the option's own settlement price counts, which is the difference that exercise pays †.

Who is assigned. The exchange knows its accounts and the crowd they trade with, which has no name. On the last day every
option in the money is exercised by whoever holds it, so every short lot is assigned but those whose holders among the
accounts abandoned; of one out of the money, and before the last day, as many short lots are assigned as accounts
exercised, as far as accounts are short, and the crowd takes the rest. Among accounts they are shared in proportion to
what is short, the largest remainders first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import count

import msgspec

from terminal.domain.ids import AccountId, InstrumentId, TradeId
from terminal.domain.orders.exercise import Choice, ExerciseState
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.ending import Ending, How, at_expiry
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.option import OptionTerms
from terminal.domain.reports import ExerciseTold
from terminal.gateways.sim.positions import Holding

HoldingKey = tuple[AccountId, InstrumentId, HedgeFlag]
Settlement = Callable[[InstrumentId, int], Decimal | None]  # of a trading day
Listed = Callable[[InstrumentId], Instrument | None]
End = tuple[AccountId, Ending, Instrument]


class DayEnd:
    """Find what ends on a trading day, in a fixed order; `at` is the exchange's clock, UTC ns.

    `ends` come in the order in which they are told, options before futures; `done` are the requests that were acted on.
    A future that exercise opens after its own last day is delivered at the next day's end. Nothing is changed here.
    """

    def __init__(
        self,
        holdings: Mapping[HoldingKey, Holding],
        listed: Listed,
        settlement: Settlement,
        *,
        trading_day: int,
        at: int,
        requests: Iterable[ExerciseTold] = (),
    ) -> None:
        self.ends: list[End] = []
        self.done: list[ExerciseTold] = []
        self.to_net: list[tuple[HoldingKey, Side, int, Decimal]] = []  # futures that come, to be closed at this price
        self._numbers = count(1)
        self._day, self._at, self._settlement = trading_day, at, settlement
        self._requests = [one for one in requests if one.state is ExerciseState.TAKEN]
        names = {name for _, name, _ in holdings} | {one.wish.instrument for one in self._requests}
        known = [instrument for name in sorted(names) if (instrument := listed(name)) is not None]
        for instrument in sorted(known, key=lambda one: one.option is None):
            held = {key: holdings[key] for key in sorted(holdings) if key[1] == instrument.id}
            if instrument.option is not None:
                self._option(instrument, instrument.option, held)
            elif is_over(instrument, trading_day):
                self._deliver(instrument, held)

    def net(self, holdings: Mapping[HoldingKey, Holding], listed: Listed) -> Iterator[End]:
        """Yield both sides of each netting (自对冲), once the ends above have changed the holdings; apply each pair."""
        for key, side, lots, price in self.to_net:
            account, name, flag = key
            instrument, held = listed(name), holdings.get(key)
            if instrument is None or held is None:
                continue
            both = min(lots, _total(held, side), _total(held, side.opposite))
            for one in (side, side.opposite) if both else ():
                yield account, self._ending(instrument, flag, one, both, How.NETTED, price), instrument

    def _price(self, instrument: Instrument) -> Decimal | None:
        day, option = min(self._day, instrument.expiry or self._day), instrument.option
        prices = ((name, self._settlement(name, day)) for name in priced_by(instrument))
        name, price = next(((name, price) for name, price in prices if price is not None), (None, None))
        return option.underlying_at(price) if option and price is not None and name == instrument.id else price

    def _deliver(self, instrument: Instrument, held: Mapping[HoldingKey, Holding]) -> None:
        price = self._price(instrument)
        for key, holding in held.items() if price is not None else ():
            for side in Side:
                how, left_at = at_expiry(None, side, price or Decimal(0))
                self._say(key, instrument, side, _total(holding, side), how, left_at)

    def _option(self, instrument: Instrument, option: OptionTerms, held: Mapping[HoldingKey, Holding]) -> None:
        price, over = self._price(instrument), is_over(instrument, self._day)
        asked = [one for one in self._requests if one.wish.instrument == instrument.id]
        if not over and not asked:
            return
        if price is None:  # the difference, the rule of the last day and netting need it
            return
        at_price = price if option.cash_settled else option.strike
        exercised = abandoned = 0
        for key, holding in held.items():
            left = _total(holding, Side.BUY)
            for request in asked:
                wish = request.wish
                if (request.account, wish.instrument, wish.flag) != key:
                    continue
                lots = min(left, wish.lots)
                left -= lots
                if wish.choice is Choice.EXERCISE:
                    exercised += lots
                    self._say(key, instrument, Side.BUY, lots, How.EXERCISED, at_price)
                    self._note_netting(request, option, lots, price)
                else:
                    abandoned += lots
                    self._say(key, instrument, Side.BUY, lots, How.LAPSED, Decimal(0))
                self.done.append(self._done(request, lots))
            if over:
                how, left_at = at_expiry(option, Side.BUY, price)
                self._say(key, instrument, Side.BUY, left, how, left_at)
        seen = {one.wire_key for one in self.done}
        for request in asked:
            if request.wire_key not in seen:  # nothing of it is held any more
                self.done.append(self._done(request, 0))
        self._assign(instrument, held, exercised, abandoned, settlement=price if over else None, at_price=at_price)

    def _assign(
        self,
        instrument: Instrument,
        held: Mapping[HoldingKey, Holding],
        exercised: int,
        abandoned: int,
        *,
        settlement: Decimal | None,
        at_price: Decimal,
    ) -> None:
        option, shorts = instrument.option, [_total(holding, Side.SELL) for holding in held.values()]
        in_money = settlement is not None and option is not None and option.worth(settlement) > 0
        wanted = sum(shorts) - abandoned if in_money else exercised
        for key, short, lots in zip(held, shorts, shares(wanted, shorts), strict=True):
            self._say(key, instrument, Side.SELL, lots, How.ASSIGNED, at_price)
            if settlement is not None:
                self._say(key, instrument, Side.SELL, short - lots, How.LAPSED, Decimal(0))

    def _done(self, request: ExerciseTold, lots: int) -> ExerciseTold:
        # On this day, which a price that came late has made another one than that of the request.
        return msgspec.structs.replace(request, state=ExerciseState.DONE, lots=lots, trading_day=self._day)

    def _note_netting(self, request: ExerciseTold, option: OptionTerms, lots: int, price: Decimal) -> None:
        if request.wish.self_close and lots:
            key = (request.account, option.underlying, request.wish.flag)
            self.to_net.append((key, option.future_side(Side.BUY), lots, price))

    def _say(self, key: HoldingKey, instrument: Instrument, side: Side, lots: int, how: How, price: Decimal) -> None:
        if lots:
            account, _, flag = key
            self.ends.append((account, self._ending(instrument, flag, side, lots, how, price), instrument))

    def _ending(
        self, instrument: Instrument, flag: HedgeFlag, side: Side, lots: int, how: How, price: Decimal
    ) -> Ending:
        return Ending(
            instrument=instrument.id,
            flag=flag,
            side=side,
            lots=lots,
            how=how,
            price=price,
            fee=Decimal(0),  # the broker's, and not the exchange's to say
            at=self._at,
            number=TradeId(f"E{next(self._numbers)}"),
        )


def is_over(instrument: Instrument, today: int) -> bool:
    """Return whether a trading day is an instrument's last one, or a later one."""
    return instrument.expiry is not None and instrument.expiry <= today


def priced_by(instrument: Instrument) -> tuple[InstrumentId, ...]:
    """Return whose settlement price ends an instrument, the first that is known: its own, of an option what it is on.

    An option that is settled in cash ends at its own, on its last day, where that of the index is not known.
    """
    option = instrument.option
    if option is None:
        return (instrument.id,)
    is_over_index = option.cash_settled and instrument.expiry is not None
    return (option.underlying, instrument.id) if is_over_index else (option.underlying,)


def shares(wanted: int, there: Sequence[int]) -> list[int]:
    """Share lots in proportion to what is there, whole lots each, the largest remainders first.

    >>> shares(4, [3, 2, 1])
    [2, 1, 1]
    """
    total = sum(there)
    wanted = max(0, min(wanted, total))
    if not wanted:
        return [0] * len(there)
    found = [wanted * lots // total for lots in there]
    order = sorted(range(len(there)), key=lambda place: (-(wanted * there[place] % total), place))
    for place in order[: wanted - sum(found)]:
        found[place] += 1
    return found


def _total(holding: Holding, side: Side) -> int:
    lots = holding.of(side)
    return lots.today + lots.yesterday
