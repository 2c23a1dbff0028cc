"""Judge a run of two desks and a runner: what must hold at its end, whatever went wrong on the way (I15 - I18)."""

from __future__ import annotations

import hashlib
from collections import Counter

from terminal.domain import commands as c
from terminal.domain.fact.facts import (
    CommandDone,
    ConditionalPlaced,
    ConditionalTriggered,
    ConfirmationDecided,
    OrderFilled,
    OrderRecorded,
)
from terminal.domain.ids import CommandId
from terminal.domain.orders.conditional import TAG
from terminal.domain.orders.order import Origin
from terminal.engine.records.journal import Record
from terminal.engine.reversal.reversals import TAG as REVERSAL_TAG
from terminal.sync.age import ttl_ms
from tests.two_desks import MS, Sat, TwoDesks

UNSURE = "UNANSWERED"
NEVER_SENT = frozenset({"OFFLINE"})
# Answers of a runner that did nothing, and could no longer write that down where the fact is missing.
TURNED_AWAY = frozenset({"EXPIRED", "NO_CLOCK", "THROTTLED", "BAD_CLOCK", "FORGOTTEN"})


def judge(run: TwoDesks) -> list[str]:
    """Return what is wrong, in sentences; nothing where nothing is."""
    wrong = list(dict.fromkeys(run.wrong))
    records = [entry.record for entry in run.world.journal.replay() if isinstance(entry.record, Record)]
    done = {record.fact.command: record.fact for record in records if isinstance(record.fact, CommandDone)}
    orders = Counter(record.cause for record in records if _is_by_hand(record) and not _waited(record))
    wrong += [f"{name} was carried out {len(at)} times" for name, at in run.done_at.items() if len(at) > 1]
    most = {f"cmd:{command}": _most_orders(one[1]) for desk in run.desks for command, one in desk.pressed.items()}
    wrong += [f"{cause} made {count} orders" for cause, count in orders.items() if count > most.get(cause, 1)]
    for desk in run.desks:
        wrong += _same(run, desk)
        for command in desk.pressed:
            wrong += [f"{command}: {what}" for what in _command(run, desk, command, done)]
    known = {f"cmd:{command}" for desk in run.desks for command in desk.pressed}
    wrong += _let_go(records, known)
    wrong += _reversed(records)
    wrong += [
        f"{cause} made an order nobody pressed" for cause in orders if cause not in known and "cmd:x" not in cause
    ]
    run.world.check()
    return wrong


def _most_orders(body: c.CommandBody) -> int:
    # What closes is split by day, at most into single lots; what unlocks closes both sides.
    match body:
        case c.ClosePosition() | c.ReversePosition():
            return body.terms.lots
        case c.UnlockPosition():
            return 2 * body.terms.lots
        case c.FinishReversal():
            return 2  # no run reverses more lots at once
        case _:
            return 1


def effects(run: TwoDesks) -> Counter[str]:
    """Count what the journal holds because of what was pressed at the desks, as "kind-of-command kind-of-fact"."""
    kinds: dict[str, str] = {}
    for desk in run.desks:
        for command, (_, body, _) in desk.pressed.items():
            cause = f"cmd:{command}"
            kind = str(body.__struct_config__.tag)
            # In the stream that everybody reads a command is named by its hash.
            kinds |= {cause: kind, f"cmd#{hashlib.sha256(cause.encode()).hexdigest()}": kind}
    records = [entry.record for entry in run.world.journal.replay() if isinstance(entry.record, Record)]
    return Counter(f"{kinds[record.cause]} {_fact_of(record)}" for record in records if record.cause in kinds)


def _fact_of(record: Record) -> str:
    return record.fact.decision.lower() if isinstance(record.fact, ConfirmationDecided) else record.kind


def _is_by_hand(record: Record) -> bool:
    fact = record.fact
    if not isinstance(fact, OrderRecorded) or fact.cause.origin is not Origin.MANUAL:
        return False
    return not (fact.cause.tag.startswith(REVERSAL_TAG) and fact.terms.is_opening)  # it follows the close's last fill


