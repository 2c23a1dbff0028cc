"""The card of a runner: whole or not at all, for its owner's eyes only, and gone when the runner is."""

from __future__ import annotations

import os
import socket
import stat
import sys

import msgspec
import pytest

from terminal.domain.errors import UserError
from terminal.runner.card import CARD_FILE, Card, answers, is_deserted, read_card, take_card_away, write_card


def card(**fields):
    said = {
        "address": "127.0.0.1",
        "port": 4711,
        "pid": os.getpid(),
        "secret": "open sesame",
        "market": "sample",
        "version": "1",
        "embedded": True,
    }
    return Card(**said | fields)  # type: ignore[arg-type]  # fields of the card by name


def test_a_card_is_read_as_it_was_written(tmp_path):
    write_card(tmp_path, card())
    assert read_card(tmp_path) == card()
    assert card().url == "ws://127.0.0.1:4711"
    assert [path.name for path in tmp_path.iterdir()] == [CARD_FILE]


@pytest.mark.skipif(sys.platform == "win32", reason="rights are said otherwise there")
@pytest.mark.parametrize("before", ["nothing", "a wide card", "a wide left-over"])
def test_a_card_is_for_its_owner_only_whatever_lay_there(tmp_path, before):
    if before != "nothing":
        name = CARD_FILE if before == "a wide card" else f"{CARD_FILE}.{os.getpid()}"
        (tmp_path / name).write_text("{}")
        (tmp_path / name).chmod(0o666)
    mask = os.umask(0)
    try:
        write_card(tmp_path, card())
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / CARD_FILE).stat().st_mode) == 0o600
    assert read_card(tmp_path) == card()


@pytest.mark.parametrize("junk", [b"", b"{}", b"\xff\xfe", b'{"address": 5}'])
def test_what_is_no_card_is_none(tmp_path, junk):
    assert read_card(tmp_path) is None
    (tmp_path / CARD_FILE).write_bytes(junk)
    assert read_card(tmp_path) is None
    take_card_away(tmp_path, card())  # and is not taken away for one's own
    assert (tmp_path / CARD_FILE).exists()


def test_a_runner_takes_its_own_card_away_and_leaves_that_of_another(tmp_path):
    write_card(tmp_path, card())
    take_card_away(tmp_path, card())
    assert read_card(tmp_path) is None
    take_card_away(tmp_path, card())  # twice is no trouble
    # One in another container may have the same number.
    for another in (card(pid=os.getpid() + 1), card(secret="another's")):
        write_card(tmp_path, another)
        take_card_away(tmp_path, card())
        assert read_card(tmp_path) == another


def test_a_stale_card_does_not_answer(tmp_path):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    assert not answers(card(port=port))
    assert is_deserted(card(port=port))


def test_a_port_where_somebody_listens_in_silence_is_not_deserted():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        assert not is_deserted(card(port=listening.getsockname()[1]))


def test_a_folder_that_takes_no_card_is_said_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match="写不进去"):
        write_card(tmp_path / "absent", card())


def test_the_secret_is_nowhere_but_in_the_card(tmp_path):
    write_card(tmp_path, card())
    raw = msgspec.json.decode((tmp_path / CARD_FILE).read_bytes())
    assert raw["secret"] == "open sesame"
    assert "open sesame" not in card().url
