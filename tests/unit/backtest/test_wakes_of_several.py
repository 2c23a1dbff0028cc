"""A rule of several contracts says of each when it must be asked: nothing is passed over that one of them wants."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from terminal.backtest import foresight, sleep
from terminal.backtest.check_wakes import check_wakes
from terminal.backtest.run import play
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Recording
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.own_pair import LEAD, PAIR, table
from tests.random_plan import CONTRACT
from tests.random_tape import FAR, NEAR, RandomTape
from tests.unit.shell.plans.plans import CAST, HEAD, plan_file

if TYPE_CHECKING:
    from pathlib import Path

APPLES = InstrumentId("CZCE.AP605")  # no night
QUICK = PAIR.replace("SAMPLE_SECONDS = 60", "SAMPLE_SECONDS = 3").replace("value=60", "value=12")
QUICK = QUICK.replace("least=1, most=500, value=30", "least=1, most=500, value=3")
SLEEPING = QUICK[: QUICK.index("    asked =")] + "    return {name: off > 1e9 for name in coming}\n"
HALF = QUICK.replace('return {"hc": asked, "rb": asked}', 'return {"hc": asked, "rb": off > 1e9}')
BOTH: dict[str, tuple[InstrumentId, int]] = {"hc": (NEAR, 2), "rb": (FAR, 2)}


def plan_of(folder: Path, **codes: tuple[str, dict[str, tuple[InstrumentId, int]]]) -> Path:
    """Write a plan with a rule of each name: its code and its contracts."""
    for name, (code, _) in codes.items():
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    terms = "".join(CONTRACT.format(name=name) for name in (NEAR, FAR, APPLES))
    cast = CAST.replace("position_lots = 100", "position_lots = 100\nday_loss_yuan = 1_000_000")
    return plan_file(folder, HEAD, cast, terms, *(table(name, **given) for name, (_, given) in codes.items()))


def recording(seed: int, other: InstrumentId) -> Recording:
    """Return a random recording of a contract with a night and another one: of the same product, or without a night."""
    drawn = RandomTape(seed).recording()
    facts = [
        (batch, replace(one, instrument=NEAR if one.instrument == NEAR else other)) for batch, one in drawn.day_facts
    ]
    return Recording(
        name=drawn.name,
        universe=(NEAR, other),
        slots=drawn.slots,
        rows=drawn.rows,
        ends=drawn.ends,
        at=drawn.at,
        day_facts=tuple(facts),
        quarantined={},
        absent={},
    )


@pytest.mark.parametrize(("seed", "other", "saying"), [(5, APPLES, True), (17, FAR, True), (17, APPLES, False)])
def test_rules_of_several_contracts_write_the_same_journal_asleep_and_awake(
    seed: int, other: InstrumentId, saying: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)
    monkeypatch.setattr(foresight, "FIRST_REACH", 3)
    pair, lead = (code if saying else code[: code.index("def wakes")] for code in (QUICK, LEAD))
    # Given a rule that trades two contracts and one that trades by what another contract does
    contracts = {"hc": (NEAR, 2), "rb": (other, 2)}, {"lead": (NEAR, 0), "follow": (other, 2)}
    path = plan_of(tmp_path, pair=(pair, contracts[0]), lead=(lead, contracts[1]))
    # When it is played asleep and awake
    awake, asleep = (
        play(
            recording(seed, other),
            plan=read_plan(path, tapes.reference()),
            reference=tapes.reference(),
            sleeping=sleeping,
        )
        for sleeping in (False, True)
    )
    # Then every record is the same, and both have traded what they trade, and nothing else.
    for before, after in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        assert before.record == after.record
    traded = {(fill.strategy, fill.instrument) for fill in asleep.fills}
    assert traded == {("pair", NEAR), ("pair", other), ("lead", other)}
    assert asleep.passed > 0


@pytest.mark.parametrize(
    ("code", "is_true"), [(QUICK, True), (HALF, True), (SLEEPING, False)], ids=["of both", "of the other", "of none"]
)
def test_what_one_contract_wants_is_not_slept_through(code: str, is_true: bool, tmp_path: Path) -> None:
    path = plan_of(tmp_path, pair=(code, BOTH))
    found = check_wakes(
        RandomTape(17).recording(), plan=lambda: read_plan(path, tapes.reference()), reference=tapes.reference()
    )
    assert (found.difference is None) is is_true
    assert found.passed > 0


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ('{"hc": asked}', "hc、rb 各有一个数组"),
        ("asked", "hc、rb 各有一个数组"),
        ('{"hc": asked, "rb": 1}', "numpy 数组"),
    ],
)
def test_an_answer_that_leaves_a_contract_out_stops_the_backtest(said: str, answer: str, tmp_path: Path) -> None:
    path = plan_of(tmp_path, pair=(QUICK.replace('{"hc": asked, "rb": asked}', said), BOTH))
    with pytest.raises(UserError) as refused:
        play(RandomTape(17).recording(), plan=read_plan(path, tapes.reference()), reference=tapes.reference())
    assert answer in str(refused.value)
