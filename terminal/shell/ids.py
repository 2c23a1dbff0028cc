"""Hand out ids that nobody else has."""

from __future__ import annotations

import random
import time
from socket import gethostname

from terminal.domain.ids import CommandId, DeviceId, PersonId


def new_command() -> CommandId:
    """Return a fresh command id (UUID version 7: time first, then chance)."""
    stamp = time.time_ns() // 1_000_000
    number = (stamp << 80) | random.SystemRandom().getrandbits(80)
    number = number & ~(0xF << 76) | (0x7 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    text = f"{number:032x}"
    return CommandId(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")


def new_device(person: PersonId) -> DeviceId:
    """Return an id for a device that has none yet: who, where, and a little chance."""
    return DeviceId(f"{person}@{gethostname()}-{random.SystemRandom().getrandbits(24):06x}")