def _same(run: TwoDesks, desk: Sat) -> list[str]:
    session = desk.connection.desk if desk.connection is not None else None
    if session is None or session.welcome is None:
        return [f"{desk.name} is not connected at the end"]
    line = desk.driver._link_line()
    roles = session.welcome.roles
    theirs = run.world.state.visible_hash(frozenset(roles), frozenset({desk.person}))
    wrong = []
    if not line.may_order:
        wrong.append(f"{desk.name} is {line.state.value} at the end: {line.sentence}")
    if desk.copy.visible_hash() != theirs:
        wrong.append(f"{desk.name} does not show what the runner has")
    return wrong


def _command(run: TwoDesks, desk: Sat, command: CommandId, done: dict[CommandId, CommandDone]) -> list[str]:
    pressed, body, connection = desk.pressed[command]
    lines = [line for line in desk.results if line.command == command]
    final = [line for line in lines if line.code != UNSURE]
    fact = done.get(command)
    wrong = []
    here = desk.connection.number if desk.connection is not None else -1
    if lines and not final and fact is None and connection == here:
        return []  # lost on a link that stands all the same: "unanswered" is the truth, and the reconnect will tell
    if len(final) != 1:
        wrong.append(f"{len(final)} final answers ({[line.code for line in lines]})")
    elif fact is None and (final[0].ok or final[0].code not in {"LOST", *NEVER_SENT, *TURNED_AWAY}):
        wrong.append(f"said {final[0].code}, but nothing is recorded")
    elif fact is not None and (final[0].ok, final[0].code) != (fact.ok, fact.code):
        wrong.append(f"said {final[0].code}, but recorded {fact.code}")
    if fact is not None and fact.code not in TURNED_AWAY:
        late = (run.done_at[command][0] - pressed) // MS
        if late > ttl_ms(body):
            wrong.append(f"carried out {late} ms after the press")
    if not isinstance(body, c.SaveDocument):
        sent = desk.sent.get(command, [])
        if len(sent) > 1:
            wrong.append("sent more than once")
        if any(number != connection for _, number in sent):
            wrong.append("sent over another connection than it was pressed on")
        if sent and any(line.code in NEVER_SENT for line in lines):
            wrong.append("refused and sent all the same")
    return wrong


def _waited(record: Record) -> str:
    # The conditional order that an order was, if it was one.
    fact = record.fact
    is_one = isinstance(fact, OrderRecorded) and fact.cause.tag.startswith(TAG)
    return fact.cause.tag.removeprefix(TAG) if is_one and isinstance(fact, OrderRecorded) else ""


def _reversed(records: list[Record]) -> list[str]:
    orders = {fact.order: fact for record in records if isinstance(fact := record.fact, OrderRecorded)}
    lots: Counter[tuple[str, bool]] = Counter()
    for record in records:
        if isinstance(fill := record.fact, OrderFilled):
            order = orders[fill.order]
            lots[order.cause.tag, order.terms.is_opening] += fill.lots
    tags = {tag for tag, _ in lots if tag.startswith(REVERSAL_TAG)}
    return [f"{tag} opened more than it closed" for tag in sorted(tags) if lots[tag, True] > lots[tag, False]]


def _let_go(records: list[Record], known: set[str]) -> list[str]:
    placed = {
        record.fact.conditional
        for record in records
        if isinstance(record.fact, ConditionalPlaced) and record.cause in known
    }
    triggered = Counter(record.fact.conditional for record in records if isinstance(record.fact, ConditionalTriggered))
    wrong = [f"{name} was triggered {count} times" for name, count in triggered.items() if count > 1]
    waited = {name for record in records if (name := _waited(record))}
    return wrong + [f"{name} sent an order and nobody placed it" for name in sorted(waited - {*placed})]
