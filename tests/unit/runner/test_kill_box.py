"""The kill switch works by a file when nothing else does (SAFETY 5)."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from terminal.domain.commands import RequestExercise
from terminal.domain.days.calendar import instant
from terminal.domain.errors import UserError
from terminal.domain.fact.facts import KillSwitched
from terminal.domain.ids import AccountId
from terminal.domain.orders.exercise import Choice, ExerciseState, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, OrderState
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.wording import person_name
from terminal.runner.card import Card, write_card
from terminal.runner.kill_box import (
    ANSWER,
    DONE,
    FOLDER,
    PARTIAL,
    REQUEST,
    WITHOUT_WORDS,
    KillBox,
    KillRequest,
    put_request,
    read_answer,
    runner_meant,
    take_answer_away,
    was_taken,
)
from terminal.store.owner import Owner
from tests.engine_market import LATER, WITH_OPTIONS
from tests.engine_world import DAY, ONE, OTHER, TENANT, TRADER, I, World, run
from tests.sync_rig import Rig

ASKED = KillRequest(user="zhang", reason="机房失火")


@pytest.fixture
def rig():
    return Rig()


def reopened(rig):
    journal = rig.world.journal
    assert isinstance(journal, MemoryJournal)
    return Rig(journal=journal.reopen())


def take(rig, folder):
    done = run(KillBox(folder, rig.living, rig.logged.append).take())
    rig.world.drain()
    return done


def test_a_request_that_stopped_nothing_is_said_to_have_stopped_nothing(rig, tmp_path):
    put_request(tmp_path, "r1", KillRequest(user="root", reason="停", account=AccountId("NOPE")))
    take(rig, tmp_path)
    assert ["没有停止任何账户" in line and "NOPE" in line for line in rig.logged] == [True]
    assert rig.world.facts(KillSwitched) == []


def test_without_a_request_nothing_is_done(rig, tmp_path):
    assert take(rig, tmp_path) == 0
    assert rig.world.facts(KillSwitched) == []


def test_a_request_stops_every_account_cancels_what_works_and_is_answered_once(rig, tmp_path):
    order = rig.world.buy(1, 3690)
    where = put_request(tmp_path, "r1", ASKED)
    assert read_answer(where) is None
    assert take(rig, tmp_path) == 1
    answer = read_answer(where)
    assert answer is not None
    assert (answer.ok, answer.accounts) == (True, (ONE, OTHER))
    assert "两个人" in answer.sentence
    assert order.state is OrderState.CANCELLED
    assert take(rig, tmp_path) == 0
    assert len(rig.world.facts(KillSwitched)) == 2


def test_the_record_names_the_user_of_the_machine_and_the_reason(rig, tmp_path):
    put_request(tmp_path, "r1", ASKED)
    take(rig, tmp_path)
    (one, _) = rig.world.facts(KillSwitched)
    assert (one.person, one.device, one.reason) == ("local:zhang", "local-kill", "机房失火")
    assert person_name(rig.world.account, one.person) == "命令行（zhang）"


def test_the_answer_names_the_requests_to_exercise_that_are_withdrawn(tmp_path):
    world = World(at=instant(DAY, 14, 50), universe=WITH_OPTIONS)
    world.show({LATER: ("22", "22.5"), I: ("830", "830.5")})
    world.buy(2, "22.5", instrument=LATER)
    wish = ExerciseWish(instrument=LATER, flag=HedgeFlag.SPECULATION, lots=2, choice=Choice.EXERCISE)
    assert world.do(TRADER, RequestExercise(account=ONE, wish=wish)).ok
    rig = Rig(world=world)
    where = put_request(tmp_path, "r1", ASKED)
    take(rig, tmp_path)
    answer = read_answer(where)
    assert answer is not None
    assert "A1：正在撤销行权申请 A1-X000001（i2101-C-810 行权 2 手（投机）），以交易所回报为准。" in answer.sentence
    assert [row.state for row in world.account.exercises.rows.values()] == [ExerciseState.WITHDRAWN]


def test_one_account_may_be_stopped_alone(rig, tmp_path):
    where = put_request(tmp_path, "r1", KillRequest(user="zhang", reason="x", account=OTHER))
    take(rig, tmp_path)
    answer = read_answer(where)
    assert answer is not None
    assert answer.accounts == (OTHER,)
    assert rig.world.state.accounts[ONE].kills == {}
    assert rig.world.state.accounts[OTHER].kills


def test_an_unknown_account_is_answered_with_those_there_are_and_stops_nothing(rig, tmp_path):
    where = put_request(tmp_path, "r1", KillRequest(user="zhang", reason="x", account=AccountId("ZZ")))
    assert take(rig, tmp_path) == 1
    answer = read_answer(where)
    assert answer is not None
    assert not answer.ok
    assert f"{ONE}、{OTHER}" in answer.sentence
    assert rig.world.facts(KillSwitched) == []


def test_a_request_waits_for_the_next_start_and_is_there_after_a_restart(rig, tmp_path):
    where = put_request(tmp_path, "r1", ASKED)  # no runner looks
    again = reopened(rig)
    assert take(again, tmp_path) == 1
    answer = read_answer(where)
    assert answer is not None
    assert answer.ok
    assert not again.world.engine.look.opening_allowed(ONE, None)
    once_more = reopened(again)
    assert take(once_more, tmp_path) == 0
    assert once_more.world.account.kills


def test_requests_are_taken_in_the_order_of_their_names_each_with_its_own_answer(rig, tmp_path):
    wheres = [put_request(tmp_path, name, ASKED) for name in ("b", "a")]
    assert take(rig, tmp_path) == 2
    assert all(answer is not None and answer.ok for answer in map(read_answer, wheres))


@pytest.mark.parametrize("junk", [b"", b"{}", b"\xff", b'{"user":"x","reason":5}', b'{"user":"x"'])
def test_a_request_that_cannot_be_understood_is_answered_and_taken_away(rig, tmp_path, junk):
    where = put_request(tmp_path, "r1", ASKED)
    (tmp_path / FOLDER / f"r1{REQUEST}").write_bytes(junk)
    assert take(rig, tmp_path) == 1
    answer = read_answer(where)
    assert answer is not None
    assert "读不懂" in answer.sentence
    assert take(rig, tmp_path) == 0


def test_what_cannot_be_read_or_answered_ends_nothing_and_keeps_nobody_from_being_heard(rig, tmp_path):
    (tmp_path / FOLDER / f"a{REQUEST}").mkdir(parents=True)  # not even a file
    put_request(tmp_path, "b", ASKED)
    (tmp_path / FOLDER / "b.part").mkdir()  # the answer cannot be written
    assert take(rig, tmp_path) == 1
    assert len(rig.world.facts(KillSwitched)) == 2
    assert take(rig, tmp_path) == 0  # and it is not done again and again


def test_a_runner_that_cannot_write_says_so_and_leaves_the_request_to_the_next(tmp_path):
    rig = Rig()
    full = Rig(journal=MemoryJournal(TENANT, room=len(list(rig.world.journal.replay()))))
    put_request(tmp_path, "r1", ASKED)
    with pytest.raises(UserError, match="空间已满"):
        take(full, tmp_path)
    assert (tmp_path / FOLDER / f"r1{REQUEST}").exists()


@contextmanager
def powerless(folder):
    """Be somebody who may look into a folder of root's and change nothing in it."""
    folder.chmod(0o555)
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_request_that_cannot_be_removed_is_carried_out_once_and_that_is_said(rig):
    with tempfile.TemporaryDirectory() as made:
        data = Path(made)
        put_request(data, "r1", ASKED)
        data.chmod(0o777)
        with powerless(data / FOLDER):
            box = KillBox(data, rig.living, rig.logged.append)
            assert [run(box.take()) for _ in range(3)] == [1, 0, 0]
            assert take(reopened(rig), data) == 0  # nor by the runner's next start
        (data / FOLDER).chmod(0o755)
    assert len(rig.world.facts(KillSwitched)) == 2
    assert ["删不掉" in line for line in rig.logged] == [False, True]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_asks_for_belongs_to_whose_folder_it_is(tmp_path):
    os.chown(tmp_path, 65534, 65534)
    put_request(tmp_path, "r1", ASKED)
    made = (tmp_path / FOLDER, tmp_path / FOLDER / f"r1{REQUEST}")
    assert [path.stat().st_uid for path in made] == [65534, 65534]


