"""Speak the protocol of docs/protocol.md by hand, well or badly, without a line of the program's own client."""

from __future__ import annotations

import asyncio
import json
import time
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from terminal.sync.messages import MAX_FRAME

KEY = "ab" * 32


class RawDesk:
    """Hold one connection; use it as an async context."""

    def __init__(self, port: int, *, origin: str | None = None) -> None:
        headers = {"Origin": origin} if origin else {}
        self._connecting = connect(
            f"ws://127.0.0.1:{port}",
            compression=None,
            max_size=MAX_FRAME,  # what the program's own desk takes
            ping_interval=None,
            proxy=None,
            additional_headers=headers,
        )
        self.heard: list[dict[str, Any]] = []
        self._applied: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        self._socket: ClientConnection = await self._connecting
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._socket.transport.abort()

    async def say(self, frame: dict[str, Any] | str | bytes) -> None:
        """Send a frame, or text or bytes that are none."""
        await self._socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def hello(self, proof: str, **changed: Any) -> None:
        """Send HELLO as the trader, with some fields changed."""
        frame = {"device": "raw-1", "person": "trader", "proof": proof, "public_key": KEY, "app": "raw"}
        await self.say({"type": "HELLO", "v": 1, "tenant": "", **frame, **changed})

    async def hear(self) -> dict[str, Any] | None:
        """Return the next frame; `None` when the connection is over."""
        try:
            frame: dict[str, Any] = json.loads(await self._socket.recv())
        except ConnectionClosed:
            return None
        self.heard.append(frame)
        return frame

    async def hear_until(self, kind: str, *, answering: bool = True) -> dict[str, Any]:
        """Return the first frame of a kind, answering and crediting meanwhile; an end before it is a failure."""
        while (frame := await self.hear()) is not None:
            if frame["type"] == "PING" and answering:
                await self.pong(frame)
            if frame["type"] == "EVT" and answering:
                await self.credit(frame)
            if frame["type"] == kind:
                return frame
        raise AssertionError(f"the connection ended before {kind}; heard {[one['type'] for one in self.heard]}")

    async def bye(self, *, answering: bool = True) -> str:
        """Return the code the connection ends with; empty when nothing was said."""
        async with asyncio.timeout(60):
            while (frame := await self.hear()) is not None:
                if frame["type"] == "PING" and answering:
                    await self.pong(frame)
        last = self.heard[-1] if self.heard else {}
        return str(last.get("code", "")) if last.get("type") == "BYE" else ""

    async def credit(self, events: dict[str, Any]) -> None:
        for event in events["events"]:
            self._applied[event["record"]["stream"]] = event["record"]["seq"]
        await self.say({"type": "CREDIT", "applied": self._applied})

    async def pong(self, ping: dict[str, Any]) -> None:
        try:
            await self.say(
                {"type": "PONG", "nonce": ping["nonce"], "mono": ping["mono"], "own_mono": time.monotonic_ns()}
            )
        except ConnectionClosed:
            return


async def market_moves(port: int, secret: str, seconds: int) -> None:
    """Wait until the runner's market clock has gone on by so many seconds."""
    async with asyncio.timeout(120), RawDesk(port) as desk:
        await desk.hello(secret, device="raw-clock")
        await desk.hear_until("WELCOME")
        await desk.say({"type": "SUB"})
        began = (await desk.hear_until("QUOTE"))["at"]
        while (await desk.hear_until("QUOTE"))["at"] < began + seconds * 1_000_000_000:
            pass


async def is_answered(port: int, secret: str) -> bool:
    """Return whether a good desk is let in, told the records and the prices, and may ask what an order would do."""
    async with asyncio.timeout(60), RawDesk(port) as good:
        await good.hello(secret, device="raw-good")
        await good.hear_until("WELCOME")
        events = await good.hear_until("EVT")
        await good.say({"type": "SUB"})
        await good.hear_until("QUOTE")
        await good.say({"type": "PING", "nonce": 7, "mono": 1})
        await good.hear_until("PONG")
        await good.say({"type": "BYE", "code": "BYE", "sentence": ""})
        return bool(events["events"]) and await good.bye() == "BYE"
