"""A runner of a desk's own ends when nobody needs it, and every runner takes its card with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from terminal.domain.errors import UserError
from terminal.runner import serve as served
from terminal.runner.card import CARD_FILE, Card
from terminal.runner.demo import practice_opening
from terminal.runner.opened import open_runner
from terminal.runner.serve import Service, read_tokens, serve
from terminal.store.reference import load_reference
from tests.e2e.own_market import wave_tape


def test_an_idle_embedded_runner_ends_by_itself_and_takes_its_card_away(tmp_path: Path) -> None:
    reference = load_reference()
    tape = wave_tape(tmp_path / "ap.csv", seconds=30)
    data = tmp_path / "data"
    opened = open_runner(f"replay:{tape}", data=data, plan=None, exchange=None, speed=100, reference=reference)
    cards: list[Card] = []

    async def run() -> None:
        service = Service(data=data, address="127.0.0.1", port=0, embedded=True, idle_seconds=0.5)
        async with asyncio.timeout(20):
            await serve(opened, service, ready=cards.append)

    asyncio.run(run())
    assert (cards[0].embedded, cards[0].secret != "") == (True, True)
    assert not (data / CARD_FILE).exists()
    assert list(opened.runner.state.accounts) == [account.account for account in practice_opening().accounts]


def test_the_idle_time_is_ten_minutes() -> None:
    assert served.IDLE_SECONDS == 600


def test_the_table_of_tokens_names_persons_by_hash_and_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "tokens.toml"
    path.write_text(f'trader = "{"AB" * 32}"\n', encoding="utf-8")
    assert read_tokens(path) == {"ab" * 32: "trader"}
    path.write_text('trader = "short"\n', encoding="utf-8")
    with pytest.raises(UserError, match="SHA-256"):
        read_tokens(path)
    path.write_text(f'trader = "{"ab" * 32}"\noperator = "{"AB" * 32}"\n', encoding="utf-8")
    with pytest.raises(UserError, match="trader 与 operator 的令牌相同"):
        read_tokens(path)
    path.write_text("trader = \n", encoding="utf-8")
    with pytest.raises(UserError, match="不是 TOML"):
        read_tokens(path)
    with pytest.raises(UserError, match="读不出来"):
        read_tokens(tmp_path / "none.toml")
