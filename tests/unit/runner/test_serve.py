"""A runner of a desk's own ends when nobody needs it, and every runner takes its card with it."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from terminal.domain.errors import UserError
from terminal.domain.ids import PersonId
from terminal.runner import serve as served
from terminal.runner.card import CARD_FILE, Card, write_card
from terminal.runner.demo import practice_opening
from terminal.runner.kill_box import REQUEST, KillRequest, put_request
from terminal.runner.living_card import living_card
from terminal.runner.opened import open_runner
from terminal.runner.serve import Service, kept_out, read_tokens, serve
from terminal.store.owner import Owner
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


def test_a_runner_whose_card_was_deleted_or_spoilt_writes_it_again(tmp_path: Path) -> None:
    reference = load_reference()
    tape = wave_tape(tmp_path / "ap.csv", seconds=900)
    data = tmp_path / "data"
    opened = open_runner(f"replay:{tape}", data=data, plan=None, exchange=None, speed=1, reference=reference)

    async def run() -> None:
        ready: asyncio.Future[Card] = asyncio.get_running_loop().create_future()
        service = Service(data=data, address="127.0.0.1", port=0, embedded=True)
        serving = asyncio.create_task(serve(opened, service, ready=ready.set_result))
        async with asyncio.timeout(150):
            card = await ready
            for spoil in ((data / CARD_FILE).unlink, lambda: (data / CARD_FILE).write_text("{")):
                spoil()
                assert living_card(data) is None
                for _ in range(3000):  # a minute
                    if living_card(data) == card:
                        break
                    await asyncio.sleep(0.02)
                assert living_card(data) == card
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(run())


def deleted(data: Path) -> None:
    shutil.rmtree(data)


def moved(data: Path) -> None:
    data.rename(data.with_name("moved"))


@pytest.mark.parametrize("lose", [deleted, moved])
@pytest.mark.parametrize("made_anew", [True, False])
def test_a_runner_whose_folder_is_another_by_now_ends_and_touches_nothing_there(
    lose: Callable[[Path], None], made_anew: bool, tmp_path: Path
) -> None:
    tape = wave_tape(tmp_path / "ap.csv", seconds=900)
    data = tmp_path / "data"
    opened = open_runner(f"replay:{tape}", data=data, plan=None, exchange=None, speed=1, reference=load_reference())

    async def run() -> None:
        ready: asyncio.Future[Card] = asyncio.get_running_loop().create_future()
        service = Service(data=data, address="127.0.0.1", port=0, embedded=True)
        serving = asyncio.create_task(serve(opened, service, ready=ready.set_result))
        async with asyncio.timeout(150):
            card = await ready
            # In one step for the runner: folder gone, another runner in its place, a stop asked of that one.
            lose(data)
            with ExitStack() as stack:
                left = []
                if made_anew:
                    data.mkdir()
                    stack.callback(Owner(data).release)
                    write_card(data, msgspec.structs.replace(card, secret="another's"))
                    asked = KillRequest(user="u", reason="why")
                    left = [data / CARD_FILE, put_request(data, "k", asked).with_suffix(REQUEST)]
                before = [path.read_bytes() for path in left]
                with pytest.raises(UserError, match=f"数据目录 {data} 已不是它打开的那个"):
                    await serving
                assert [path.read_bytes() for path in left] == before
                assert data.exists() == made_anew
        assert not any(account.kills for account in opened.runner.state.accounts.values())

    asyncio.run(run())


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


def test_a_runner_that_nobody_can_log_in_to_says_so_and_so_does_one_with_unknown_persons_in_its_table() -> None:
    plain = Service(data=Path(), address="127.0.0.1", port=0)
    sealed = msgspec.structs.replace(plain, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    trader, ghost = PersonId("trader"), PersonId("ghost")

    def said(service: Service, *persons: PersonId) -> str:
        tokens = {f"{number:064x}": person for number, person in enumerate(persons)}
        return "\n".join(kept_out(msgspec.structs.replace(service, tokens=tokens), [trader]))

    assert "谁也登录不了" in said(sealed)
    assert "--tokens" in said(sealed)
    assert said(sealed, trader) == ""
    assert said(sealed, trader, ghost) == (
        "令牌表里的 ghost 不是这个运行器的人员，登录不了；已登记的有 trader，请核对。"
    )
    assert "ghost" in said(sealed, ghost)
    assert "谁也登录不了" in said(sealed, ghost)
    assert said(plain) == ""  # its secret lets in who may read its folder
    assert "ghost" in said(plain, ghost)
    assert "谁也登录不了" not in said(plain, ghost)


def test_what_is_wrong_with_the_table_of_tokens_is_said_before_the_runner_is_ready(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = wave_tape(tmp_path / "ap.csv", seconds=5)
    data, said = tmp_path / "data", []
    opened = open_runner(f"replay:{tape}", data=data, plan=None, exchange=None, speed=100, reference=load_reference())
    tokens = {"ab" * 32: PersonId("ghost")}

    async def run() -> None:
        service = Service(data=data, address="127.0.0.1", port=0, embedded=True, idle_seconds=0.1, tokens=tokens)
        async with asyncio.timeout(20):
            await serve(opened, service, ready=lambda _: said.append(capsys.readouterr().err))

    asyncio.run(run())
    assert "令牌表里的 ghost 不是这个运行器的人员" in said[0]
