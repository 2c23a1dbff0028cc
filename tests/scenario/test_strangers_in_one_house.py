"""Two companies' people on one runner: whoever is scoped to one account is sent nothing of the other (SAFETY I25).

Both sides live a full day: people, devices, orders, a draft for approval and an approved one, a strategy, an alert, a
kill switch, a holder, cash, documents, refusals. Everything of a side bears its mark, so that a trace is found wherever
it stands; a guest of the other side does what a curious client can do, and every byte it is sent is kept.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from base64 import b64encode
from decimal import Decimal
from typing import TypeVar

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import AccountOpened, DeviceEnrolled, LimitsSet, Reconciled, Role
from terminal.domain.ids import AccountId, CommandId, ConfirmationId, DeviceId, OrderId, PersonId, StrategyId, StreamId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Level, Scope
from terminal.engine.alert.alarms import BasisAlarm
from terminal.engine.records.journal import Record
from terminal.engine.records.memory import MemoryJournal
from terminal.shell.opening import NamedSpread, Opening, Person
from terminal.shell.serving.door import Door, token_hash
from terminal.sync import messages as m
from terminal.sync.record_lane import LaneLimits
from terminal.sync.wire import encode, read_from_runner, said
from tests.engine_people import TENANT, device, key, sign
from tests.engine_world import FAR, RB, SPOT, World, run, terms
from tests.sync_rig import MS, SECOND, Rig

T = TypeVar("T")
LIMITS = Limits(position_lots=100_000, day_loss_yuan=Decimal(50_000_000), messages_in_one_second=50)
SNAPSHOTS, RECORDS = LaneLimits(beyond_events=0, check_every=1), LaneLimits(check_every=1)


class Company:
    """Hold one company: its mark stands in every name, its numbers nowhere else."""

    def __init__(self, mark: str, cash: str, moved: str, draft: int, large: int, price: int) -> None:
        self.mark = mark
        self.account = AccountId(f"{mark}-ACC")
        self.maker, self.checker, self.risk = (PersonId(f"{mark}-{what}") for what in ("maker", "checker", "risk"))
        self.people = {self.maker: Role.TRADER, self.checker: Role.CHECKER, self.risk: Role.RISK}
        self.cash, self.moved, self.draft, self.large, self.price = Decimal(cash), Decimal(moved), draft, large, price

    @property
    def numbers(self) -> tuple[str, ...]:
        money = (self.cash, self.moved, self.cash + self.moved)
        return (*map(str, money), str(self.draft), str(self.large), str(self.price))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(public_key(person) for person in self.people)


AQUA = Company("aqua", "31415926", "1414213.56", 337, 347, 3571)
BRIG = Company("brig", "27182818", "1732050.81", 353, 359, 3583)
NOBODYS = AccountId("none-ACC")


def public_key(person: PersonId) -> str:
    return key(device(person)).public_key().public_bytes_raw().hex()


def opening() -> Opening:
    sides = (AQUA, BRIG)
    legs = ((RB, Decimal(1), 1), (FAR, Decimal(-1), -1))
    return Opening(
        tenant=TENANT,
        seed=1,
        plan_sha256="0" * 64,
        persons=tuple(
            Person(person=person, name=f"{side.mark} name of {role}", roles={side.account: (role,)})
            for side in sides
            for person, role in side.people.items()
        ),
        devices=tuple(
            DeviceEnrolled(device=device(person), person=person, public_key=public_key(person))
            for side in sides
            for person in side.people
        ),
        accounts=tuple(
            AccountOpened(
                account=side.account,
                name=f"{side.mark} co",
                cash=side.cash,
                trading_day=0,
                investor=f"{side.mark}-inv",
            )
            for side in sides
        ),
        limits=tuple(LimitsSet(account=side.account, limits=LIMITS) for side in sides),
        spreads=tuple(NamedSpread(name=f"{side.mark} spread", legs=legs) for side in sides),
        alarms=tuple(
            BasisAlarm(account=side.account, spread=f"{side.mark} spread", instrument=RB, high=Decimal(1))
            for side in sides
        ),
    )


def order(side: Company, lots: int, price: int, way: Side = Side.BUY) -> c.SubmitOrder:
    return c.SubmitOrder(terms=terms(way, lots, price, account=side.account), reason=f"{side.mark} reason")


def grid(account: AccountId) -> GridSettings:
    return GridSettings(
        account=account,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3690),
        step=Decimal(10),
        lines=2,
        lots_per_line=1,
        stop=Decimal(3600),
        lower=Decimal(3650),
        upper=Decimal(3800),
    )


def morning(world: World, side: Company) -> None:
    """Let a side do everything once that leaves something behind."""

    def do(person: PersonId, body: c.CommandBody, name: str) -> None:
        done = world.do(person, body, command=f"{side.mark}-{name}")
        assert done.ok, done.sentence

    do(side.maker, order(side, 3, side.price), "resting")
    do(side.maker, order(side, side.large, 3690), "large")
    parked = list(world.state.accounts[side.account].confirmations.values())[-1]
    assert world.decide(side.checker, parked, command=f"{side.mark}-yes").ok
    do(side.maker, order(side, side.draft, 3690), "draft")
    do(side.maker, order(side, 2, 3701), "filled")
    start = c.StartStrategy(account=side.account, strategy=StrategyId(f"{side.mark}-grid"), settings=grid(side.account))
    do(side.maker, start, "start")
    do(side.maker, c.SaveDocument(name=f"{side.mark} layout", base_version=0, body=f'"{side.mark}"'), "document")
    do(side.maker, c.TakeAccount(account=side.account), "take")
    do(side.maker, c.QuoteSpot(instrument=SPOT, price=Decimal(7400), source="公开报价"), "quote")
    do(side.risk, c.MoveCash(account=side.account, amount=side.moved, reason=f"{side.mark} cash"), "cash")
    scope = Scope(strategy=StrategyId(f"{side.mark}-grid"))
    do(side.risk, c.Kill(account=side.account, scope=scope, reason=f"{side.mark} kill"), "kill")
    do(side.checker, c.Release(account=side.account, scope=scope, reason=f"{side.mark} release"), "release")
    refused = world.do(side.checker, order(side, 1, 3690), command=f"{side.mark}-refused")
    assert refused.code == "NO_ROLE"


class House(Rig):
    """Hold a runner with both sides in it, as a remote one: everybody has a token and no secret opens."""

    def __init__(self) -> None:
        world = World(MemoryJournal(TENANT), opening=opening(), sound=False)
        super().__init__(world=world)
        tokens = {token_hash(token(person)): person for side in (AQUA, BRIG) for person in side.people}
        self.house._door = Door("", {**tokens, token_hash(token(PersonId("ghost"))): PersonId("ghost")})
        for side in (AQUA, BRIG):
            morning(world, side)
        self.quote()


def token(person: PersonId) -> str:
    return f"the token of {person}"[::-1]


class Curious:
    """Be a guest of one side who tries things; every byte that comes back is kept."""

    def __init__(
        self,
        rig: House,
        side: Company,
        limits: LaneLimits,
        *,
        person: PersonId | None = None,
        using: DeviceId | None = None,
        proof: str | None = None,
        heads: dict[StreamId, m.HeadSaid] | None = None,
    ) -> None:
        self.rig, self.side = rig, side
        self.got: list[bytes] = []
        self.session = rig.session(limits)
        self.say(
            rig.hello(
                person or side.maker,
                device=using or device(side.maker),
                proof=proof or token(side.maker),
                public_key=public_key(side.maker),
                heads=heads or {},
            )
        )
        if self.session.guest is not None and self.session.hello is not None:
            run(rig.house.settle_in(self.session.guest, self.session.hello))
        for ping in self.frames(m.Ping):
            self.say(m.Pong(nonce=ping.nonce, mono=ping.mono, own_mono=rig.now))
        self.say(m.Sub())

    def say(self, frame: m.Frame) -> None:
        wanted = self.rig.say(self.session, frame)
        if wanted is not None:
            self.rig.carry_out(self.session, wanted)
        self.pump()

    def pump(self) -> None:
        while frames := self.session.pump(self.rig.now):
            self.got += frames
            self.rig.credit(self.session)
        if self.session.ended is not None:
            self.got.append(encode(self.session.ended))

    def frames(self, kind: type[T]) -> list[T]:
        return [frame for frame in map(read_from_runner, self.got) if isinstance(frame, kind)]

    def ask(self, body: c.CommandBody, name: str) -> m.Result:
        self.say(self.rig.command(body, name, ttl_ms=3_000))
        return self.frames(m.Result)[-1]

    def preview(self, body: c.CommandBody) -> m.Previewed:
        self.say(m.FetchPreview(request=7, body=body))
        return self.frames(m.Previewed)[-1]

    def pass_by(self, milliseconds: int) -> None:
        self.rig.now += milliseconds * MS
        self.session.tick(self.rig.now)
        self.pump()

    def everything(self) -> str:
        """Return all that came, with what was packed unpacked."""
        raw, chunks = b"\n".join(self.got), [chunk.data for chunk in self.frames(m.SnapChunk)]
        for data in chunks:
            raw = raw.replace(b64encode(data), b"")  # as packed it spells any short word by chance
        parts = b"".join(chunks)
        unpacked, rest = b"", parts
        while rest:
            inflating = zlib.decompressobj()
            unpacked += inflating.decompress(rest)
            rest = inflating.unused_data
        return (raw + unpacked).decode()


def wishes_about(account: AccountId) -> list[c.CommandBody]:
    """Return one of every wish that names an account, with ids of things that are or could be there."""
    mark = account.partition("-")[0]
    confirmation, a_hash = ConfirmationId(f"{account}-C000001"), "0" * 64
    strategy, scope = StrategyId(f"{mark}-grid"), Scope()
    return [
        c.SubmitOrder(terms=terms(Side.BUY, 1, 3690, account=account)),
        c.CancelOrder(account=account, order=OrderId(f"{account}-00000001")),
        c.CancelAll(account=account),
        c.ApproveOrder(account=account, confirmation=confirmation, order_hash=a_hash, signature=""),
        c.RejectOrder(account=account, confirmation=confirmation, order_hash=a_hash, signature="", reason=""),
        c.WithdrawOrder(account=account, confirmation=confirmation),
        c.EditOrder(account=account, confirmation=confirmation, terms=terms(Side.BUY, 1, 3690, account=account)),
        c.StartStrategy(account=account, strategy=strategy, settings=grid(account)),
        c.PauseStrategy(account=account, strategy=strategy),
        c.ResumeStrategy(account=account, strategy=strategy),
        c.StopStrategy(account=account, strategy=strategy),
        c.ChangeStrategy(account=account, strategy=strategy, base_version=1, settings=grid(account)),
        c.TakeAccount(account=account),
        c.AcknowledgeAlert(account=account, alert=1),
        c.AcknowledgeLevel(account=account, scope=scope, signal="risk_degree", level=Level.ORANGE),
        c.ChangeLimits(account=account, base_version=0, limits=Limits()),
        c.Kill(account=account, scope=scope, reason="x"),
        c.Release(account=account, scope=scope, reason="x"),
        c.MoveCash(account=account, amount=Decimal(1), reason="x"),
        # Absurd ones must not be told from sensible ones either.
        c.MoveCash(account=account, amount=Decimal("NaN"), reason="x"),
    ]


def wishes_of(own: AccountId, other: AccountId) -> list[c.CommandBody]:
    """Return wishes about one's own account that name another one within."""
    mark = own.partition("-")[0]
    theirs = terms(Side.BUY, 1, 3690, account=other)
    return [
        c.EditOrder(account=own, confirmation=ConfirmationId(f"{own}-C000002"), terms=theirs),
        c.StartStrategy(account=own, strategy=StrategyId("new"), settings=grid(other)),
        c.ChangeStrategy(account=own, strategy=StrategyId(f"{mark}-grid"), base_version=1, settings=grid(other)),
    ]


