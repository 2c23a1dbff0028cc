from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from terminal.domain import commands as c
from terminal.domain.fact.facts import (
    BarrierBegan,
    BarrierPassed,
    CommandDone,
    ConfirmationDecided,
    ConfirmationRequested,
    Fact,
    InstrumentListed,
)
from terminal.domain.fact.order import OrderRecorded
from terminal.domain.ids import AccountId, CommandId, ConfirmationId, DeviceId, InstrumentId, OrderId, PersonId, WireKey
from terminal.domain.orders.confirmation import Confirmation, ConfirmationEvent
from terminal.domain.orders.order import Cause, HedgeFlag, Offset, OrderTerms, Origin, Side
from terminal.engine.confirmations.approval import approval_bytes
from terminal.engine.fold import apply
from terminal.engine.state import State
from terminal.shell.plans.plan import Plan
from tests.unit.shell.plans.plans import CAST, GRID, HEAD, order, plan

SECOND = 1_000_000_000
START = 1_597_988_700 * SECOND
ACCOUNT = AccountId("A")
MAKER, CHECKER = PersonId("maker"), PersonId("checker")


def decide(what: str = "", *, do: str = "approve", by: str = "checker") -> str:
    return f'[[command]]\ndo = "{do}"\nat = "+1s"\nby = "{by}"\naccount = "A"\n{what}\n'


def opened(read: Plan, *facts: Fact) -> State:
    """Return the state of the plan's opening and some facts more."""
    state = State()
    opening = read.opening
    for fact in (*opening.first_facts(20200821), *facts):
        apply(state, fact, START)
    return state


def parked(number: int, *, maker: PersonId = MAKER) -> ConfirmationRequested:
    return ConfirmationRequested(
        confirmation=Confirmation(
            confirmation=ConfirmationId(f"A-C{number:06d}"),
            account=ACCOUNT,
            order_hash=f"{number:064x}",
            stored="{}",
            maker=maker,
            maker_device=DeviceId(f"{maker}-1"),
            expires_at=START + 900 * SECOND,
            why="大额",
        ),
        findings=(),
    )


def bodies(read: Plan, state: State) -> list[c.CommandBody]:
    """Return everything the script wants in this state."""
    read.script.start(START)
    return [command.body for command in read.script.due(START + 3600 * SECOND, state)]


def is_signed(body: c.ApproveOrder | c.RejectOrder, read: Plan, device: str, person: PersonId) -> bool:
    event = ConfirmationEvent.APPROVE if isinstance(body, c.ApproveOrder) else ConfirmationEvent.REJECT
    enrolled = next(found for found in read.opening.devices if found.device == device)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(enrolled.public_key))
    try:
        key.verify(bytes.fromhex(body.signature), approval_bytes(body.order_hash, event, person))
    except InvalidSignature:
        return False
    return True


# --- when ----------------------------------------------------------------------------------------------------------


def test_commands_come_once_when_their_time_has_come_in_the_order_of_time(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST, order(at="+5s"), order(at="2020-08-21 13:45:02"), order(at="+5s"))
    script, state = read.script, opened(read)
    script.start(START)
    assert script.due(START, state) == []
    assert script.due(START + 2 * SECOND - 1, state) == []
    first = script.due(START + 2 * SECOND, state)
    assert [(command.command, command.at) for command in first] == [("plan-7-C1", START + 2 * SECOND)]
    later = script.due(START + 60 * SECOND, state)
    assert [command.command for command in later] == ["plan-7-C0", "plan-7-C2"]
    assert (later[0].person, later[0].device) == ("maker", "maker-1")
    assert script.due(START + 120 * SECOND, state) == []


def test_a_restart_gives_the_same_commands_the_same_ids(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST, GRID, order(at="+1s"))
    state = opened(read)
    read.script.start(START)
    before = [command.command for command in read.script.due(START + SECOND, state)]
    read.script.start(START)
    assert [command.command for command in read.script.due(START + SECOND, state)] == before
    assert before == ["plan-7-S0", "plan-7-C0"]


def done(command: str, code: str) -> CommandDone:
    return CommandDone(account=ACCOUNT, command=CommandId(command), ok=code == "OK", code=code, sentence="")


def test_a_strategy_without_a_price_is_asked_for_again_and_less_and_less_often(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST, GRID)
    script, state = read.script, opened(read)
    script.start(START)
    asked = []
    for second in range(40):
        for command in script.due(START + second * SECOND, state):
            asked.append((second, command.command))
            apply(state, done(command.command, "NOT_READY"), START)
    assert asked == [(0, "plan-7-S0"), (5, "plan-7-S0-2"), (15, "plan-7-S0-3"), (35, "plan-7-S0-4")]
    apply(state, done("plan-7-S0-5", "OK"), START)
    assert script.due(START + 3600 * SECOND, state) == []
    assert script.due(START + 7200 * SECOND, state) == []


