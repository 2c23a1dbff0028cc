"""Say which alarm level a signal calls for, and when a level may come down (SAFETY 6).

Up: at once, and levels may jump; a signal that quotes drive needs two samples at least a second apart, with none below
in between. Down from yellow or orange: the signal has stayed below its threshold less a margin (5 points of percent,
else a tenth) without a break for 60 s, at orange 120 s, one step at a time; a step leads to the next level the signal
knows. Technical signals clear at once, so an outage resumes without anyone's help. Red never clears by itself, not
even a technical signal's: two persons release it to orange, and from there these rules apply.

After a release a signal may stand at a level it has no threshold for (a zombie order knows only red): it comes down
by the next threshold above. So does a released kill switch, which is latched like red: it is pulled, never measured,
and its signal says for how long its release still binds. A statement that differs is likewise handed in, not measured;
a clean one of the same day takes its red away at once, since it proves the cause gone.

The theory of the quiet time: it is counted from the first sample below the line to the latest. A restart forgets it,
which is the careful side. It reaches no further back than the level itself: what a release has set counts from there.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.books.holding import decimal_text
from terminal.domain.parameters.limits import NANOSECONDS
from terminal.domain.words.risk import Level

PERCENT = "%"
POINTS = Decimal(5)  # of percent, below a threshold, before a level may come down
SHARE = Decimal("0.9")  # of the threshold, for signals that are no percentage
KILL_SIGNAL = "kill_switch"
STATEMENT_SIGNAL = "statement"
CONFIRMED_AFTER = NANOSECONDS  # between the two samples of a quote-driven signal
QUIET_FOR = {Level.YELLOW: 60 * NANOSECONDS, Level.ORANGE: 120 * NANOSECONDS}

ESCALATES_SECONDS = 60  # an orange or red alert that nobody has acknowledged until then is said louder

_UPWARD = (Level.YELLOW, Level.ORANGE, Level.RED)


class Threshold(msgspec.Struct, frozen=True):
    """Hold where a level begins: at the value, or only beyond it."""

    value: Decimal
    beyond: bool = False

    def reached(self, value: Decimal) -> bool:
        """Return whether a value calls for the level."""
        return value > self.value if self.beyond else value >= self.value


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one signal's thresholds; values are in `unit`, a level without a threshold is never called for."""

    name: str
    title: str  # as people read it
    unit: str
    yellow: Threshold | None = None
    orange: Threshold | None = None
    red: Threshold | None = None
    technical: bool = False
    quote_driven: bool = False
    advice: str = ""  # what people do about it

    def threshold(self, level: Level) -> Threshold | None:
        """Return where a level begins; `None` for NORMAL and for a level the signal does not know."""
        return (None, self.yellow, self.orange, self.red)[level]

    @property
    def first(self) -> Decimal:
        """Return the lowest threshold of all levels."""
        return min(one.value for one in (self.yellow, self.orange, self.red) if one is not None)

    def level(self, value: Decimal) -> Level:
        """Return the worst level a value calls for."""
        for level in reversed(_UPWARD):
            threshold = self.threshold(level)
            if threshold is not None and threshold.reached(value):
                return level
        return Level.NORMAL

    def text(self, level: Level) -> str:
        """Return the threshold that holds a level, with its unit; "" for NORMAL."""
        threshold = self.holding(level)
        if threshold is None:
            return ""
        return f"{'>' if threshold.beyond else '≥'} {decimal_text(threshold.value)} {self.unit}"

    def holding(self, level: Level) -> Threshold | None:
        """Return the threshold a level is held by: its own, else the next one above."""
        if level is Level.NORMAL:
            return None
        above = (self.threshold(one) for one in _UPWARD if one >= level)
        return next((threshold for threshold in above if threshold is not None), None)

    def upholds(self, level: Level, value: Decimal) -> bool:
        """Return whether a value still reaches what holds a level."""
        threshold = self.holding(level)
        return threshold is not None and threshold.reached(value)

    def quiet_line(self, level: Level) -> Decimal | None:
        """Return what a value must stay below to let a level come down; `None` where nothing holds it."""
        threshold = self.holding(level)
        if threshold is None:
            return None
        return threshold.value - POINTS if self.unit == PERCENT else threshold.value * SHARE

    def quiet(self, level: Level, value: Decimal) -> bool:
        """Return whether a value is far enough below what holds a level to let it come down."""
        line = self.quiet_line(level)
        return line is None or value < line

    def below(self, level: Level) -> Level:
        """Return the next lower level the signal knows."""
        for one in reversed(_UPWARD):
            if one < level and self.threshold(one) is not None:
                return one
        return Level.NORMAL


