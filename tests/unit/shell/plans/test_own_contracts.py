"""A plan gives each contract that a code sees by its name; what does not go together is refused at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.domain.commands import StartStrategy
from terminal.domain.parameters.own import OwnContract, OwnSettings
from tests.own_pair import LEAD, PAIR, table
from tests.own_rule import DOUBLE_MA
from tests.unit.shell.plans.plans import CAST, HEAD, plan, plan_file, refusal

RB, HC, FAR = "SHFE.rb2605", "SHFE.hc2605", "SHFE.rb2610"
BOTH = table("pair", hc=(HC, 4), rb=(RB, 3))
ONE_OF_TWO = LEAD.replace('("lead", "follow")', '("hc", "rb")').replace('("follow",)', '("hc",)')


def settings(folder: Path, name: str, code: str, text: str) -> OwnSettings:
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    wish = plan(folder, HEAD, CAST, text).script.entries[0].wish
    assert isinstance(wish, StartStrategy)
    assert isinstance(wish.settings, OwnSettings)
    return wish.settings


def test_the_first_contract_traded_stands_before_the_others_whatever_the_plans_order(tmp_path: Path) -> None:
    found = settings(tmp_path, "pair", PAIR, table("pair", rb=(RB, 3), hc=(HC, 4)))
    assert (found.instrument, found.max_lots) == (HC, 4)
    assert found.rest == (OwnContract(name="rb", instrument=RB, max_lots=3),)  # type: ignore[arg-type]
    found = settings(tmp_path, "lead", LEAD, table("lead", lead=(HC, 0), follow=(RB, 2)))
    assert (found.instrument, found.max_lots) == (RB, 2)
    assert found.rest == (OwnContract(name="lead", instrument=HC),)  # type: ignore[arg-type]
    assert len(PAIR.splitlines()) <= 35


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        (PAIR, table("pair", hc=(HC, 4), rb=(HC, 4)), f"合约 {HC} 写了两次"),
        (PAIR, table("pair", hc=(HC, 4)), "contracts 里缺 rb：pair.py 要看它"),
        (PAIR, table("pair", hc=(HC, 4), rb=(RB, 3), ru=(FAR, 1)), "pair.py 没有合约 ru，可用：hc、rb"),
        (PAIR, table("pair", hc=(HC, 4), rb=("SHFE.rb9999", 3)), "未知合约 rb9999"),
        (PAIR, table("pair", hc=(HC, 4), rb=("SHFE.rb.main", 3)), "不能以主力连续为合约"),
        (PAIR, table("pair", hc=(HC, 4), rb=(RB, 0)), "pair.py 要交易 rb，max_lots 应为正整数"),
        (PAIR, table("pair", hc=(HC, 4), rb=(RB, -3)), "max_lots"),
        (PAIR, BOTH.replace('name = "rb"', 'name = "hc"'), "hc 写了两次"),
        (PAIR, BOTH.replace("max_lots = 3", "lots = 3"), "lots"),
        (PAIR, f"{BOTH}instrument = '{RB}'\n", "pair.py 看几个合约，instrument 请写进 contracts"),
        (PAIR, f"{BOTH}others = []\n", "others 由程序填写"),
        (PAIR, BOTH[: BOTH.index("contracts =")], "pair.py 看 hc、rb，请写 contracts"),
        (PAIR, table("pair", hc=(HC, 4), rb=("SPOT.rb.上海", 3)), "SPOT.rb.上海 是现货，自编策略只看合约"),
        (ONE_OF_TWO, BOTH, "pair.py 只看 rb，不交易它，请删去 max_lots"),
        (DOUBLE_MA, BOTH, "pair.py 只看一个合约，请写 instrument、max_lots"),
        (PAIR.replace('("hc", "rb")', '["hc", "rb"]'), BOTH, "CONTRACTS 应写成"),
        (PAIR.replace('("hc", "rb")', '("hc",)'), BOTH, "CONTRACTS 应写至少两个名字"),
        (PAIR.replace('("hc", "rb")', '("hc", "hc")'), BOTH, "名字不能相同"),
        (PAIR + 'TARGETS = ("ru",)\n', BOTH, "TARGETS 是其中要交易的"),
        (PAIR + "TARGETS = ()\n", BOTH, "至少一个"),
        (
            PAIR + "from terminal.strategies.own.averages import TwoAverages\naim = TwoAverages()\n",
            BOTH,
            "TwoAverages 只看一个合约",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_line_of_the_plan(
    code: str, text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "pair.py").write_text(code, encoding="utf-8")
    found = refusal(plan_file(tmp_path, HEAD, CAST, text))
    assert said in found
    assert found.startswith(f"方案 {tmp_path / 'plan.toml'} 第 ")