def test_a_strategy_that_started_before_a_restart_is_not_asked_for_again(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST, GRID)
    state = opened(read, done("plan-7-S0", "NOT_READY"), done("plan-7-S0-2", "OK"))
    read.script.start(START)
    assert read.script.due(START + SECOND, state) == []


def test_what_the_state_has_forgotten_of_a_strategys_start_is_heard_from_the_answers(tmp_path: Path) -> None:
    # Given a restart over a state that has forgotten the answers, which are told again as their commands come again
    read = plan(tmp_path, HEAD, CAST, GRID)
    script, state = read.script, opened(read)
    first = {"plan-7-S0": "NOT_READY", "plan-7-S0-2": "NOT_READY", "plan-7-S0-3": "OK"}
    script.start(START)
    asked = []
    for second in range(3600):
        for command in script.due(START + second * SECOND, state):
            asked.append(command.command)
            script.heard(done(command.command, first[command.command]))
    assert asked == [*first]


# --- what needs the state ------------------------------------------------------------------------------------------


def test_the_oldest_pending_confirmation_is_approved_as_a_desk_would(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST, decide())
    withdrawn = ConfirmationDecided(
        account=ACCOUNT,
        confirmation=ConfirmationId("A-C000001"),
        decision=ConfirmationEvent.WITHDRAW,
        person=MAKER,
        device=DeviceId("maker-1"),
    )
    (body,) = bodies(read, opened(read, parked(1), withdrawn, parked(2), parked(3)))
    assert isinstance(body, c.ApproveOrder)
    assert (body.confirmation, body.order_hash) == ("A-C000002", f"{2:064x}")
    assert is_signed(body, read, "checker-1", CHECKER)


def test_a_rejection_is_signed_as_a_rejection(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST, decide('confirmation = "A-C000002"\nreason = "不"', do="reject"))
    (body,) = bodies(read, opened(read, parked(1), parked(2)))
    assert isinstance(body, c.RejectOrder)
    assert (body.confirmation, body.reason) == ("A-C000002", "不")
    assert is_signed(body, read, "checker-1", CHECKER)


def test_somebody_elses_device_signs_with_its_own_key(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST, decide('device = "maker-1"'))
    (body,) = bodies(read, opened(read, parked(1)))
    assert isinstance(body, c.ApproveOrder)
    assert is_signed(body, read, "maker-1", CHECKER)
    assert not is_signed(body, read, "checker-1", CHECKER)


def test_attacks_may_state_hash_and_signature_or_copy_them(tmp_path: Path) -> None:
    read = plan(
        tmp_path,
        HEAD,
        CAST,
        decide('signature = "00"'),
        decide('order_hash = "ff"'),
        decide('confirmation = "A-C000002"\ncopied_from = "A-C000001"'),
    )
    forged, other, copied = bodies(read, opened(read, parked(1), parked(2)))
    assert isinstance(forged, c.ApproveOrder)
    assert isinstance(other, c.ApproveOrder)
    assert isinstance(copied, c.ApproveOrder)
    assert (forged.order_hash, forged.signature) == (f"{1:064x}", "00")
    assert (other.confirmation, other.order_hash) == ("A-C000001", "ff")
    assert (copied.confirmation, copied.order_hash) == ("A-C000002", f"{1:064x}")
    assert is_signed(copied, read, "checker-1", CHECKER)


def test_what_the_state_does_not_hold_is_named_so_that_the_engine_refuses(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST, decide(), decide(do="withdraw"), decide(do="cancel"))
    approve, withdraw, cancel = bodies(read, opened(read))
    assert isinstance(approve, c.ApproveOrder)
    assert isinstance(withdraw, c.WithdrawOrder)
    assert isinstance(cancel, c.CancelOrder)
    assert (approve.confirmation, withdraw.confirmation, cancel.order) == ("NONE", "NONE", "NONE")


def test_a_maker_withdraws_and_edits_the_oldest_of_his_own(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST, decide(do="withdraw", by="maker"), order(do="edit"))
    withdraw, edit = bodies(read, opened(read, parked(1, maker=CHECKER), parked(2), parked(3)))
    assert withdraw == c.WithdrawOrder(account=ACCOUNT, confirmation=ConfirmationId("A-C000002"))
    assert isinstance(edit, c.EditOrder)
    assert (edit.confirmation, edit.terms.lots) == ("A-C000002", 2)


