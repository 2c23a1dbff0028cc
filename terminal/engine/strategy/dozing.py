"""Let a strategy that wants nothing be asked again only when a quote leaves what it declared to change nothing.

The theory. `Strategy.quiet` says within which quotes, and until when, a decision that has come to nothing comes to
nothing again, as long as only the market moves. So a strategy that has just wanted nothing dozes until one of its
contracts is quoted outside its bands, or its time is up. Any fact at all, any word about a contract's day and the end
of the trading day wake everybody: a declaration leans on nothing else than these and the quotes. The one fact that
wakes nobody says that an account agreed with the exchange, as it had before: nobody's decision reads how often. Prices
of spreads, windows, alarms and levels are kept for every quote all the same; only questions whose answer is known are
left out. Whether anybody dozes changes no record (`tests/unit/engine/strategy/test_dozing.py`).

A declaration is asked for when it is needed first, and before another quote comes: a strategy that hears of its order,
then of the order's fill, would declare twice and the first time for nothing.

Fifty spreads behind one hub leg doze behind one pair of limits, the narrowest of theirs: a quote inside it wakes
nobody and costs one comparison. A strategy that declares nothing is asked for a declaration less and less often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.market import BIT_OF, Column
from terminal.domain.quiet import NEVER, bounds_of
from terminal.engine.book.unlisted import missing_of
from terminal.engine.records.forgetting import OVER
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.market import Row
    from terminal.domain.quiet import Quiet
    from terminal.engine.look import Look
    from terminal.engine.prices.columns import Columns
    from terminal.engine.state import State, StrategyRow

LONGEST_WAIT: Final = 31  # decisions between two questions for a declaration
MASK: Final = int(Column.MASK)

Limits = tuple[int, list[tuple[int, int, int]]]  # the bits that must be there; column, low, high


def waking(state: State, columns: Columns) -> list[list[StrategyRow]]:
    """Return by slot the strategies its quotes wake, and have their windows kept.

    What a rule sees begins with its start, so that a restart, which reads the tape of before it too, shows it the same.
    One that has ended is left out where the market no longer has its contracts; no other starts so (`why_unlisted`).
    """
    wakes: list[list[StrategyRow]] = [[] for _ in columns.universe]
    for account in state.accounts.values():
        for row in account.strategies.values():
            kind = strategy_of(row.settings)
            if row.status in OVER and missing_of(row, columns.slot_of):
                continue
            for watch in kind.watches(row.settings):
                columns.watch(watch, row.started_at if watch.trading else -1)
            for name in kind.instruments(row.settings):
                wakes[columns.slot_of[name]].append(row)
    return wakes


class Dozing:
    """Hold who dozes, by the identity of the row: rows come and go with facts, and each fact wakes everybody."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._asleep: dict[int, Quiet] = {}  # what each has declared, until the day ends at the latest
        self._seen = (-1, -1)  # facts folded and words about days, when the first of them fell asleep
        self._until = NEVER  # the earliest of theirs
        self._bands: dict[int, dict[int, Limits]] = {}  # slot -> row -> its own limits
        self._narrowest: dict[int, Limits] = {}  # slot -> all of theirs together
        self._waits: dict[int, tuple[int, int]] = {}  # row -> decisions left to wait, and how long it waited
        # Who has wanted nothing and was not asked for a declaration yet; when the day ends; and which moment that was.
        self._drowsy: dict[int, tuple[StrategyRow, int]] = {}
        self._drowsy_at = (-1, -1, -1)

    def wake_all(self) -> None:
        """Wake everybody."""
        self._drowsy = {}
        if self._asleep:
            self._asleep, self._bands, self._narrowest, self._until = {}, {}, {}, NEVER

    def wake(self, slots: Sequence[int]) -> None:
        """Wake whom the quotes of these slots, the clock or a fact may concern."""
        if not self._asleep:
            return
        if self._seen != self._now():
            self.wake_all()
            return
        if self._look.columns.at >= self._until:
            self._rouse({row for row, quiet in self._asleep.items() if self._look.columns.at >= quiet.until})
        row_of = self._look.columns.row
        for slot in slots:
            limits = self._narrowest.get(slot)
            if limits is None:
                continue
            quote = row_of(slot)
            if quote is not None and _outside(limits, quote):
                self._rouse({row for row, own in self._bands[slot].items() if _outside(own, quote)})

    def awake(self, slot: int, rows: Sequence[StrategyRow]) -> Sequence[StrategyRow]:
        """Return those of the rows that a slot concerns who do not doze, in their order."""
        self.settle()
        if not self._asleep or len(self._bands.get(slot, ())) == len(rows):
            return () if self._asleep else rows
        return [row for row in rows if id(row) not in self._asleep]

    def declared(self, row: StrategyRow) -> Quiet | None:
        """Return what a strategy that dozes has declared, `None` where it does not doze."""
        self.settle()
        return self._asleep.get(id(row)) if self._seen == self._now() else None

    def keep(self, folded: int) -> None:
        """Let what was folded since so many wake nobody: it says what nobody's decision reads."""
        if self._seen == (folded, self._look.columns.said):
            self._seen = self._now()

    def doze(self, row: StrategyRow, day_ends: int) -> None:
        """Let a strategy doze that has just wanted nothing, if it declares what it may doze through."""
        moment = (*self._now(), self._look.columns.batch)
        if self._drowsy_at != moment:
            self._drowsy, self._drowsy_at = {}, moment
        self._drowsy[id(row)] = row, day_ends

    def settle(self) -> None:
        """Ask those for their declarations who have wanted nothing at this very moment."""
        if not self._drowsy:
            return
        drowsy, self._drowsy = self._drowsy, {}
        if self._drowsy_at != (*self._now(), self._look.columns.batch):
            return
        look = self._look
        account = look.account
        for row, day_ends in drowsy.values():
            look.account = look.state.accounts[row.account]
            self._ask(row, day_ends)
        look.account = account

    def _ask(self, row: StrategyRow, day_ends: int) -> None:
        known = id(row)
        left, waited = self._waits.get(known, (0, 0))
        if left:
            self._waits[known] = left - 1, waited
            return
        kind = strategy_of(row.settings)
        # A window is sampled by the clock: who leans on one is asked about every quote. So is who waits for an own
        # order to make way: that it wants nothing of the kind any more is said after a while.
        asked = kind.watches(row.settings) or row.barred
        quiet = None if asked else kind.quiet(row.strategy, row.settings, row.memory, self._look)
        limits = None if quiet is None else self._limits(quiet)
        if quiet is None or limits is None or quiet.until <= self._look.columns.at:
            waited = min(2 * waited + 1, LONGEST_WAIT)
            self._waits[known] = waited, waited
            return
        self._waits.pop(known, None)
        now = self._now()
        if self._seen != now:
            self.wake_all()
            self._seen = now
        self._asleep[known] = quiet = quiet._replace(until=min(quiet.until, day_ends))
        self._until = min(self._until, quiet.until)
        for slot, own in limits.items():
            self._bands.setdefault(slot, {})[known] = own
            before = self._narrowest.get(slot)
            self._narrowest[slot] = own if before is None else _together(before, own)

    def _now(self) -> tuple[int, int]:
        return self._look.state.folded, self._look.columns.said

    def _rouse(self, rows: set[int]) -> None:
        for row in rows:
            del self._asleep[row]
        self._until = min((quiet.until for quiet in self._asleep.values()), default=NEVER)
        for slot in [slot for slot, bands in self._bands.items() if not rows.isdisjoint(bands)]:
            left = {row: own for row, own in self._bands[slot].items() if row not in rows}
            self._bands[slot] = left
            self._narrowest.pop(slot, None)
            for own in left.values():
                before = self._narrowest.get(slot)
                self._narrowest[slot] = own if before is None else _together(before, own)

    def _limits(self, quiet: Quiet) -> dict[int, Limits] | None:
        # The bands by slot; `None` where the quotes are outside already, so that nothing would be gained.
        columns = self._look.columns
        found: dict[int, Limits] = {}
        for name, own in bounds_of(quiet.bands).items():
            slot = columns.slot_of[name]
            quote, needs = columns.row(slot), sum([BIT_OF[column] for column in own])  # each its own bit
            checks: list[tuple[int, int, int]] = [(column, low, high) for column, (low, high) in own.items()]
            found[slot] = limits = needs, checks
            if quote is None or _outside(limits, quote):
                return None
        return found


def _outside(limits: Limits, quote: Row) -> bool:
    # A price that is not there is outside every band of its column.
    needs, checks = limits
    if quote[MASK] & needs != needs:
        return True
    for column, low, high in checks:  # noqa: SIM110  # a generator for each quote of each market costs more than this
        if not low <= quote[column] <= high:
            return True
    return False


def _together(one: Limits, other: Limits) -> Limits:
    bounds = {column: (low, high) for column, low, high in one[1]}
    for column, low, high in other[1]:
        before = bounds.get(column, (-NEVER, NEVER))
        bounds[column] = max(before[0], low), min(before[1], high)
    return one[0] | other[0], [(column, low, high) for column, (low, high) in bounds.items()]
