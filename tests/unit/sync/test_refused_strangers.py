"""Whoever knows no secret can neither come in nor fill the disk that the log lies on."""

from __future__ import annotations

import msgspec
import pytest
from websockets.asyncio.client import connect

from terminal.sync.wire import encode
from tests.desk_server import last_word, with_server
from tests.sync_rig import Rig


def test_many_wrong_secrets_are_one_line_of_the_log_and_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    wrong = encode(msgspec.structs.replace(Rig().hello(), proof="wrong"))

    async def guess(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}", proxy=None) as socket:
            await socket.send(wrong, text=True)
            await last_word(socket)

    async def work(port: int) -> None:
        for _ in range(4):
            await guess(port)
        assert ["拒绝来自" in line for line in said] == [True]
        monkeypatch.setattr("terminal.sync.server.REFUSALS_SAID_EVERY", 0)
        await guess(port)

    with_server(work, said)
    assert "此前还有 3 次" in said[-1]
