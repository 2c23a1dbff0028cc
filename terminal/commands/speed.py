"""Say how much faster than the wall's clock a market may be played, for every verb that starts one."""

from __future__ import annotations

from typing import Final

from terminal.domain.errors import UserError

SLOWEST: Final = 0.01
FASTEST: Final = 1_000.0
RANGE: Final = f"{SLOWEST:g} 到 {FASTEST:g}"


def known_speed(speed: float | None) -> float | None:
    """Return a speed that was asked for, or none; a `UserError` names one that is out of range or no number."""
    if speed is None or SLOWEST <= speed <= FASTEST:
        return speed
    raise UserError(
        f"--speed {speed:g} 应在 {SLOWEST:g} 到 {FASTEST:g} 之间：市场的时间比墙上的钟快几倍，1 是一样快；请改后再来。"
    )
