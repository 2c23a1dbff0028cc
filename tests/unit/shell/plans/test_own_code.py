"""A strategy that a person has written lies beside the plan; what is wrong with it is said before anything starts."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest
from pathlib import Path

import pytest

from terminal.backtest import sleep
from terminal.backtest.run import play
from terminal.domain.commands import StartStrategy
from terminal.domain.errors import UserError
from terminal.domain.parameters.own import OwnSettings
from terminal.shell.plans.on_tape import absent_contracts, check_market
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.own_rule import AROUND, DOUBLE_MA, rule
from tests.own_rule import HEAD as CODE_HEAD
from tests.random_tape import FAR, NEAR, RandomTape
from tests.unit.shell.plans.plans import CAST, HEAD, plan, plan_file, refusal

OWN = """
[[strategy]]
id = "own"
kind = "own"
account = "A"
code = "mine.py"
instrument = "SHFE.rb2605"
max_lots = 5
"""


def code(folder: Path, text: str) -> None:
    (folder / "mine.py").write_text(text, encoding="utf-8")


def settings(folder: Path, text: str, *more: str) -> OwnSettings:
    code(folder, text)
    wish = plan(folder, HEAD, CAST, OWN, *more).script.entries[0].wish
    assert isinstance(wish, StartStrategy)
    assert isinstance(wish.settings, OwnSettings)
    return wish.settings


def test_the_settings_describe_the_code_for_those_who_do_not_have_it(tmp_path: Path) -> None:
    found = settings(tmp_path, DOUBLE_MA, "numbers = { fast = 7 }")
    assert (found.title, found.sample_seconds, found.window) == ("双均线", 60, 200)
    assert [(one.name, one.title, one.unit, one.value) for one in found.numbers] == [
        ("fast", "快线", "个", Decimal(7)),
        ("slow", "慢线", "个", Decimal(20)),
        ("lots", "手数", "手", Decimal(2)),
    ]
    assert len(DOUBLE_MA.splitlines()) <= 30


def test_another_text_is_another_strategy_and_another_plan(tmp_path: Path) -> None:
    one, plan_of_one = settings(tmp_path, AROUND), plan(tmp_path, HEAD, CAST, OWN).sha256
    other = settings(tmp_path, AROUND + "# 改了一个字\n")
    assert one.sha256 != other.sha256
    assert plan(tmp_path, HEAD, CAST, OWN).sha256 != plan_of_one


SHIFTY = """
class Shifty(SyntaxError):
    @property
    def lineno(self):
        raise GeneratorExit

raise Shifty("坏了")
"""
LAZY = """
def __getattr__(name):
    raise RuntimeError(name) if name == "check" else AttributeError(name)
