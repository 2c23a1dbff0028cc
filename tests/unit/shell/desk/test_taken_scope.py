"""An account that was taken from a person leaves no trace at their desk (SAFETY 4)."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import Role, RolesGranted
from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, StreamId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Level
from terminal.engine.screen import LinkState
from terminal.engine.turn import RUNNER, Turn
from terminal.engine.unread import Message, MessageKind, Unread
from terminal.store.outbox import OUTBOX_FILE, Outbox
from terminal.store.replica import REPLICA_FILE, Replica
from terminal.store.unread import UNREAD_FILE, UnreadFile
from tests.desk_rig import Seat
from tests.engine_world import ONE, OTHER, STRANGER, TENANT, TRADER, run, terms
from tests.sync_rig import Rig

SECRET_PRICE = "3689"  # of an order in the account that is taken away


def grant(rig: Rig, account: AccountId, *roles: Role) -> None:
    turn = Turn(rig.world.state, rig.world.at, "plan", RUNNER)
    turn.say(RolesGranted(account=account, person=TRADER, name="张伟", roles=roles))
    run(rig.world.runner.commit(turn))


def notices(seat: Seat) -> list[str]:
    return [sentence for drained in seat.drained for sentence in drained.notices]


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    """Return a desk over a real file, whose person sees two accounts, with orders in both."""
    rig = Rig()
    grant(rig, OTHER, Role.TRADER)
    assert rig.world.do(STRANGER, c.SubmitOrder(terms=terms(Side.BUY, 1, SECRET_PRICE, account=OTHER))).ok
    rig.grow(3)
    seat = Seat(rig)
    seat.replica = Replica(tmp_path, tenant=TENANT)  # type: ignore[assignment]  # the real one in its place
    seat.start()
    seat.connect()
    assert set(seat.copy.state.accounts) == {ONE, OTHER}
    assert f'"{SECRET_PRICE}"'.encode() in on_disk(tmp_path)
    return seat


def test_what_was_unread_and_what_was_sent_is_erased_with_it(seat: Seat, tmp_path: Path) -> None:
    # Given a desk over real files, orders sent in both accounts, and messages of both that nobody has read
    seat.lose()
    (tmp_path / f"{UNREAD_FILE}.broken-1").write_bytes(b"older messages")
    (tmp_path / f"{OUTBOX_FILE}.broken-1").write_bytes(b"older commands")
    seat.outbox = outbox = Outbox(tmp_path, new_device=DeviceId("seat"))  # type: ignore[assignment]
    seat.unread = unread = UnreadFile(tmp_path)  # type: ignore[assignment]
    seat.start()
    seat.connect()
    _, taken = (
        seat.press(c.SubmitOrder(terms=terms(Side.BUY, 1, price, account=account)))
        for account, price in ((ONE, "3677"), (OTHER, "3678"))
    )
    number = outbox.last_seq()
    kept = {account: message(account) for account in (ONE, OTHER)}
    waiting = Unread(messages=(*kept.values(), absence(ONE), absence(OTHER), absence(ONE, OTHER), absence()))
    seat.absence.keep(waiting)
    read = message(OTHER, "早已读过")
    seat.absence.keep(replace(waiting, messages=(read, *waiting.messages)))
    seat.absence.keep(waiting)
    # When one account is taken away
    seat.lose()
    grant(seat.rig, OTHER)
    seat.connect()
    # Then neither file holds anything of it, what is of the other one stays, and no number is used again.
    left = on_disk(tmp_path)
    for trace in (f"{OTHER}-C", f"{OTHER} 的", "早已读过", '"3678"', "older messages", "older commands"):
        assert trace.encode() not in left, trace
    assert b'"3677"' in left
    assert unread.unread() == Unread(messages=(kept[ONE], absence(ONE)), passed_over=2)
    assert [drained.taken for drained in seat.drained if drained.taken] == [(OTHER,)]
    seat.wait(5)
    assert "LOST" not in seat.codes(taken)  # of what may not be seen any more nothing is told
    outbox.close()
    with closing(Outbox(tmp_path, new_device=DeviceId("seat"))) as again:
        assert (again.rebuilt, again.last_seq()) == ("", number)
    unread.close()


def message(account: AccountId, said: str = "被驳回") -> Message:
    name = ConfirmationId(f"{account}-C000001")
    of = frozenset({account})
    return Message(MessageKind.DECIDED, "复核", "", (f"{account} 的 {name} {said}",), Level.ORANGE, name, of)


def absence(*accounts: AccountId) -> Message:
    said = tuple(f"{account} 的 2 笔成交" for account in accounts) or (f"{OTHER} 的旧话",)  # by an older program
    return Message(MessageKind.ABSENCE, "补报", "", said, Level.NORMAL, accounts=frozenset(accounts))


@pytest.mark.parametrize("is_compacted", [False, True])
def test_an_account_that_is_taken_away_is_erased_at_the_next_contact_and_is_in_no_file_aside(
    seat: Seat, tmp_path: Path, is_compacted: bool
) -> None:
    (tmp_path / f"{REPLICA_FILE}.broken-1").write_bytes(b"an older copy")
    if is_compacted:
        seat.copy._compact_after = 1
        seat.copy.compact()
    seat.lose()
    grant(seat.rig, OTHER)  # no role any more
    seat.connect()
    seat.wait(2)
    assert seat.look().state is LinkState.LIVE
    assert set(seat.copy.state.accounts) == {ONE}
    assert seat.copy.state.accounts[ONE].orders.keys() == seat.rig.world.account.orders.keys()
    assert StreamId(f"account:{OTHER}") not in seat.copy.heads()
    left = on_disk(tmp_path)
    for trace in (f'"{SECRET_PRICE}"', f"account:{OTHER}", "an older copy"):
        assert trace.encode() not in left
    assert [one for one in notices(seat) if "不再对您开放" in one] == [
        f"{OTHER} 不再对您开放，本机保存的副本已经删除。"
    ]
    assert any(drained.restarted for drained in seat.drained[-12:])  # the screen has begun anew, too


def test_it_is_gone_even_if_the_link_breaks_right_after_the_greeting(seat: Seat, tmp_path: Path) -> None:
    seat.lose()
    grant(seat.rig, OTHER)
    seat.open()
    seat.up()
    assert seat.runner is not None
    seat.give(seat.runner.pump(seat.rig.now)[0])  # WELCOME, and nothing of the snapshot
    seat.lose()
    assert set(seat.copy.state.accounts) == {ONE}
    assert f"account:{OTHER}".encode() not in on_disk(tmp_path)
    seat.connect()
    seat.wait(2)
    assert (seat.look().state, set(seat.copy.state.accounts)) == (LinkState.LIVE, {ONE})


def test_what_was_known_before_an_absence_is_forgotten_with_it(seat: Seat) -> None:
    seat.lose()
    seat.absence.secure()
    assert str(OTHER).encode() in seat.unread.before()
    grant(seat.rig, OTHER)
    seat.connect()
    assert str(OTHER).encode() not in seat.unread.before()


def test_a_desk_whose_rights_stand_erases_nothing(seat: Seat, tmp_path: Path) -> None:
    seat.lose()
    seat.connect()
    seat.wait(2)
    assert set(seat.copy.state.accounts) == {ONE, OTHER}
    assert notices(seat) == []
    assert not list(tmp_path.glob("*.broken-*"))