def traces(text: str, of: Company) -> list[str]:
    """Return where something of a side stands in a text."""
    places = [hit.start() for hit in re.finditer(of.mark, text, re.IGNORECASE)]
    places += [hit.start() for number in of.numbers for hit in re.finditer(rf"(?<![\w.]){re.escape(number)}\b", text)]
    places += [text.find(one) for one in of.keys if one in text]
    return [text[max(0, place - 120) : place + 80] for place in places]


@pytest.fixture(scope="module")
def pair() -> dict[str, Curious]:
    """Return a guest of each side, over either path, after both sides have lived a day and one went on living."""
    found = {}
    for name, limits in (("snapshot", SNAPSHOTS), ("records", RECORDS)):
        for own, other in ((AQUA, BRIG), (BRIG, AQUA)):
            rig = House()
            guest = found[f"{own.mark} {name}"] = Curious(rig, own, limits)
            # The other side goes on, and crosses what this side would send.
            assert rig.world.do(other.maker, order(other, 4, 3695), command=f"{other.mark}-late").ok
            rig.world.cut()
            rig.quote()
            guest.pass_by(700)
            guest.ask(order(own, 1, 3693, Side.SELL), "crossing")
            guest.preview(order(own, 1, 3693, Side.SELL))
            guest.preview(c.QuoteSpot(instrument=SPOT, price=Decimal(7400), source="s"))
            guest.ask(c.QuoteSpot(instrument=SPOT, price=Decimal(7401), source="s"), "spot")
            guest.ask(c.SaveDocument(name=f"{other.mark[:2]} layout", base_version=3, body="1"), "document")
            for body in wishes_of(own.account, NOBODYS):
                guest.preview(body)
            guest.say(m.FetchJournal(round=1, heads={}))
            guest.say(m.FetchJournal(round=2, heads={}, snapshot=True))
            guest.pass_by(6_000)
    return found


