from __future__ import annotations

from decimal import Decimal
from itertools import product

import msgspec
import pytest

from terminal.domain.errors import InvariantError
from terminal.domain.ids import AccountId, ConfirmationId, InstrumentId, PersonId, StrategyId
from terminal.domain.orders.confirmation import (
    LIFE,
    ConfirmationEvent,
    ConfirmationState,
    Envelope,
    ExerciseAsked,
    Stored,
    decide,
)
from terminal.domain.orders.exercise import Choice, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.orders.reversal import Reversal
from terminal.domain.otc import OtcEnding
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.spot_commands import ConfirmSpot
from tests.contract.journal_facts import stored, terms

S, E = ConfirmationState, ConfirmationEvent

# SAFETY 7, drawn by hand: what is not here cannot happen.
DRAWN = {
    S.PENDING: {
        E.APPROVE: S.APPROVED,
        E.REJECT: S.REJECTED,
        E.WITHDRAW: S.WITHDRAWN,
        E.EXPIRE: S.EXPIRED,
        E.SUPERSEDE: S.SUPERSEDED,
        E.REVOKE: S.REVOKED,
    },
    S.APPROVED: {E.CONSUME: S.CONSUMED, E.STALE: S.STALE, E.REVOKE: S.REVOKED, E.EXPIRE: S.EXPIRED},
}


@pytest.mark.parametrize(("state", "event"), list(product(S, E)))
def test_every_decision_in_every_state_means_what_the_page_says_or_is_an_error(
    state: ConfirmationState, event: ConfirmationEvent
) -> None:
    wanted = DRAWN.get(state, {}).get(event)
    if wanted is None:
        with pytest.raises(InvariantError, match=f"from {state} on {event}"):
            decide(state, event)
    else:
        assert decide(state, event) is wanted


def test_only_an_approval_is_consumed_and_only_once() -> None:
    assert [state for (state, event) in LIFE if event is E.CONSUME] == [S.APPROVED]
    assert not any(state is S.CONSUMED for state, _ in LIFE)


def test_what_has_ended_stays_ended() -> None:
    assert {state for state, _ in LIFE} == {S.PENDING, S.APPROVED}


GRID = GridSettings(
    account=AccountId("A1"),
    instrument=InstrumentId("DCE.i2101"),
    side=Side.BUY,
    anchor=Decimal(830),
    step=Decimal(2),
    lines=4,
    lots_per_line=1,
    stop=Decimal(780),
    lower=Decimal(790),
    upper=Decimal(880),
)
OTHER = {
    "tenant": "another",
    "account": AccountId("A2"),
    "terms": terms(price="813"),
    "strategy": StrategyId("grid"),
    "settings": GRID,
    "settings_version": 7,
    "envelope": Envelope(
        total_lots=1,
        total_value_yuan=Decimal(1),
        lowest_price={},
        highest_price={},
        largest_child_lots=1,
        ends_at=1,
    ),
    "limits": Limits(),
    "cash": Decimal(5000),
    "reversal": Reversal(terms=terms(price="813")),
    "exercise": ExerciseAsked(
        wish=ExerciseWish(
            instrument=InstrumentId("DCE.i2101-C-820"),
            flag=HedgeFlag.SPECULATION,
            lots=1,
            choice=Choice.EXERCISE,
        ),
        opens=terms(price="820"),
    ),
    "otc": OtcEnding(number="1", booking=ConfirmationId("c"), amount=Decimal(0), reason="到期"),
    "waiver": ConfirmSpot(
        account=AccountId("A1"), strategy=StrategyId("s"), side=Side.BUY, tonnes=Decimal(1), waived="期货已平"
    ),
    "cause": msgspec.structs.replace(stored().cause, reason="别的原因"),
    "maker": PersonId("somebody"),
    "nonce": "n2",
    "created_at": 2,
    "expires_at": 900_000_000_001,
    "limits_version": 2,
    "reference_price": Decimal("812.5"),
    "level": 1,
    "position_sign": -1,
}


@pytest.mark.parametrize("field", Stored.__struct_fields__)
def test_any_change_of_the_object_is_another_object(field: str) -> None:
    # Whatever a checker is shown is part of the bytes he signs; a field nobody thought of here fails the lookup.
    changed = msgspec.structs.replace(stored(), **{field: OTHER[field]})
    assert msgspec.json.encode(changed, order="deterministic") != msgspec.json.encode(stored(), order="deterministic")


def test_the_stored_bytes_come_back_as_they_were() -> None:
    raw = msgspec.json.encode(stored(), order="deterministic")
    assert msgspec.json.decode(raw, type=Stored) == stored()
    assert msgspec.json.encode(msgspec.json.decode(raw, type=Stored), order="deterministic") == raw