def recorded(number: int, instrument: str, origin: Origin) -> OrderRecorded:
    terms = OrderTerms(
        account=ACCOUNT,
        instrument=InstrumentId(instrument),
        side=Side.BUY,
        offset=Offset.OPEN,
        lots=1,
        price=Decimal(1),
        hedge_flag=HedgeFlag.SPECULATION,
    )
    return OrderRecorded(
        order=OrderId(f"A-{number:08d}"),
        wire_key=WireKey(f"k{number}"),
        reference=number,
        terms=terms,
        cause=Cause(origin=origin, person=MAKER, device=DeviceId("maker-1")),
        trading_day=20200821,
        findings=(),
    )


@pytest.mark.parametrize(
    ("what", "expected"),
    [("", "A-00000002"), ('instrument = "DCE.i2101"', "A-00000003"), ('order = "A-00000009"', "A-00000009")],
)
def test_a_cancel_takes_the_oldest_working_order_sent_by_hand(tmp_path: Path, what: str, expected: str) -> None:
    read = plan(tmp_path, HEAD, CAST, decide(what, do="cancel", by="maker"))
    names = (InstrumentId("SHFE.rb2101"), InstrumentId("DCE.i2101"))
    state = opened(
        read,
        *(InstrumentListed(instrument=read.listing.instrument(name, 20200821)) for name in names),
        BarrierBegan(account=ACCOUNT, session="1", at=START),
        BarrierPassed(account=ACCOUNT, session="1"),
        recorded(1, "SHFE.rb2101", Origin.STRATEGY),
        recorded(2, "SHFE.rb2101", Origin.MANUAL),
        recorded(3, "DCE.i2101", Origin.MANUAL),
    )
    assert bodies(read, state) == [c.CancelOrder(account=ACCOUNT, order=OrderId(expected))]


def test_limits_are_changed_over_those_in_force(tmp_path: Path) -> None:
    changed = "limits = { position_lots = 50 }"
    read = plan(tmp_path, HEAD, CAST, decide(changed, do="limits"), decide(changed + "\nbase_version = 9", do="limits"))
    state = opened(read)
    now = state.accounts[ACCOUNT].limits
    assert now is not None
    first, conflicting = bodies(read, state)
    wanted = msgspec.structs.replace(now, position_lots=50)
    assert first == c.ChangeLimits(account=ACCOUNT, base_version=1, limits=wanted)
    assert conflicting == c.ChangeLimits(account=ACCOUNT, base_version=9, limits=wanted)


def test_kill_release_cash_and_steering_come_as_their_commands(tmp_path: Path) -> None:
    steer = "".join(
        f'[[command]]\ndo = "{do}"\nat = "+1s"\nby = "maker"\nstrategy = "g"\n' for do in ("pause", "resume", "stop")
    )
    read = plan(
        tmp_path,
        HEAD,
        CAST,
        GRID + 'at = "manual"\n',
        decide('reason = "停"\nstrategy = "g"', do="kill"),
        decide('reason = "好"', do="release"),
        decide('reason = "入"\namount = -0.5', do="cash"),
        decide('instrument = "SHFE.rb2101"', do="cancel_all"),
        steer,
    )
    kill, release, cash, sweep, pause, resume, stop = bodies(read, opened(read))
    assert isinstance(kill, c.Kill)
    assert kill.scope.strategy == "g"
    assert isinstance(release, c.Release)
    assert (release.scope.strategy, release.scope.instrument) == (None, None)
    assert cash == c.MoveCash(account=ACCOUNT, amount=Decimal("-0.5"), reason="入")
    assert sweep == c.CancelAll(account=ACCOUNT, instrument=InstrumentId("SHFE.rb2101"))
    assert isinstance(pause, c.PauseStrategy)
    assert isinstance(resume, c.ResumeStrategy)
    assert isinstance(stop, c.StopStrategy)


def test_a_command_keeps_the_time_of_its_press_however_late_it_is_given_out(tmp_path: Path) -> None:
    script = plan(tmp_path, HEAD + CAST + order(at="+10s")).script
    script.start(START)
    (late,) = script.due(START + 400 * SECOND, State())
    assert late.at == START + 10 * SECOND


def test_a_combination_is_ordered_edited_and_cancelled_by_its_name(tmp_path: Path) -> None:
    name = "DCE.SP i2101&i2105"
    several = (
        "\n".join(order(do=do).replace("SHFE.rb2101", name) for do in ("submit", "edit"))
        + f'\n[[command]]\ndo = "cancel_all"\nat = "+2s"\nby = "maker"\naccount = "A"\ninstrument = "{name}"\n'
    )
    submit, _, cancel = (one.wish for one in plan(tmp_path, HEAD, CAST, several).script.entries)
    assert isinstance(submit, c.SubmitOrder)
    assert submit.terms.instrument == name
    assert cancel == c.CancelAll(account=ACCOUNT, instrument=InstrumentId(name))
