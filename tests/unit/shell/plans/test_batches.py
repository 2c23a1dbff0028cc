"""A plan keeps a group of accounts and orders for it, over whatever its person has at that moment (分组下单)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain import commands as c
from terminal.domain.batch_commands import CancelBatch, SaveGroup, SubmitBatch
from terminal.domain.fact.facts import BatchOrdered, Fact, GroupSaved
from terminal.domain.ids import AccountId, BatchId, InstrumentId, PersonId
from terminal.domain.orders.batch import BatchOrder, Member
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.engine.fold import apply
from terminal.engine.state import State
from tests.unit.shell.plans.plans import CAST, HEAD, plan, plan_file, refusal

START = 1_597_988_700_000_000_000
MAKER = PersonId("maker")
MEMBERS = (Member(account=AccountId("A"), multiplier=Decimal("1.5")),)
GROUP = '[[group]]\nname = "组"\nby = "maker"\nmembers = { A = 1.5 }\n'
BATCH = """\
[[command]]
do = "batch"
at = "+2s"
by = "maker"
group = "组"
instrument = "SHFE.rb2101"
side = "BUY"
offset = "OPEN"
lots = 3
price = 3700
hedge_flag = "HEDGE"
reason = "补库"
"""
CANCEL = '[[command]]\ndo = "cancel_batch"\nat = "+3s"\nby = "maker"\n'
ORDER = BatchOrder(
    instrument=InstrumentId("SHFE.rb2101"),
    side=Side.BUY,
    offset=Offset.OPEN,
    lots=3,
    price=Decimal(3700),
    hedge_flag=HedgeFlag.HEDGE,
)


def bodies(tmp_path: Path, *facts: Fact) -> list[c.CommandBody]:
    read = plan(tmp_path, HEAD + CAST + GROUP + BATCH + CANCEL)
    state = State()
    for fact in (*read.opening.first_facts(20200821), *facts):
        apply(state, fact, START)
    read.script.start(START)
    return [command.body for command in read.script.due(START + 3600 * 10**9, state)]


def test_a_group_is_kept_and_ordered_for_over_the_versions_of_its_moment(tmp_path: Path) -> None:
    assert bodies(tmp_path) == [
        SaveGroup(name="组", base_version=0, members=MEMBERS),
        SubmitBatch(group="组", group_version=0, order=ORDER, reason="补库"),
        CancelBatch(batch=BatchId("NONE")),  # there is none: the engine says so
    ]
    kept = GroupSaved(person=MAKER, name="组", version=4, members=MEMBERS)
    sent = [
        BatchOrdered(person=MAKER, batch=BatchId(name), at=1, group="组", order=ORDER, parts=()) for name in ("a", "b")
    ]
    assert bodies(tmp_path, kept, *sent) == [
        SaveGroup(name="组", base_version=4, members=MEMBERS),
        SubmitBatch(group="组", group_version=4, order=ORDER, reason="补库"),
        CancelBatch(batch=BatchId("b")),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GROUP.replace("A = 1.5", "B = 1"), "没有账户 B"),
        (GROUP.replace("1.5", "-1"), "手数倍数应在 0 与 1000 之间"),
        (GROUP.replace("1.5", "0.00001"), "最多 4 位小数，现为 0.00001"),
        (GROUP.replace('"组"', '""'), "账户组的名称"),
        (GROUP.replace("maker", "nobody"), "没有人员 nobody"),
        (BATCH, "没有账户组 组"),
        (GROUP + BATCH.replace("lots = 3", "lots = 0"), "手数应为正整数，现为 0"),
        (GROUP + BATCH.replace("SHFE.rb2101", "SHFE.xx2101"), "xx2101"),
        (GROUP + CANCEL + 'group = "另一个"\n', "没有账户组 另一个"),
    ],
)
def test_what_no_runner_would_keep_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    sentence = refusal(plan_file(tmp_path, HEAD + CAST + text))
    assert said in sentence
    assert " 行：" in sentence
