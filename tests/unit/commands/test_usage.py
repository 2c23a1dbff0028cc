from __future__ import annotations

import pytest

from terminal.commands import main

HELP = "；用法见 hengduo {} --help。"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("backtest --plann x", "backtest 没有选项 --plann，相近的有 --plan" + HELP),
        ("--foo", "run 没有选项 --foo，用法见 hengduo run --help。"),
        ("backtest", "backtest 缺少选项 --plan" + HELP),
        ("verify", "verify 缺少参数 目录" + HELP),
        ("verify a b", "verify 后面多了 b，不知道是什么（路径里有空格要加引号）" + HELP),
        ("backtest --plan", "backtest 的选项 --plan 后面缺少它的值" + HELP),
        ("doctor --json=3", "doctor 的选项 --json 不带值，请去掉等号和后面的字" + HELP),
        ("runner --data x --speed fast", "runner 的选项 --speed 写得不对：应为数，现为 fast" + HELP),
        ("backtest --plan x --workers 0", "backtest 的选项 --workers 写得不对：应为不小于 1 的数，现为 0" + HELP),
        ("scan --window 1.5 x", "scan 的选项 --window 写得不对：应为整数，现为 1.5" + HELP),
        (
            "backtest --plan x --engine fast",
            "backtest 的选项 --engine 写得不对：应为 engine 或 kernel，现为 fast" + HELP,
        ),
        ("bakctest", "没有动词 bakctest，是不是 backtest？全部动词见 hengduo --help。"),
        ("nothing-like-it", "没有动词 nothing-like-it，全部动词见 hengduo --help。"),
    ],
)
def test_what_is_wrong_with_a_line_is_one_sentence_and_code_two(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = line.split()
    assert main.main(words) == main.USER_ERROR
    told = capsys.readouterr()
    assert told.err == f"hengduo: {sentence.format(words[0])}\n"
    assert told.out == ""


def test_what_a_verb_ends_with_is_what_the_program_ends_with(tmp_path: object) -> None:
    # A journal that is none is the verb's own sentence, a page of help is no error.
    assert main.main(["verify", f"{tmp_path}"]) == main.USER_ERROR
    assert main.main(["verify", "--help"]) == 0