def runner_at(folder, pid=1):
    folder.mkdir(parents=True)
    card = Card(address="127.0.0.1", port=0, pid=pid, secret="", market="m", version="0", embedded=True)
    write_card(folder, card)
    return folder


def test_a_folder_names_the_runner_in_it_or_the_only_one_under_it(tmp_path):
    assert runner_meant(tmp_path) is None
    first = runner_at(tmp_path / "runner" / "sample")
    assert runner_meant(tmp_path) == first
    assert runner_meant(first) == first


def test_of_several_runners_the_one_that_a_process_owns_is_meant_whatever_has_the_number_of_a_dead_one(tmp_path):
    dead = runner_at(tmp_path / "runner" / "sample", pid=1)  # since then it is another process's
    Owner(dead).release()
    living = Owner(runner_at(tmp_path / "runner" / "replay-1", pid=os.getpid()))
    assert runner_meant(tmp_path) == tmp_path / "runner" / "replay-1"
    another = Owner(runner_at(tmp_path / "runner" / "replay-2"))
    assert runner_meant(tmp_path) is None
    for owner in (living, another):
        owner.release()


def test_half_a_request_is_not_seen(rig, tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "r1.part").write_bytes(b'{"user"')
    assert take(rig, tmp_path) == 0


def test_that_a_request_was_removed_is_on_the_disk_before_the_next_look(rig, tmp_path, monkeypatch):
    synced = []

    def sync(folder):
        synced.append((folder, list(folder.glob(f"*{REQUEST}"))))

    monkeypatch.setattr("terminal.runner.kill_box.sync_folder", sync)
    put_request(tmp_path, "r1", ASKED)
    assert take(rig, tmp_path) == 1
    assert synced == [(tmp_path / FOLDER, [])]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be two users")
