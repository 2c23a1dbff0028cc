"""Be the runner a desk started for itself: `hengduo runner --embedded FOLDER MARKET SPEED`.

A person waits for it, so its words are read by hand: what the command line loads to read words is a fifth of the way.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from pathlib import Path

from terminal.runner.card import Card
from terminal.runner.opened import open_runner
from terminal.runner.serve import IDLE_SECONDS, Service, serve
from terminal.store.reference import load_reference


def run_embedded(words: Sequence[str]) -> None:
    """Run until the last desk stops it, or nobody has needed it for a while."""
    folder, market, speed = words
    data = Path(folder)
    reference = load_reference(data=data)
    opened = open_runner(market, data=data, plan=None, exchange=None, speed=float(speed), reference=reference)
    service = Service(data=data, address="127.0.0.1", port=0, embedded=True, idle_seconds=IDLE_SECONDS)
    gc.freeze()  # modules and tables stay for good: no collection need look at them again
    gc.enable()
    asyncio.run(serve(opened, service, ready=_say))


def _say(card: Card) -> None:
    print(f"运行器就绪：{card.address}:{card.port}，行情 {card.market}", flush=True)  # its log
