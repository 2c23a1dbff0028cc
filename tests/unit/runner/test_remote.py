"""A desk finds the secret of the runner that is meant, and never sends one to another machine in the clear."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.domain.errors import UserError
from terminal.domain.ids import PersonId
from terminal.runner.card import Card, write_card
from terminal.runner.places import desk_folder, runner_folder
from terminal.runner.remote import find_remote, seek_local, seek_remote
from terminal.shell.tokens import TokenAnswer, Tokens, TokenState
from terminal.store.owner import Owner

TRADER = PersonId("trader")


OWNERS: list[Owner] = []


@pytest.fixture(autouse=True)
def _the_runners_end() -> Iterator[None]:
    yield
    while OWNERS:
        OWNERS.pop().release()


def card(folder: Path, port: int, secret: str) -> None:
    """Have a runner live in a folder: it owns it, and its card says where it listens."""
    folder.mkdir(parents=True)
    write_card(
        folder,
        Card(address="127.0.0.1", port=port, pid=os.getpid(), secret=secret, market="m", version="1", embedded=True),
    )
    OWNERS.append(Owner(folder))


def found(url: str, data: Path) -> str:
    place = asyncio.run(find_remote(url, TRADER, data=data, token="", say=lambda _: None))
    return place.proof


def test_the_card_with_the_port_is_meant(tmp_path: Path) -> None:
    card(runner_folder(tmp_path, "sample"), 7001, "one")
    card(runner_folder(tmp_path, "replay:x"), 7002, "two")
    assert found("ws://127.0.0.1:7002", tmp_path) == "two"


def test_the_secret_of_a_dead_runner_goes_to_nobody(tmp_path: Path) -> None:
    card(runner_folder(tmp_path, "sample"), 7001, "one")
    OWNERS.pop().release()
    assert seek_local("ws://127.0.0.1:7001", data=tmp_path) is None
    with pytest.raises(UserError, match="也没有别的在运行"):
        found("ws://127.0.0.1:7001", tmp_path)


def test_a_card_is_believed_only_while_the_process_on_it_owns_the_folder(tmp_path: Path) -> None:
    card(runner_folder(tmp_path, "sample"), 7001, "one")
    place = seek_local("ws://127.0.0.1:7001", data=tmp_path)
    assert place is not None
    assert place.is_there is not None
    assert place.is_there()
    write_card(
        runner_folder(tmp_path, "sample"),
        Card(address="127.0.0.1", port=7001, pid=1, secret="two", market="m", version="1", embedded=True),
    )
    assert not place.is_there()
    assert seek_local("ws://127.0.0.1:7001", data=tmp_path) is None


def test_a_secret_goes_to_no_other_port_than_the_one_on_its_card(tmp_path: Path) -> None:
    card(runner_folder(tmp_path, "sample"), 7001, "one")
    for wrong in ("ws://127.0.0.1:7003", "ws://localhost:7003", "ws://127.0.0.2:7001", "ws://[::1]:7001"):
        with pytest.raises(UserError) as refused:
            found(wrong, tmp_path)
        assert "在运行的有 ws://127.0.0.1:7001；请核对 --runner" in refused.value.message
        assert f"hengduo --runner {wrong} --profile trader --token-stdin" in refused.value.message
        assert seek_local(wrong, data=tmp_path) is None
    with pytest.raises(UserError, match="也没有别的在运行"):
        found("ws://127.0.0.1:7001", tmp_path / "nobody")


def test_a_runner_by_its_other_name_is_called_where_its_card_says(tmp_path: Path) -> None:
    card(runner_folder(tmp_path, "sample"), 7001, "one")
    place = seek_local("ws://localhost:7001", data=tmp_path)
    assert place is not None
    assert (place.url, place.proof) == ("ws://127.0.0.1:7001", "one")


def test_behind_a_forwarded_port_the_secret_is_the_one_that_was_handed_over(tmp_path: Path) -> None:
    card(runner_folder(tmp_path, "sample"), 7001, "one")
    for url in ("ws://127.0.0.1:9999", "ws://127.0.0.1:7001"):
        place = asyncio.run(find_remote(url, TRADER, data=tmp_path, token="given", say=lambda _: None))
        assert (place.url, place.proof, place.keep) == (url, "given", None)


def test_the_folder_of_a_runner_itself_will_do(tmp_path: Path) -> None:
    card(tmp_path / "r", 7001, "one")
    assert found("ws://127.0.0.1:7001", tmp_path / "r") == "one"


@pytest.mark.parametrize("url", ["ws://10.1.2.3:7001", "ws://runner.example:7001"])
def test_nothing_goes_to_another_machine_in_the_clear(tmp_path: Path, url: str) -> None:
    card(tmp_path / "r", 7001, "one")
    with pytest.raises(UserError, match="wss://"):
        found(url, tmp_path / "r")


def test_two_markets_and_two_persons_never_share_a_folder(tmp_path: Path) -> None:
    runners = {runner_folder(tmp_path, market) for market in ("sample", "replay:a.csv", "replay:b.csv")}
    desks = {
        desk_folder(tmp_path, runner, PersonId(person))
        for runner in ("sample", "wss://a:1", "wss://a:2")
        for person in ("trader", "supervisor")
    }
    assert (len(runners), len(desks)) == (3, 6)


@pytest.mark.parametrize("place", ["127.0.0.1:7001", "[::1]:7001", "runner.example"])
def test_a_runner_is_called_by_its_address_with_its_port(place: str, tmp_path: Path) -> None:
    found = asyncio.run(find_remote(f"wss://{place}", TRADER, data=tmp_path, token="T", say=lambda _: None))
    assert found.name == place


@pytest.mark.parametrize(
    ("state", "way"),
    [
        (TokenState.ABSENT, "hengduo login wss://a:1 --profile trader"),
        *(
            (state, "hengduo --runner wss://a:1 --profile trader --token-stdin")
            for state in (TokenState.NO_KEYRING, TokenState.LOCKED, TokenState.TIMEOUT, TokenState.FAILED)
        ),
    ],
)
def test_without_a_token_the_way_in_that_works_on_this_machine_is_named(
    state: TokenState, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(*_: str) -> TokenAnswer:
        return TokenAnswer(state=state)

    monkeypatch.setattr(Tokens, "_ask", answer)
    with pytest.raises(UserError) as refused:
        found("wss://a:1", tmp_path)
    said = refused.value.message
    assert way in said
    assert ("hengduo login" in said) == (state is TokenState.ABSENT)
    assert "本次运行中有效" not in said


@pytest.mark.parametrize(("is_refused", "asked"), [(False, 0), (True, 1)])
def test_the_keyring_is_asked_again_when_a_token_was_refused_and_at_no_other_time(
    is_refused: bool, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[tuple[str, ...]] = []

    async def answer(_: Tokens, *words: str) -> TokenAnswer:
        questions.append(words)
        return TokenAnswer(state=TokenState.FOUND, token="renewed")

    monkeypatch.setattr(Tokens, "_ask", answer)
    place = asyncio.run(seek_remote("wss://a:1", TRADER, data=None, token="old", is_refused=is_refused))
    assert len(questions) == asked
    assert (place.proof if place is not None else None) == ("renewed" if is_refused else None)
