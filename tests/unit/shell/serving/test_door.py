from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.domain.ids import DeviceId, PersonId
from terminal.engine.confirmations.device_key import FIELD, SMALL_ORDER, is_signed
from terminal.shell.serving.door import Door, enrolment, token_hash
from terminal.sync.house import Guest
from tests.engine_world import CHECKER, ONE, TRADER, World, device
from tests.sync_rig import KEY, SECRET, Rig

TOKEN = "zhao's token"


@pytest.fixture(scope="module")
def state():
    return World().state


@pytest.fixture(scope="module")
def rig():
    return Rig()


def test_whoever_has_the_secret_sits_down_as_the_person_they_name(rig, state):
    for person in (TRADER, CHECKER):
        found = Door(SECRET, {}).admit(rig.hello(person), state)
        assert isinstance(found, Guest)
        assert (found.person, found.device, set(found.roles)) == (person, device(person), {ONE})


def test_a_token_opens_for_its_own_person_only(rig, state):
    door = Door("", {token_hash(TOKEN): TRADER})
    assert isinstance(door.admit(rig.hello(TRADER, proof=TOKEN), state), Guest)
    assert door.admit(rig.hello(CHECKER, proof=TOKEN), state) == door.admit(rig.hello(CHECKER, proof="x"), state)


def test_without_a_secret_nobody_comes_in_by_an_empty_proof(rig, state):
    for proof in ("", "x", SECRET):
        assert isinstance(Door("", {}).admit(rig.hello(proof=proof), state), str)


def test_what_is_wrong_with_the_proof_is_not_told_apart(rig, state):
    door = Door(SECRET, {token_hash(TOKEN): TRADER})
    said = {door.admit(rig.hello(person, proof="guess"), state) for person in (TRADER, CHECKER, PersonId("nobody"))}
    assert len(said) == 1


def test_a_person_nobody_enrolled_is_told_whom_there_is_only_after_the_proof(rig, state):
    said = Door(SECRET, {}).admit(rig.hello(PersonId("mallory")), state)
    assert isinstance(said, str)
    assert str(TRADER) in said


def test_the_device_of_another_person_does_not_open(rig, state):
    said = Door(SECRET, {}).admit(rig.hello(device=device(CHECKER)), state)
    assert isinstance(said, str)
    assert "名下" in said
    assert isinstance(Door(SECRET, {}).admit(rig.hello(device=DeviceId("new")), state), Guest)


def test_the_bearer_of_a_token_hears_neither_whom_there_is_nor_whose_a_device_is(rig, state):
    ghost = PersonId("ghost")
    door = Door("", {token_hash(TOKEN): TRADER, token_hash("boo"): ghost})
    unknown = door.admit(rig.hello(ghost, proof="boo"), state)
    foreign = door.admit(rig.hello(TRADER, proof=TOKEN, device=device(CHECKER)), state)
    assert isinstance(unknown, str)
    assert isinstance(foreign, str)
    assert not any(person in unknown for person in state.persons)
    assert CHECKER not in foreign.replace(device(CHECKER), "")


@pytest.mark.parametrize("key", [KEY[:-2], KEY + "ab", "zz" * 32, " ".join(["ab"] * 22)[:64], "ａb" * 32])
def test_a_key_that_is_no_key_is_refused(rig, state, key):
    said = Door(SECRET, {}).admit(rig.hello(public_key=key), state)
    assert isinstance(said, str)
    assert "公钥" in said


@pytest.mark.parametrize("sign", [0, 1 << 255])
@pytest.mark.parametrize("y", [*SMALL_ORDER, FIELD, FIELD + 1])
def test_a_key_under_which_one_signature_holds_for_many_texts_is_refused(rig, state, y, sign):
    raw = (y | sign).to_bytes(32, "little")
    said = Door(SECRET, {}).admit(rig.hello(public_key=raw.hex()), state)
    assert isinstance(said, str)
    assert "公钥" in said


def test_a_token_is_kept_as_its_hash_only():
    assert token_hash(TOKEN) != TOKEN
    assert len(token_hash(TOKEN)) == 64
    assert TOKEN not in repr(vars(Door("", {token_hash(TOKEN): TRADER})))


def test_a_known_device_with_its_known_key_is_not_enrolled_again(rig, state):
    known = state.persons[TRADER].devices[device(TRADER)]
    assert enrolment(rig.hello(public_key=known.public_key), state) is None
    again = enrolment(rig.hello(public_key=KEY), state)
    assert again is not None
    assert (again.device, again.person, again.public_key) == (device(TRADER), TRADER, KEY)


def test_a_signature_under_a_key_of_small_order_is_none():
    # R is the point of order one and S is 0: by the equation alone it would hold for every text.
    forged = (1).to_bytes(32, "little") + bytes(32)
    assert not is_signed((1).to_bytes(32, "little").hex(), forged.hex(), b"anything")
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw().hex()
    assert is_signed(public, key.sign(b"this").hex(), b"this")
    assert not is_signed(public, key.sign(b"this").hex(), b"that")
    assert not is_signed(public, "zz", b"this")