CASES = [f"{mark} {path}" for mark in ("aqua", "brig") for path in ("snapshot", "records")]


def sides(case: str) -> tuple[Company, Company]:
    return (AQUA, BRIG) if case.startswith("aqua") else (BRIG, AQUA)


@pytest.mark.parametrize("case", CASES)
def test_a_guest_is_sent_all_of_its_own_side(pair: dict[str, Curious], case: str) -> None:
    # Or the next test would pass over nothing at all.
    own, _ = sides(case)
    text = pair[case].everything()
    wanted = (*own.people, device(own.maker), f"{own.mark} name of trader", f"{own.account}-00000001")
    for what in (*wanted, f"{own.account}-C000002", f"{own.mark}-grid", f"{own.mark} layout", *own.numbers[3:]):
        assert what in text, what
    assert str(own.cash if case.endswith("records") else own.cash + own.moved) in text
    kinds = {type(frame) for frame in map(read_from_runner, pair[case].got)}
    assert {m.Welcome, m.Evt, m.SnapChunk, m.Check, m.Quotes, m.Result, m.Previewed, m.Ping} <= kinds
    assert "可能与实际控制关系账户的未了委托自成交" in text


@pytest.mark.parametrize("case", CASES)
def test_no_byte_a_guest_is_sent_is_of_the_other_side(pair: dict[str, Curious], case: str) -> None:
    _, other = sides(case)
    assert traces(pair[case].everything(), other) == []


