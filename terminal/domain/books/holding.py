"""Hold the lots of one account, instrument and hedge flag (投保): long and short apart, today's and older lots apart.

Lots are matched first in, first out (DOMAIN 4.4). *In* is the exchange's time and trade number of the opening fill,
not the moment we heard of it: a fill that is reported late takes its place among today's lots, and those already
closed today are matched anew, so every order of arrival gives the same position (SAFETY I8). Therefore today's opening
fills stay in the list until settlement, closed or not. Between older and today's lots nothing can move: the older
ones are fixed at the start of the day.

Every lot has a basis: its open price today, the last settlement price from then on. Profit by the day (盯市) and
margin hang on the sum of the bases, profit by the trade (逐笔) on the sum of the open prices; both sums run along with
the fills. They are sums of price x lots, without the multiplier.

What is not nice: how many lots of a plain close pay 平今 depends on the opens known when it fills, so a fee, unlike
everything else here, depends on the order of arrival. It is what the exchange's own counter does as well, and the
settlement statement has the last word.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from operator import attrgetter
from typing import Final, NamedTuple

from terminal.domain.books.form import HoldingForm
from terminal.domain.errors import InvariantError
from terminal.domain.orders.offset import Bucket
from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import FeeClass


def decimal_text(amount: Decimal) -> str:
    """Return an exact amount as plain text, the same for equal amounts: `1200.50` and `1200.5` are `1200.5`."""
    return format((amount + 0).normalize(), "f")  # + 0 turns -0 into 0


class Run(NamedTuple):
    """Hold lots opened at one price on one trading day, and their basis."""

    open_price: Decimal
    open_day: int
    lots: int
    basis: Decimal


class Opening(NamedTuple):
    """Hold an opening fill of today, closed since or not."""

    key: tuple[int, int, str]  # exchange time (UTC ns), length of the trade number, trade number: 9 before 10
    price: Decimal
    lots: int


# What a form keeps of a side under the same name.
SAME_IN_FORM: Final = tuple(
    name for name in HoldingForm.__struct_fields__ if name not in {"old", "opened", "next", "used"}
)


class Holding:
    """Hold one side of a position. `value` sums basis x lots, `cost` open price x lots.

    `opening_lots` and `opening_value` are the live and UNKNOWN opening orders at their own limit prices; `frozen_*`
    are the lots under live and UNKNOWN closes. `margin` and `opening_margin` are what the account has charged for
    the side.
    """

    __slots__ = (
        "_next",
        "_old",
        "_opened",
        "_used",
        "charged_today",
        "cost",
        "frozen_plain",
        "frozen_today",
        "frozen_yesterday",
        "margin",
        "opened_today",
        "opening_lots",
        "opening_margin",
        "opening_value",
        "side",
        "today",
        "value",
        "yesterday",
    )

    def __init__(self, side: Side) -> None:
        self.side = side
        self.today = 0
        self.yesterday = 0
        self.value = ZERO
        self.cost = ZERO
        self.opened_today = 0
        self.charged_today = 0  # lots closed today that paid 平今
        self.frozen_today = 0
        self.frozen_yesterday = 0
        self.frozen_plain = 0  # under closes that take the oldest lots first
        self.opening_lots = 0
        self.opening_value = ZERO
        self.margin = ZERO
        self.opening_margin = ZERO
        self._old: deque[Run] = deque()
        self._opened: list[Opening] = []
        self._next = 0  # index of the first of `_opened` not wholly closed
        self._used = 0  # lots of it that are closed

    @classmethod
    def of_form(cls, side: Side, form: HoldingForm) -> Holding:
        """Return the side that gave this form."""
        holding = cls(side)
        for name in SAME_IN_FORM:
            setattr(holding, name, getattr(form, name))
        holding._old = deque(Run(*run) for run in form.old)
        holding._opened = [Opening(*one) for one in form.opened]
        holding._next, holding._used = form.next, form.used
        return holding

    def form(self) -> HoldingForm:
        """Return the side as it is, so that `of_form` gives the same again."""
        same = {name: getattr(self, name) for name in SAME_IN_FORM}
        return HoldingForm(**same, old=[*self._old], opened=[*self._opened], next=self._next, used=self._used)

    @property
    def lots(self) -> int:
        """Return all lots."""
        return self.today + self.yesterday

    @property
    def empty(self) -> bool:
        """Return whether nothing is held, nothing reserved, and nothing of today remembered."""
        return not (self.lots or self._opened or self.opening_lots or self.frozen)

    @property
    def frozen(self) -> int:
        """Return all lots under live and UNKNOWN closes."""
        return self.frozen_today + self.frozen_yesterday + self.frozen_plain

    def frozen_by_day(self) -> tuple[int, int]:
        """Return the frozen lots of today and of before; plain closes hold the oldest first."""
        if not self.frozen_plain:
            return self.frozen_today, self.frozen_yesterday
        plain_old = min(self.frozen_plain, max(self.yesterday - self.frozen_yesterday, 0))
        return self.frozen_today + self.frozen_plain - plain_old, self.frozen_yesterday + plain_old

    def freeze(self, bucket: Bucket, lots: int) -> None:
        """Hold lots under a close; negative lots let them go."""
        match bucket:
            case Bucket.TODAY:
                self.frozen_today += lots
            case Bucket.YESTERDAY:
                self.frozen_yesterday += lots
            case Bucket.OLDEST_FIRST:
                self.frozen_plain += lots

    def missing(self, bucket: Bucket) -> int:
        """Return how many more lots of a bucket are frozen than there are."""
        today, yesterday = self.frozen_today - self.today, self.frozen_yesterday - self.yesterday
        short = {Bucket.TODAY: today, Bucket.YESTERDAY: yesterday, Bucket.OLDEST_FIRST: self.frozen - self.lots}
        return max(short[bucket], 0)

    def charged_of(self, instrument: Instrument, offset: Offset, lots: int, day: int | None = None) -> int:
        """Return how many lots of a closing fill pay 平今.

        Of one of a settled `day` it is the lots that are left of that day.
        """
        if offset is Offset.OPEN:
            return 0
        if instrument.fee_class is FeeClass.EXPLICIT:
            return lots if offset is Offset.CLOSE_TODAY else 0
        opened = self.opened_today - self.charged_today if day is None else self.lots_then(Bucket.TODAY, day)
        return min(lots, opened)

    def open(self, opening: Opening) -> Decimal:
        """Add lots and return by how much the basis of lots closed earlier today rises through it (mostly 0)."""
        opened, amount = self._opened, opening.price * opening.lots
        self.today += opening.lots
        self.opened_today += opening.lots
        if not opened or opened[-1].key <= opening.key:
            opened.append(opening)
            moved = ZERO
        else:
            before = self._closed_today_value()
            closed = self.opened_today - self.today
            opened.insert(bisect_right(opened, opening.key, key=attrgetter("key")), opening)
            self._next = self._used = 0
            moved = self._close_today(closed) - before
        self.value += amount - moved
        self.cost += amount - moved
        return moved

    def add_older(self, price: Decimal, lots: int, *, day: int | None = None, basis: Decimal | None = None) -> None:
        """Add lots of a day that is settled already, as the last of that day.

        Without a `basis` it is what they opened at, so this day gets the profit; without a `day` they count as the last
        of the older ones.
        """
        basis = price if basis is None else basis
        if day is None:
            day = self._old[-1].open_day if self._old else 0
        place = bisect_right(self._old, day, key=attrgetter("open_day"))
        self._old.insert(place, Run(price, day, lots, basis))
        self.yesterday += lots
        self.value += basis * lots
        self.cost += price * lots

    def add_late(self, run: Run, *, is_oldest_first: bool) -> tuple[Decimal, Decimal]:
        """Add lots of a settled day and return by how much basis and open price of lots closed today rise through it.

        Where closes take the oldest first, those of today that had to take today's lots took these instead.
        """
        closed = self.opened_today - self.today
        instead = min(run.lots, closed) if is_oldest_first else 0
        given_back = ZERO
        if instead:
            before = self._closed_today_value()
            self._next = self._used = 0
            given_back = before - self._close_today(closed - instead)
            self.today += instead
            self.value += given_back
            self.cost += given_back
        if run.lots > instead:
            self.add_older(run.open_price, run.lots - instead, day=run.open_day, basis=run.basis)
        return run.basis * instead - given_back, run.open_price * instead - given_back

    def lots_then(self, bucket: Bucket, day: int) -> int:
        """Return how many lots are left of those a close of a settled day could take."""
        return sum(run.lots for run in self._old if _is_of(run, bucket, day))

    def close_late(self, bucket: Bucket, lots: int, day: int) -> tuple[Decimal, Decimal]:
        """Take lots out as a close of a settled day did; else as `close`."""
        if lots > self.lots_then(bucket, day):
            raise InvariantError(f"a close of {lots} lots ({bucket}) of {day} exceeds what is left of that day")
        value, cost, left = ZERO, ZERO, lots
        kept: deque[Run] = deque()
        for run in self._old:
            part = min(left, run.lots) if _is_of(run, bucket, day) else 0
            left -= part
            value += run.basis * part
            cost += run.open_price * part
            if part < run.lots:
                kept.append(run._replace(lots=run.lots - part))
        self._old = kept
        self.yesterday -= lots
        self.value -= value
        self.cost -= cost
        return value, cost

    def close(self, bucket: Bucket, lots: int) -> tuple[Decimal, Decimal]:
        """Take lots out and return their basis x lots and open price x lots; more than held is an `InvariantError`."""
        old = 0 if bucket is Bucket.TODAY else min(lots, self.yesterday)
        new = 0 if bucket is Bucket.YESTERDAY else lots - old
        if old + new < lots or new > self.today:
            raise InvariantError(
                f"a close of {lots} lots ({bucket}) exceeds the {self.today} of today and {self.yesterday} older ones"
            )
        value = cost = ZERO
        if new:
            value = cost = self._close_today(new)
            self.today -= new
        if old:
            old_value, old_cost = self._close_old(old)
            value += old_value
            cost += old_cost
            self.yesterday -= old
        self.value -= value
        self.cost -= cost
        return value, cost

    def settle(self, price: Decimal, day: int) -> None:
        """Give every lot the settlement price of the day as basis and make all of them older ones."""
        settled: deque[Run] = deque()
        for run in self.runs(day):
            if settled and settled[-1].open_price == run.open_price and settled[-1].open_day == run.open_day:
                settled[-1] = settled[-1]._replace(lots=settled[-1].lots + run.lots)
            else:
                settled.append(run._replace(basis=price))
        self._old = settled
        self._opened = []
        self._next = self._used = 0
        self.yesterday += self.today
        self.today = self.opened_today = self.charged_today = 0
        self.value = price * self.yesterday
        # An UNKNOWN close outlives the day: it goes on holding the same lots, which are older ones now.
        self.frozen_yesterday += self.frozen_today
        self.frozen_today = 0

    def rebase(self, price: Decimal) -> None:
        """Give the older lots this settlement price as basis instead of the one they were settled at."""
        self.value += price * self.yesterday - sum((run.basis * run.lots for run in self._old), ZERO)
        self._old = deque(run._replace(basis=price) for run in self._old)

    def runs(self, day: int) -> Iterator[Run]:
        """Yield the lots held, oldest first; `day` is the trading day today's lots were opened on."""
        yield from self._old
        used = self._used
        for one in self._opened[self._next :]:
            yield Run(one.price, day, one.lots - used, one.price)
            used = 0

    def canonical(self) -> dict[str, object]:
        """Return the side as plain values, for hashing."""
        return {
            "old": [
                [decimal_text(run.open_price), run.open_day, run.lots, decimal_text(run.basis)] for run in self._old
            ],
            "opened": [[one.key[0], one.key[2], decimal_text(one.price), one.lots] for one in self._opened],
            "closed": self.opened_today - self.today,
            "charged": self.charged_today,
        }

    def faults(self, *, by_lot: bool = True) -> list[str]:
        """Return a sentence for every figure that is wrong; `by_lot` adds the lots up one by one."""
        today, yesterday = self.frozen_by_day()
        rules = (
            *(self._sums() if by_lot else ()),
            (0 <= today <= self.today, f"今仓冻结 {today} 手，持有 {self.today} 手"),
            (0 <= yesterday <= self.yesterday, f"昨仓冻结 {yesterday} 手，持有 {self.yesterday} 手"),
            (
                0 <= self.charged_today <= self.opened_today,
                f"平今 {self.charged_today} 手多于今开 {self.opened_today} 手",
            ),
            (self.opening_lots >= 0, f"在途开仓 {self.opening_lots} 手"),
        )
        return [sentence for holds, sentence in rules if not holds]

    def _sums(self) -> Iterator[tuple[bool, str]]:
        old = list(self._old)
        new = list(self.runs(0))[len(old) :]
        yield self.today == sum(run.lots for run in new), f"今仓 {self.today} 手与逐笔开仓之和不符"
        yield self.yesterday == sum(run.lots for run in old), f"昨仓 {self.yesterday} 手与逐笔之和不符"
        yield self.value == sum(run.basis * run.lots for run in (*old, *new)), f"基准之和 {self.value} 不符"
        yield self.cost == sum(run.open_price * run.lots for run in (*old, *new)), f"成本之和 {self.cost} 不符"

    def _close_today(self, lots: int) -> Decimal:
        value = ZERO
        while lots:
            one = self._opened[self._next]
            part = min(lots, one.lots - self._used)
            value += one.price * part
            lots -= part
            self._used += part
            if self._used == one.lots:
                self._next += 1
                self._used = 0
        return value

    def _close_old(self, lots: int) -> tuple[Decimal, Decimal]:
        value = cost = ZERO
        while lots:
            run = self._old[0]
            part = min(lots, run.lots)
            value += run.basis * part
            cost += run.open_price * part
            lots -= part
            if part == run.lots:
                self._old.popleft()
            else:
                self._old[0] = Run(run.open_price, run.open_day, run.lots - part, run.basis)
        return value, cost

    def _closed_today_value(self) -> Decimal:
        value = sum((one.price * one.lots for one in self._opened[: self._next]), ZERO)
        return value + self._opened[self._next].price * self._used if self._used else value


def _is_of(run: Run, bucket: Bucket, day: int) -> bool:
    # Whether an older lot is one that a close of a settled day could take then.
    return run.open_day == day if bucket is Bucket.TODAY else run.open_day < day + (bucket is Bucket.OLDEST_FIRST)
