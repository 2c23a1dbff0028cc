"""A desk is told every instrument of the market, however many there are, or is not let into a part of them."""

from __future__ import annotations

import pytest
from websockets.asyncio.client import connect

from terminal.domain.ids import InstrumentId
from terminal.shell.serving.house import RunnerHouse
from terminal.sync import messages as m
from terminal.sync.desk_session import DeskSession, Identity, Stage
from terminal.sync.effects import Ended
from terminal.sync.wire import encode, read_from_runner
from tests.desk_server import with_server
from tests.engine_world import TENANT, TRADER, UNIVERSE, device
from tests.sync_rig import KEY, SECRET, Rig, only

OPTIONS = tuple(InstrumentId(f"SHFE.au25{month:02}{'CP'[put]}{strike}") for month in range(1, 13)
                for put in (0, 1) for strike in range(100_000, 102_500))  # fmt: skip


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> tuple[InstrumentId, ...]:
    """Let the market list sixty thousand options beside what it has."""
    universe = (*UNIVERSE, *OPTIONS)
    assert len(encode(m.Universe(first=0, of=len(universe), instruments=universe))) > 4 * m.MAX_FRAME
    monkeypatch.setattr(RunnerHouse, "universe", property(lambda _: universe))
    return universe


def desk() -> DeskSession:
    who = Identity(person=TRADER, device=device(TRADER), proof=SECRET, public_key=KEY, app="t")
    return DeskSession(who, tenant=TENANT, heads={}, last_device_seq=0, partial=None, now=0)


def test_a_market_of_sixty_thousand_instruments_is_told_over_a_real_connection(
    crowded: tuple[InstrumentId, ...],
) -> None:
    session = desk()

    async def work(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}", proxy=None, max_size=m.MAX_FRAME) as socket:
            while session.stage is not Stage.LIVE:
                for frame in session.outgoing():
                    await socket.send(frame, text=True)
                effects = session.receive(await socket.recv(), 0)
                assert not only(effects, Ended)

    with_server(work)
    assert session.welcome is not None
    assert session.welcome.universe == crowded


def test_a_market_that_has_room_in_one_frame_is_told_in_one() -> None:
    rig = Rig()
    session = rig.session()
    rig.say(session, rig.hello())
    heard = rig.hear(session)
    assert isinstance(heard[0], m.Welcome)
    assert heard[0].universe == UNIVERSE
    assert only(heard, m.Universe) == []


@pytest.mark.parametrize("lost", [0, 1, -1])
def test_a_desk_that_missed_a_part_of_the_instruments_is_not_let_in(
    crowded: tuple[InstrumentId, ...], lost: int
) -> None:
    rig = Rig()
    runner, session = rig.session(), desk()
    rig.say(runner, rig.hello())
    parts = [frame for frame in rig.hear(runner) if isinstance(frame, m.Universe | m.Welcome)]
    assert sum(len(part.instruments) for part in parts if isinstance(part, m.Universe)) == len(crowded)
    del parts[lost if lost >= 0 else lost - 1]  # the last is WELCOME
    effects = [effect for part in parts for effect in session.receive(encode(part), 0)]
    (ended,) = only(effects, Ended)
    assert "合约表" in ended.sentence
    assert session.welcome is None


@pytest.mark.usefixtures("crowded")
def test_a_part_that_comes_twice_changes_nothing() -> None:
    rig = Rig()
    runner, session = rig.session(), desk()
    rig.say(runner, rig.hello())
    parts = [frame for frame in rig.hear(runner) if isinstance(frame, m.Universe | m.Welcome)]
    for part in (*parts[:2], *parts[:-1], parts[-1]):
        session.receive(encode(part), 0)
    assert session.welcome is not None
    assert session.welcome.universe == rig.house.universe


def test_every_frame_of_a_greeting_fits_the_wire(crowded: tuple[InstrumentId, ...]) -> None:
    rig = Rig()
    session = rig.session()
    rig.say(session, rig.hello())
    frames = session.pump(rig.now)
    assert max(map(len, frames)) < m.MAX_FRAME
    assert sum(isinstance(read_from_runner(frame), m.Universe) for frame in frames) > len(crowded) * 20 / m.MAX_FRAME