def test_what_another_user_of_the_folder_asks_for_can_be_read_by_the_runner():
    with tempfile.TemporaryDirectory() as made:
        data = Path(made)
        data.chmod(0o777)
        mask = os.umask(0o077)
        os.seteuid(65534)
        try:
            put_request(data, "r1", ASKED)
        finally:
            os.seteuid(0)
            os.umask(mask)
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (data / FOLDER, data / FOLDER / f"r1{REQUEST}")]
        assert modes == [0o755, 0o644]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(("account", "stopped"), [(None, (ONE, OTHER)), (OTHER, (OTHER,))])
def test_a_full_disk_keeps_neither_the_request_nor_its_answer_from_whom_they_are_for(rig, tmp_path, account, stopped):
    (tmp_path / FOLDER).mkdir()
    full = Path("/dev/full")
    (tmp_path / FOLDER / "r1.part").symlink_to(full)
    where = put_request(tmp_path, "r1", KillRequest(user="张 三", reason="机房失火", account=account))
    assert list((tmp_path / FOLDER).iterdir()) == [where.with_suffix(REQUEST)]
    where.with_suffix(".part").symlink_to(full)
    assert take(rig, tmp_path) == 1
    facts = rig.world.facts(KillSwitched)
    assert tuple(sorted(fact.account for fact in facts)) == stopped
    assert {(fact.person, fact.reason) for fact in facts} == {("local:张 三", WITHOUT_WORDS)}
    answer = read_answer(where)
    assert answer is not None
    assert answer.ok
    assert take(rig, tmp_path) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_on_a_full_disk_an_unknown_account_is_not_answered_as_stopped(rig, tmp_path):
    where = put_request(tmp_path, "r1", KillRequest(user="zhang", reason="x", account=AccountId("ZZ")))
    where.with_suffix(".part").symlink_to("/dev/full")
    assert not was_taken(where)
    assert take(rig, tmp_path) == 1
    assert rig.world.facts(KillSwitched) == []
    assert read_answer(where) is None
    assert was_taken(where)


def test_an_answer_goes_when_it_was_read_whether_it_has_words_or_not(tmp_path):
    where = tmp_path / f"r1{ANSWER}"
    for path in (where, where.with_suffix(DONE)):
        path.touch()
    take_answer_away(where)
    assert list(tmp_path.iterdir()) == []
    take_answer_away(where)


def test_what_nobody_has_read_for_a_day_goes_at_a_runners_start_and_no_request_does(rig, tmp_path):
    folder = tmp_path / FOLDER
    folder.mkdir()
    day = 24 * 3600
    for age in (day - 600, day + 600):
        for suffix in (ANSWER, PARTIAL, DONE, REQUEST):
            path = folder / f"{age}{suffix}"
            path.touch()
            os.utime(path, (time.time() - age, time.time() - age))
    KillBox(tmp_path, rig.living, rig.logged.append)
    left = sorted(path.name for path in folder.iterdir())
    young = [f"{day - 600}{suffix}" for suffix in (ANSWER, PARTIAL, DONE, REQUEST)]
    assert left == sorted([*young, f"{day + 600}{REQUEST}"])


def test_there_is_a_folder_for_requests_before_there_is_one(rig, tmp_path):
    KillBox(tmp_path, rig.living, rig.logged.append)
    assert (tmp_path / FOLDER).is_dir()
