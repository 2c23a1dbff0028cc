"""The wire between exchange and client, without a wire."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.market import Batch, DayFacts
from terminal.domain.orders.order import Side
from terminal.domain.reports import LinkUp
from terminal.engine.ports import WireCancel
from terminal.gateways.sim.wire import frames
from terminal.gateways.sim.wire.frames import FrameError, Hello, Kind, Query, Refused, Welcome
from tests.unit.gateways.sim.made import DAY, ME, MORNING, RB, UNIVERSE, I, batch, order


def body(frame: bytes) -> bytes:
    length, _ = frames.read_header(frame[: frames.HEADER.size], 1 << 20)
    assert len(frame) == frames.HEADER.size + length
    return frame[frames.HEADER.size :]


def test_a_batch_goes_over_the_wire_unchanged() -> None:
    fact = DayFacts(instrument=RB, trading_day=DAY, upper_limit=3800)
    sent = batch(7, MORNING, {RB: (3699, 5, None, 0), I: (1660, 1, 1661, 2)}, [fact])
    empty = batch(8, MORNING + 1, {})
    got, bare, up, end = frames.read_inputs(
        body(frames.inputs([sent, empty, LinkUp(session="1", trading_day=DAY), None]))
    )
    assert isinstance(got, Batch)
    assert isinstance(bare, Batch)
    assert (got.index, got.at, got.day_facts) == (7, MORNING, (fact,))
    assert np.array_equal(got.slots, sent.slots)
    assert np.array_equal(got.rows, sent.rows)
    assert got.rows.dtype == np.int64
    assert (len(bare.slots), bare.day_facts) == (0, ())
    assert up == LinkUp(session="1", trading_day=DAY)
    assert end is None


def test_messages_go_over_the_wire_unchanged() -> None:
    wanted = order("a", Side.BUY, 1, "830.50", instrument=I)
    cancel = WireCancel(account=ME, wire_key=wanted.wire_key)
    query = Query(account=ME, query=3)
    for ask in (wanted, cancel, query):
        assert frames.read_ask(body(frames.message(Kind.ASK, ask))) == ask
    hello = Hello(protocol=frames.PROTOCOL, from_batch=9)
    assert frames.read_hello(body(frames.message(Kind.HELLO, hello))) == hello
    welcome = Welcome(market="回放", identity="回放 1", universe=UNIVERSE, history_until=3)
    assert frames.read_welcome(body(frames.message(Kind.WELCOME, welcome))) == welcome
    refused = Refused(why="不行")
    assert frames.read_refused(body(frames.message(Kind.REFUSED, refused))) == refused


def test_an_order_that_names_two_accounts_is_no_frame() -> None:
    wanted = frames.message(Kind.ASK, order("a", Side.BUY, 1, 3700))
    forged = wanted.replace(b"\xa5alpha", b"\xa5gamma", 1)
    assert forged != wanted
    with pytest.raises(FrameError, match="alpha"):
        frames.read_ask(body(forged))


def test_a_frame_over_the_limit_or_of_unknown_kind_is_refused() -> None:
    with pytest.raises(FrameError, match="超过上限"):
        frames.read_header(frames.HEADER.pack(65, Kind.ASK), 64)
    with pytest.raises(FrameError, match="未知的帧类型"):
        frames.read_header(frames.HEADER.pack(1, 200), 64)


@given(st.binary(max_size=200))
def test_garbage_is_a_frame_error_and_nothing_else(garbage: bytes) -> None:
    for read in (frames.read_ask, frames.read_hello, frames.read_welcome, lambda part: list(frames.read_inputs(part))):
        try:
            read(garbage)
        except FrameError:
            continue


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_inputs_frame_is_a_frame_error_and_nothing_else(place: int, value: int) -> None:
    sent = bytearray(
        body(frames.inputs([batch(7, MORNING, {RB: (3699, 5, 3700, 5)}), LinkUp(session="1", trading_day=1)]))
    )
    sent[place % len(sent)] = value
    try:
        list(frames.read_inputs(bytes(sent[: len(sent) - place % 3])))
    except FrameError:
        return