@pytest.mark.parametrize("own", [AQUA, BRIG], ids=["aqua", "brig"])
def test_an_account_outside_the_scope_is_answered_like_one_that_is_not_there(own: Company) -> None:
    other = BRIG if own is AQUA else AQUA
    rig = House()
    guest = Curious(rig, own, RECORDS)
    before = rig.house.end
    absent = zip(wishes_about(other.account), wishes_about(NOBODYS), strict=True)
    within = zip(wishes_of(own.account, other.account), wishes_of(own.account, NOBODYS), strict=True)
    for number, (theirs, nobodys) in enumerate((*absent, *within)):
        rig.now += SECOND  # nobody is throttled
        assert alike(guest.preview(theirs), guest.preview(nobodys), other)
        first, second = guest.ask(theirs, f"t{number:02d}"), guest.ask(nobodys, f"n{number:02d}")
        assert not first.ok
        assert alike(first, second, other)
    new = [rig.house.entry(position).record for position in range(before + 1, rig.house.end + 1)]
    own_streams = {f"account:{own.account}", f"person:{own.maker}"}
    assert {record.stream for record in new} <= own_streams, "others' streams know nothing of it"


def alike(one: object, two: object, other: Company) -> bool:
    """Say whether two answers differ in nothing but the names that were asked about."""
    texts = [
        re.sub(rf"\b({other.mark}|none)\b|\b[tn]\d\d\b", "?", msgspec.json.encode(it).decode()) for it in (one, two)
    ]
    return texts[0] == texts[1]


@pytest.mark.parametrize("own", [AQUA, BRIG], ids=["aqua", "brig"])
def test_heads_of_streams_outside_the_scope_are_answered_like_invented_ones(own: Company) -> None:
    other = BRIG if own is AQUA else AQUA
    rig = House()
    told = []
    for stream in (f"account:{other.account}", f"person:{other.maker}"):
        heads = {name: head for name, head in said(rig.house.heads()).items() if name == stream}
        assert heads
        forged = {StreamId(f"{stream}-"): head for head in heads.values()}
        for claim in (heads, forged):
            guest = Curious(rig, own, RECORDS, heads=claim)
            assert traces(guest.everything(), other) == []
            told.append([(frame.reason, frame.epoch) for frame in guest.frames(m.Reset)])
    assert told[0]
    assert all(one == told[0] for one in told)