"""


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("x = (", "", "mine.py 第 1 行不合 Python 语法"),
        ("import nosuchthing", "", "第 1 行出错：ModuleNotFoundError"),
        ("\n\n1 / 0", "", "第 3 行出错：ZeroDivisionError"),
        ("TITLE = '一'", "", "没有函数 aim(numbers, seen)"),
        (AROUND.replace('TITLE = "随价"', ""), "", "应有 TITLE"),
        (AROUND.replace("WINDOW = 10", "WINDOW = 0"), "", "WINDOW 应为 1 至 10000"),
        (AROUND.replace("SAMPLE_SECONDS = 1", 'SAMPLE_SECONDS = "1"'), "", "SAMPLE_SECONDS 应为"),
        (AROUND.replace("value=3700", "value=0"), "", "默认值 0 应在 1 至 9999 之间"),
        (AROUND.replace('"level", "价位"', '"Level", "价位"'), "", "参数名 Level 应以小写字母开头"),
        (AROUND.replace("least=1", 'least="x"'), "", "应为数字"),
        (AROUND.replace('"元", least', "1, least"), "", "应有名称、单位"),
        (CODE_HEAD.replace("whole=False),)", "whole=False))") + "def aim(n, s): pass\n", "", "一个也要有逗号"),
        (AROUND, "numbers = { lever = 3 }", "没有参数 lever，可用：level"),
        (AROUND, 'numbers = { level = "3" }', "level 应为数字"),
        (AROUND, "numbers = { level = 10000 }", "价位应在 1 至 9999 元之间，现为 10000"),
        (AROUND, "numbers = 3", "numbers 应写成表"),
        (AROUND, "window = 3", "window 由代码写定"),
        (AROUND, "before = []", "before 由移仓填写"),
        (DOUBLE_MA, "numbers = { fast = 30 }", "快线应短于慢线"),
        (DOUBLE_MA, "numbers = { fast = 2.5 }", "快线应为整数"),
        (AROUND + "wakes = 3\n", "", "wakes 应是函数 wakes(numbers, coming)，或删去它"),
        (AROUND + "def check(numbers): return 1 / 0\n", "", "check 出错：ZeroDivisionError"),
        (AROUND + "def check(numbers): return 3\n", "", "check 应返回文字，没有问题时返回空文字，返回了 3"),
        ("def f():\npass", "", "mine.py 第 2 行不合 Python 语法"),
        (SHIFTY, "", "mine.py 第 7 行出错：Shifty：坏了"),
        ("import asyncio\nraise asyncio.CancelledError", "", "第 2 行出错：CancelledError"),
        (
            AROUND.replace("WINDOW = 10", "WINDOW = 10 ** 5000"),
            "",
            "WINDOW 应为 1 至 10000 的整数，现为 一个说不出来的 int",
        ),
        (AROUND.replace("least=1", "least=10 ** 5000"), "", "应为数字"),
        (AROUND + LAZY, "", "读不出它写的内容（RuntimeError：check）"),
    ],
)
def test_what_is_wrong_is_said_with_the_line_of_the_plan(text: str, more: str, said: str, tmp_path: Path) -> None:
    code(tmp_path, text)
    found = refusal(plan_file(tmp_path, HEAD, CAST, OWN, more))
    assert said in found
    assert found.startswith(f"方案 {tmp_path / 'plan.toml'} 第 ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert f"读不到 {tmp_path / 'mine.py'}" in refusal(plan_file(tmp_path, HEAD, CAST, OWN))
    assert "缺少 code" in refusal(plan_file(tmp_path, HEAD, CAST, OWN.replace('code = "mine.py"', "")))


@pytest.mark.parametrize("text", [DOUBLE_MA.replace("SAMPLE_SECONDS = 60", "SAMPLE_SECONDS = 5"), AROUND])
def test_a_backtest_of_ones_own_is_the_same_whether_it_sleeps_or_not(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)  # every chance to sleep is taken
    code(tmp_path, text.replace("value=3700", "value=3000"))
    terms = f'[[instrument]]\nid = "{NEAR}"\nmargin_rate = "0.1"\nbroker_margin_add = "0"\nmax_lots = 500\n'
    terms += "".join(f'fees.{what} = {{ by_value = "0.0001" }}\n' for what in ("open", "close", "close_today"))
    cast = CAST.replace("position_lots = 100", "position_lots = 100\nday_loss_yuan = 1_000_000")
    path = plan_file(tmp_path, HEAD, cast, terms, OWN)
    recording = RandomTape(17).recording()
    awake, asleep = (
        play(recording, plan=read_plan(path, tapes.reference()), reference=tapes.reference(), sleeping=sleeping)
        for sleeping in (False, True)
    )
    for before, after in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        assert before.record == after.record
    assert asleep.fills
    assert asleep.passed > len(recording) // 10
    assert not asleep.report.violations
    assert asleep.report.strategies[0].activity.rounds.closed > 0


def test_a_rule_that_says_nothing_trades_nothing(tmp_path: Path) -> None:
    found = settings(tmp_path, rule("return None"))
    assert found.numbers[0].value == 3700


def test_a_plan_on_another_market_says_which_strategy_will_not_begin(tmp_path: Path) -> None:
    code(tmp_path, AROUND)
    read = plan(tmp_path, HEAD, CAST, OWN)
    assert absent_contracts(read, (NEAR,)) == []
    (said,) = absent_contracts(read, (FAR,))
    assert said == "策略 own 用到 SHFE.rb2605，这份行情里没有它，策略不会开始；请改方案或换行情。"
    check_market(read, (NEAR, FAR), ())
    with pytest.raises(UserError, match=f"方案用到 {NEAR}；行情里有 {FAR}。请换行情"):
        check_market(read, (FAR,), ())


def test_a_number_that_is_none_is_named_as_it_was_written(tmp_path: Path) -> None:
    code(tmp_path, AROUND)
    found = refusal(plan_file(tmp_path, HEAD, CAST, OWN, "numbers = { level = nan }"))
    assert "level" in found
    assert "数字" in found
