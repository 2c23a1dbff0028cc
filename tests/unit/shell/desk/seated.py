"""Hold what the tests of a desk at a runner lean on."""

from __future__ import annotations

import msgspec

from terminal.domain import commands as c
from terminal.domain.ids import StreamId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Scope
from terminal.engine.records.chain import link
from terminal.sync import messages as m
from terminal.sync.wire import encode
from tests.engine_world import ONE, TENANT, terms

ACCOUNT = StreamId("account:A1")
BUY = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690))
KILL = c.Kill(account=ONE, scope=Scope(), reason="停")


def forge(seat, **fields):
    """Give the desk one more record of its account's stream, which the runner never wrote."""
    head = seat.copy.heads()[ACCOUNT]
    like = next(one.record for one in seat.rig.world.journal.replay() if one.record.stream == ACCOUNT)
    raw = msgspec.to_builtins(like) | {"seq": head.seq + 1, "epoch": head.epoch} | fields
    data = msgspec.json.encode(raw)
    event = m.Event(record=msgspec.Raw(data), hash=link(head.hash, data).hex())
    session = seat.session
    seat.give(encode(m.Evt(tenant=TENANT, round=session._round, number=session._number, events=(event,))))
