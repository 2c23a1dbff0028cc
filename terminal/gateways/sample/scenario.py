"""Say how much of each trading day the sample market plays, and what it lets happen there."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId, ProductId

_LEAST_STEP_MS = 250  # the exchanges' bursts of one step are spread over a quarter of a second
_MOST_STEP_MS = 2_000
_MOST_WINDOW_STEPS = 480
_LEAST_WINDOW_STEPS = 10


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the shape of a sample market; the seed decides everything else.

    A trading day is played as windows of `window_steps` snapshots, each `step_ms` of market time apart, around every
    opening, break and close of any product; between two windows the market clock jumps. `None` plays every session
    whole; `whole_from` (UTC ns) plays whole what comes at it or later. `calm` makes the waves of the prices so many
    times slower and lower, and the noise on them as much smaller. `products` is empty for all of them. `early_rolls`
    names the products whose first change of the main contract falls into the first trading days, in this order: the
    first within day 0, the next within day 1, …. `spot_every` counts the snapshots from one spot quote to the next.
    `trading_days` is where the market ends.
    """

    products: tuple[ProductId, ...] = ()
    step_ms: int = 500
    window_steps: int | None = 60
    whole_from: int | None = None
    calm: int = 1
    trading_days: int = 500
    spot_every: int = 20
    early_rolls: tuple[ProductId, ...] = (ProductId("DCE.i"), ProductId("SHFE.rb"), ProductId("SHFE.cu"))
    with_events: bool = True

    def check(self) -> None:
        """Refuse a shape that cannot be played, with a `UserError`."""
        if not _LEAST_STEP_MS <= self.step_ms <= _MOST_STEP_MS:
            raise UserError(f"样例行情：step_ms = {self.step_ms}，应在 {_LEAST_STEP_MS} 至 {_MOST_STEP_MS} 毫秒之间。")
        steps = self.window_steps
        if steps is not None and not _LEAST_WINDOW_STEPS <= steps <= _MOST_WINDOW_STEPS:
            wanted = f"应在 {_LEAST_WINDOW_STEPS} 至 {_MOST_WINDOW_STEPS} 之间，或不填以播放完整时段"
            raise UserError(f"样例行情：window_steps = {steps}，{wanted}。")
        if min(self.trading_days, self.spot_every, self.calm) < 1:
            raise UserError("样例行情：trading_days、spot_every 与 calm 应为正整数。")


DEMO = Scenario()
SIMULATION = Scenario(
    products=(ProductId("SHFE.rb"), ProductId("DCE.i"), ProductId("CZCE.TA")),
    window_steps=30,
    early_rolls=(ProductId("DCE.i"), ProductId("SHFE.rb")),
)


def living(live_from: int) -> Scenario:
    """Return the market people sit in front of: its past in windows, and from a moment on every session whole.

    What is measured by the market clock, such as the time a second person has, then lasts as long as it says. The
    waves are so slow and low that what was asked for minutes ago has mostly not drifted away when it is approved. A
    year of trading days takes a hundred days to play; of more, people would find many a contract long before it trades.
    """
    return Scenario(whole_from=live_from, calm=3, trading_days=250)


class EventKind(StrEnum):
    """Name what is made to happen."""

    LIMIT_UP = "LIMIT_UP"  # 涨停: nobody offers
    LIMIT_DOWN = "LIMIT_DOWN"  # 跌停: nobody bids
    HALT = "HALT"  # no quotes at all
    THIN = "THIN"  # a far contract loses one side of its book
    BASIS = "BASIS"  # spot runs away from the futures and comes back
    GAP = "GAP"  # the day opens away from the last close
    MAIN_CHANGE = "MAIN_CHANGE"  # open interest of `instrument` overtakes the main contract's


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one happening: `instrument` from `begins_at` up to, not including, `ends_at` (market clock, UTC ns)."""

    kind: EventKind
    instrument: InstrumentId
    trading_day: int
    begins_at: int
    ends_at: int