@pytest.mark.parametrize("own", [AQUA, BRIG], ids=["aqua", "brig"])
def test_at_the_door_nobody_hears_of_others(own: Company) -> None:
    other = BRIG if own is AQUA else AQUA
    rig = House()
    stolen = Curious(rig, own, RECORDS, using=device(other.checker))
    assert "别人" in stolen.everything()
    ghost = Curious(rig, own, RECORDS, person=PersonId("ghost"), proof=token(PersonId("ghost")))
    assert "没有人员 ghost" in ghost.everything()
    as_them = Curious(rig, own, RECORDS, person=other.maker, using=DeviceId("new"))
    as_nobody = Curious(rig, own, RECORDS, person=PersonId("nobody"), using=DeviceId("new"))
    assert as_them.got == as_nobody.got
    for guest in (stolen, ghost, as_nobody):
        text = guest.everything().replace(str(device(other.checker)), "")  # which it said itself
        assert traces(text, other) == []
        assert traces(text.replace(own.maker, ""), own) == []


def test_who_asked_for_a_spot_price_stands_in_that_persons_own_stream() -> None:
    rig = House()
    records = rig.world.records()
    named = f"cmd#{hashlib.sha256(b'cmd:brig-quote').hexdigest()}"
    (spot,) = [one for one in records if one.kind == "spot_quoted" and one.cause == named]
    (answer,) = [one for one in records if one.kind == "command_done" and one.cause == "cmd:brig-quote"]
    assert (spot.stream, spot.actor.person) == (f"tenant:{TENANT}", "runner")
    assert (answer.stream, answer.actor.person) == (f"person:{BRIG.maker}", BRIG.maker)
    assert CommandId("brig-quote") in rig.world.state.persons[BRIG.maker].commands


def test_both_sides_can_still_sign_and_be_verified() -> None:
    rig = House()
    for side in (AQUA, BRIG):
        parked = next(
            row for row in rig.world.state.accounts[side.account].confirmations.values() if row.state == "PENDING"
        )
        forged = sign(device(side.risk), parked.confirmation.order_hash, ConfirmationEvent.APPROVE, side.checker)
        assert rig.world.decide(side.checker, parked, signed=forged).code == "BAD_SIGNATURE"
        assert rig.world.decide(side.checker, parked, using=device(side.risk)).code == "UNKNOWN_DEVICE"
        done = rig.world.decide(side.checker, parked)  # the yes counts, though the position has changed since
        assert (done.code, parked.checker) == ("STALE", side.checker)


# --- what cannot be told at all --------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [AQUA, BRIG], ids=["aqua", "brig"])
def test_the_streams_of_a_side_are_the_same_whether_the_other_side_lives_or_not(own: Company) -> None:
    # Only the exchange's own numbers (of orders and trades, one row for all its members) go on faster.
    other = BRIG if own is AQUA else AQUA
    streams = []
    for others in ((), (other,)):
        world = World(MemoryJournal(TENANT), opening=opening(), sound=False)
        for side in (*others, own):
            morning(world, side)
        world.show()
        world.cut()
        world.wait(35)
        mine = {f"account:{own.account}", *(f"person:{person}" for person in own.people)}
        streams.append([bare(record) for record in world.records() if record.stream in mine])
    assert len(streams[0]) > 40
    assert streams[0] == streams[1]


def test_the_numbers_of_an_accounts_queries_leave_no_gap_for_those_of_others() -> None:
    world = House().world
    world.cut()
    world.wait(65)
    for side in (AQUA, BRIG):
        numbers = [fact.query for fact in world.facts(Reconciled) if fact.account == side.account]
        assert len(numbers) > 2
        assert numbers == list(range(1, len(numbers) + 1))


def bare(record: Record) -> object:
    fact = record.fact
    masked = {name: "?" for name in ("sys_id", "trade") if name in fact.__struct_fields__}
    return record.stream, record.seq, record.utc, record.actor, msgspec.structs.replace(fact, **masked)