class Hysteresis:
    """Remember how long one signal in one scope has been high or quiet, and step its level."""

    __slots__ = ("_high_since", "_quiet_since", "signal")

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self._high_since: dict[Level, int] = {}
        self._quiet_since: int | None = None

    @property
    def stirred(self) -> bool:
        """Return whether a high value still waits for the sample that confirms or forgets it."""
        return bool(self._high_since)

    def step(self, current: Level, value: Decimal, at: int, since: int = 0) -> Level:
        """Return the level after a sample; `at` is its market time in UTC ns, never earlier than the one before.

        `since` is when the current level was reached, on the same clock.
        """
        called = self._confirmed(self.signal.level(value), at)
        if called > current:
            self._quiet_since = None
            return called
        if current is Level.NORMAL or current is Level.RED:
            self._quiet_since = None
            return current
        if self.signal.technical:
            return called
        if not self.signal.quiet(current, value):
            self._quiet_since = None
            return current
        if self._quiet_since is None:
            self._quiet_since = at
        if at - max(self._quiet_since, since) < QUIET_FOR[current]:
            return current
        lower = self.signal.below(current)
        self._quiet_since = at if self.signal.quiet(lower, value) else None
        return lower

    def _confirmed(self, called: Level, at: int) -> Level:
        if not self.signal.quote_driven:
            return called
        confirmed = Level.NORMAL
        for level in _UPWARD:
            if called < level:
                self._high_since.pop(level, None)
            elif at - self._high_since.setdefault(level, at) >= CONFIRMED_AFTER:
                confirmed = level
        return confirmed


def _at(value: int) -> Threshold:
    return Threshold(Decimal(value))


def _beyond(value: int) -> Threshold:
    return Threshold(Decimal(value), beyond=True)


SIGNALS: dict[str, Signal] = {
    signal.name: signal
    for signal in (
        Signal(
            name="risk_degree",
            title="风险度",
            unit=PERCENT,
            yellow=_at(70),
            orange=_at(80),
            red=_at(90),
            quote_driven=True,
            advice="追加资金，或减少不必要的持仓；红色时只能平仓，须两人解除",
        ),
        Signal(
            name="day_loss",
            title="当日亏损占限额",
            unit=PERCENT,
            yellow=_at(50),
            orange=_at(80),
            red=_at(100),
            quote_driven=True,
            advice="核对亏损来源，不再加仓；红色时只能平仓，须两人解除",
        ),
        # A hedge account's futures loss alone is a matter of cash, at most orange (control C7).
        Signal(
            name="hedge_day_loss",
            title="套保账户当日期货亏损占限额",
            unit=PERCENT,
            yellow=_at(50),
            orange=_at(80),
            quote_driven=True,
            advice="与现货盈亏对照，备足追加保证金的资金",
        ),
        Signal(
            name="position_use",
            title="持仓占限额",
            unit=PERCENT,
            yellow=_at(80),
            orange=_at(95),
            red=_beyond(100),
            advice="减少该合约持仓，或由风控调整限额",
        ),
        Signal(
            name="cancel_use",
            title="撤单次数占认定线",
            unit=PERCENT,
            yellow=_at(60),
            orange=_at(80),
            red=_at(98),
            advice="少撤该合约的委托；到线后当日不能再开仓，仍可撤单平仓",
        ),
        Signal(
            name="unknown_orders",
            title="状态未知委托",
            unit="秒",
            orange=_beyond(3),
            red=_beyond(60),
            technical=True,
            advice="等交易所答复，勿重报；必要时电话核实",
        ),
        # Complete queries in a row that differ from our books: the second one confirms the first.
        Signal(
            name="reconcile",
            title="对账不一致",
            unit="次",
            orange=_at(1),
            red=_at(2),
            technical=True,
            advice="核对持仓与委托，以交易所为准；一致后自动恢复",
        ),
        Signal(
            name="zombie",
            title="已作废又出现的委托",
            unit="笔",
            red=_at(1),
            advice="两人核对该委托的去向后解除",
        ),
        Signal(
            name=KILL_SIGNAL,
            title="一键停止",
            unit="次",
            red=_at(1),
            advice="开仓须复核，策略逐个恢复；橙色 120 秒后恢复正常",
        ),
        Signal(
            name=STATEMENT_SIGNAL,
            title="结算单与账不符",
            unit="处",
            red=_at(1),
            advice="打开“结算单核对”逐处查对；改正后重新对账，或由两人解除",
        ),
        Signal(
            name="leg_imbalance",
            title="单腿敞口超限时长",
            unit="秒",
            orange=_beyond(5),
            red=_beyond(60),
            advice="补齐缺的腿，或平掉多出的腿",
        ),
    )
}
FIRST: dict[str, Decimal] = {name: signal.first for name, signal in SIGNALS.items()}  # below it nothing is called for
