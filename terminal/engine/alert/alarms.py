"""Raise an alarm when a basis leaves its band: once per crossing, with hysteresis, so that a sawtooth does not ring."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.facts import AlertRaised
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.words.risk import Level
from terminal.engine.prices.samples import SCALE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terminal.engine.prices.spread import Spread

SECOND = 1_000_000_000


class BasisAlarm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Watch one basis or spread by name: alarm above `high` or below `low` (yuan), quiet again `band` inside them."""

    account: AccountId
    spread: str
    instrument: InstrumentId
    low: Decimal | None = None
    high: Decimal | None = None
    band: Decimal = Decimal(0)
    level: Level = Level.YELLOW
    cooldown_seconds: int = 60


class BasisAlarms:
    """Judge the spreads a batch touched against their alarms. What is ringing is pace, not state: it starts silent."""

    def __init__(self, alarms: Sequence[BasisAlarm]) -> None:
        self._of: dict[str, list[BasisAlarm]] = {}
        for alarm in alarms:
            self._of.setdefault(alarm.spread, []).append(alarm)
        self._ringing: dict[BasisAlarm, int] = {}  # above (1), below (-1), or silent
        self._last: dict[BasisAlarm, int] = {}

    def standing(self) -> Iterator[tuple[BasisAlarm, int]]:
        """Yield every alarm with what it rings for: above (1), below (-1), or silent."""
        return ((alarm, self._ringing.get(alarm, 0)) for of_one in self._of.values() for alarm in of_one)

    def judge(self, spreads: Sequence[Spread], at: int) -> list[AlertRaised]:
        """Return an alert for every alarm that starts to ring now."""
        if not self._of:
            return []
        found = []
        for spread in spreads:
            for alarm in self._of.get(spread.name, ()):
                sentence = self._one(alarm, spread, at)
                if sentence:
                    found.append(_rung(alarm, sentence))
        return found

    def _one(self, alarm: BasisAlarm, spread: Spread, at: int) -> str:
        if spread.buy is None or spread.sell is None:
            return ""
        value = Decimal(spread.buy + spread.sell) / (2 * SCALE)
        above = alarm.high is not None and value > alarm.high
        below = alarm.low is not None and value < alarm.low
        side = 1 if above else -1 if below else 0
        ringing = self._ringing.get(alarm, 0)
        if side == 0:
            calm_high = alarm.high is None or value <= alarm.high - alarm.band
            calm_low = alarm.low is None or value >= alarm.low + alarm.band
            if ringing and calm_high and calm_low:
                self._ringing[alarm] = 0
            return ""
        if side == ringing:
            return ""
        self._ringing[alarm] = side
        if at - self._last.get(alarm, -(1 << 62)) < alarm.cooldown_seconds * SECOND:
            return ""
        self._last[alarm] = at
        edge, word = (alarm.high, "高于上限") if above else (alarm.low, "低于下限")
        return f"{spread.name} 现为 {value:+f}，{word} {edge:+f}，请查看 {alarm.instrument} 的基差。"


def _rung(alarm: BasisAlarm, sentence: str) -> AlertRaised:
    return AlertRaised(
        account=alarm.account,
        level=alarm.level,
        code="BASIS_ALARM",
        instrument=alarm.instrument,
        sentence=sentence,
    )
