"""What a runner says and a desk could not show or keep ends the connection with a sentence, and nothing else."""

from __future__ import annotations

import zlib
from array import array

import msgspec
import pytest

from terminal.domain.ids import DeviceId, ProductId, TenantId
from terminal.engine.prices.basis import BASIS_KEPT, Basis
from terminal.engine.records.chain import link, read_record
from terminal.sync import messages as m
from terminal.sync.desk_session import DeskSession, Identity, Stage
from terminal.sync.effects import Ended, Store
from terminal.sync.history import HistoryPart
from terminal.sync.wire import encode
from tests.engine_world import TENANT, TRADER
from tests.sync_rig import KEY, SECOND, SECRET, Rig

ROW = [0, 1, 2, 3, 1, 1, 1, 1, 9, 1, 3, 1, 1]
AT = 1_736_400_666_500_000_000
BASIS = {
    "product": "SHFE.rb", "trading_day": 20_250_109, "at": AT,
    "spot": "SPOT.rb", "spot_price": "3400", "spot_at": AT, "spot_until": AT,
    "future": "SHFE.rb2505", "future_price": "3300", "future_at": AT, "future_until": AT,
}  # fmt: skip


class Line:
    """A desk's session in front of a runner that says what a test makes it say."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.rig.grow(1)
        me = Identity(person=TRADER, device=DeviceId("zhao-desk"), proof=SECRET, public_key=KEY, app="t")
        now = self.rig.now
        self.desk = DeskSession(me, tenant=TenantId(""), heads={}, last_device_seq=0, partial=None, now=now)
        self.runner = self.rig.session()
        for _ in range(4):
            for frame in self.desk.outgoing():
                self.runner.receive(frame, now)
            for frame in self.runner.pump(now):
                self.desk.receive(frame, now)
        assert self.desk.stage is Stage.LIVE

    def hear(self, **frame):
        said = {"v": 1, "tenant": TENANT} | frame
        return self.desk.receive(msgspec.json.encode(said), self.rig.now)


@pytest.fixture
def line():
    return Line()


def quote(**fields):
    return {"type": "QUOTE", "at": AT, "trading_day": 20_250_109, "updates": 1, "gateway": True} | fields


def chunk(data, **fields):
    return {"type": "CHUNK", "request": 1, "product": "SHFE.rb", "part": 0, "last": True, "data": data} | fields


def packed(at, spot, future):
    return zlib.compress(b"".join((array("q", at).tobytes(), array("d", spot).tobytes(), array("d", future).tobytes())))


def preview(**fields):
    return {"type": "PREVIEW", "preview": {"request": 1, "verdict": 0, "sentence": "s"} | fields}


def test_what_can_be_shown_goes_through(line):
    (shown,) = line.hear(**quote(quotes=[ROW], basis=[BASIS]))
    assert isinstance(shown, m.Quotes)
    assert isinstance(line.hear(**quote(at=0, trading_day=0))[0], m.Quotes)  # of a market that has not begun
    assert isinstance(line.hear(**preview(value="1E+30"))[0], m.Previewed)
    (part,) = line.hear(**chunk(packed([1, 2], [3.0, 4.0], [5.0, 6.0])))
    assert part == HistoryPart(1, ProductId("SHFE.rb"), 0, True, (1, 2), (3.0, 4.0), (5.0, 6.0))
    assert line.desk.stage is Stage.LIVE


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (quote(quotes=[[7_000, *ROW[1:]]]), "第 7000 个合约"),
        (quote(quotes=[[-1, *ROW[1:]]]), "帧读不懂"),
        (quote(at=-5), "帧读不懂"),
        (quote(at=m.LATEST + 1), "帧读不懂"),
        (quote(trading_day=20_251_340), "20251340 不是日期"),
        (quote(trading_day=-1), "-1 不是日期"),
        (quote(trading_day=2**62), "不是日期"),
        (quote(basis=[BASIS | {"trading_day": 0}]), "0 不是日期"),
        (quote(basis=[BASIS | {"spot_price": "NaN"}]), "不是数字"),
        (quote(basis=[BASIS | {"future_price": "1E+999999"}]), "不是数字"),
        (quote(basis=[BASIS | {"at": -1}]), "时刻不对"),
        (preview(margin="NaN"), "不是数字"),
        (chunk(b"hello"), "解不开"),
        (chunk(b""), "长度不对"),
        (chunk(zlib.compress(b"hello")), "长度不对"),
        (chunk(zlib.compress(bytes(24 * (BASIS_KEPT + 1)))), "长度不对"),
        (chunk(packed([2, 1], [1.0, 1.0], [1.0, 1.0])), "时刻或价格不对"),
        (chunk(packed([-2], [1.0], [1.0])), "时刻或价格不对"),
        (chunk(packed([1], [float("nan")], [1.0])), "时刻或价格不对"),
    ],
)
def test_what_cannot_be_shown_ends_the_connection_with_a_sentence(line, frame, why):
    (ended,) = line.hear(**frame)
    assert isinstance(ended, Ended)
    assert ended.code == "BAD_FRAME"
    assert ended.sentence.startswith("运行器发来的")
    assert why in ended.sentence
    assert line.desk.stage is Stage.CLOSED


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"tenant": "other"}, "属于 other"),
        ({"kind": "order_sent"}, "与内容不符"),
        ({"stream": "account:B2", "seq": 1}, "与内容不符"),
    ],
)
def test_a_record_that_does_not_belong_where_it_says_is_not_taken(line, fields, why):
    line.rig.grow(1)
    (frame,) = [frame for frame in line.runner.pump(line.rig.now) if b'"type":"EVT"' in frame]
    raw = msgspec.json.decode(frame)
    record = raw["events"][0]["record"] | fields
    data = msgspec.json.encode(record)
    head = line.desk._heads[read_record(msgspec.json.encode(raw["events"][0]["record"])).stream]
    raw["events"] = [{"record": msgspec.Raw(data), "hash": link(head.hash, data).hex()}]
    (ended,) = line.desk.receive(msgspec.json.encode(raw), line.rig.now)
    assert isinstance(ended, Ended)
    assert why in ended.sentence


def test_records_in_front_of_one_that_cannot_be_placed_are_kept(line):
    line.rig.grow(2)
    (frame,) = [frame for frame in line.runner.pump(line.rig.now) if b'"type":"EVT"' in frame]
    raw = msgspec.json.decode(frame)
    raw["events"][1]["record"]["tenant"] = "other"
    stored, ended = line.desk.receive(msgspec.json.encode(raw), line.rig.now + SECOND)
    assert isinstance(stored, Store)
    assert len(stored.arrived) == 1
    assert isinstance(ended, Ended)


def test_a_runner_does_not_stumble_over_its_own_figures():
    basis = msgspec.convert(BASIS | {"spot_price": "NaN"}, Basis)
    assert b"NaN" in encode(m.Quotes(at=-1, trading_day=0, updates=0, gateway=True, basis=(basis,)))
