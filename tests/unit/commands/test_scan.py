"""The verb: a table for people, an object for programs, one sentence for what cannot be, and a draft that waits."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from terminal.backtest.run import Ran, backtest
from terminal.commands.main import main
from terminal.commands.scan import write_new_plan
from terminal.domain.errors import UserError
from terminal.domain.fact import facts as f
from terminal.engine.records.journal import Record
from terminal.reports.scan.scan import ScanSettings, Step
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.e2e import own_market as own
from tests.minute_tapes import keep
from tests.own_rule import AROUND
from tests.scan_tapes import FAR, NEAR, found, legs, swing, write

MONEY = "".join(f'[[instrument]]\nid = "SHFE.{name}"\nbroker_margin_add = "0.02"\n' for name in (NEAR, FAR))
GAPS = [*swing(110), *[112] * 10]
AT = "2023-10-10 10:00:00"  # when the spread stands at 110, the last that goes to and fro
START = '\n[[command]]\ndo = "start"\nat = "2023-10-10 10:01:00"\nby = "trader"\nstrategy = "scan-rb2401-rb2405"\n'


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main(["scan", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def ground(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of two months' quotes, and a plan that knows their money."""
    folder = tmp_path / "tape"
    folder.mkdir()
    write(folder, legs(GAPS))
    return folder, own.write_plan(tmp_path / "plan.toml", MONEY)


def played(folder: Path, plan: Path) -> Ran:
    return backtest([folder], plan=read_plan(plan, tapes.reference()), reference=tapes.reference())


def facts(ran: Ran) -> list[f.Fact]:
    return [entry.record.fact for entry in ran.journal.replay() if isinstance(entry.record, Record)]


def test_the_table_names_instant_rank_figures_and_that_nothing_is_ordered(
    ground: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, ground[0], "--at", AT)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("回放 2023-10-10　截至 2023-10-10 10:00:00（交易日 20231010）　每分钟一个样本")
    assert lines[2].split()[:6] == ["1", "rb2401", "-", "rb2405", "跨期", "卖出"]
    assert lines[2].split()[6:9] == ["111", "109", "100.13"]
    assert lines[2].split()[-5:] == ["98.67", "20.00", "14.62", "64.05", "5"]
    assert "只算不报" in out
    assert "没有排名的" not in out
    assert err.startswith("用时")


def test_where_there_is_nothing_to_compare_it_says_what_to_do(
    ground: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, ground[0] / f"{NEAR}.csv")
    assert code == 0
    assert out.splitlines()[1:] == [
        "没有可比的价差：行情里没有同一品种的两个月份，也没有比价表里各腿同月的合约；请用 --pairs 写明合约。"
    ]


def test_of_own_ratios_the_absent_ones_are_named(
    ground: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = tmp_path / "pairs.toml"
    pairs.write_text('[[pair]]\nname = "铜铝"\nformula = "cu - al"\n', encoding="utf-8")
    code, out, _ = run(capsys, ground[0], "--at", AT, "--pairs", pairs)
    assert code == 0
    assert out.splitlines()[-2:] == ["没有排名的 1 个：", "铜铝  跨品种  行情里没有各腿同月的合约"]


def test_the_object_holds_the_same_figures_exactly(
    ground: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, *ground[0].glob("*.csv"), "--at", AT, "--json")
    told = json.loads(out)
    assert code == 0
    (one,) = told["ranked"]
    assert (one["side"], one["net"], one["mean"]) == ("SELL", "64.05", "100.133333")
    assert [leg["instrument"] for leg in one["legs"]] == [f"SHFE.{NEAR}", f"SHFE.{FAR}"]
    assert told["left_out"] == []


def test_a_draft_is_a_whole_plan_that_waits_until_somebody_starts_it(
    ground: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, plan = ground
    file = tmp_path / "draft.toml"
    code, _, err = run(capsys, folder, "--plan", plan, "--at", AT, "--draft", "1", file)
    assert code == 0
    assert "不会自己启动" in err
    assert file.read_text(encoding="utf-8").startswith(plan.read_text(encoding="utf-8").rstrip())
    waiting = facts(played(folder, file))
    assert not any(isinstance(fact, f.StrategyStarted | f.OrderRecorded) for fact in waiting)
    started = tmp_path / "started.toml"
    started.write_text(file.read_text(encoding="utf-8") + START, encoding="utf-8")
    begun = facts(played(folder, started))
    (settings,) = [fact.settings for fact in begun if isinstance(fact, f.StrategyStarted)]
    # Sold where it could be sold, and bought back as far on the other side of 100.133333.
    assert (settings.sell_at, settings.buy_at) == (Decimal(109), Decimal(91))  # type: ignore[union-attr]
    filled = {fact.instrument: fact.side.name for fact in begun if isinstance(fact, f.OrderFilled)}
    assert filled == {f"SHFE.{NEAR}": "SELL", f"SHFE.{FAR}": "BUY"}


def test_a_second_draft_of_the_same_pair_has_a_name_of_its_own(
    ground: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    assert run(capsys, ground[0], "--plan", ground[1], "--at", AT, "--draft", "1", first)[0] == 0
    assert run(capsys, ground[0], "--plan", first, "--at", AT, "--draft", "1", second)[0] == 0
    assert 'id = "scan-rb2401-rb2405-2"' in second.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "没有行情"),
        (["TAPE", "--step", "hour"], "--step 应为 minute 或 day，现为 hour"),
        (["TAPE", "--rank", "best"], "--rank 应为 net 或 z"),
        (["TAPE", "--window", "2"], "样本数不合"),
        (["TAPE", "--at", "10:00"], "应写成上海时间"),
        (["TAPE", "--at", "2023-10-10 10:61:00"], "没有 10:61:00 这个时刻"),
        (["TAPE", "--at", "2023-10-09 10:00:00"], "不在行情之内"),
        (["TAPE", "--pairs", "PLAN"], "比价表"),
        (["TAPE", "--draft", "1", "NEW"], "请用 --plan 指定"),
        (["TAPE", "--plan", "PLAN", "--draft", "1", "PLAN"], "plan.toml：这个名字已有，不覆盖它"),
        (["TAPE", "--plan", "PLAN", "--draft", "2", "NEW", "--at", AT], "没有第 2 名：这次排名的有 1 个"),
        (["TAPE", "--plan", "PLAN", "--draft", "1", "NEW", "--account", "B"], "草案的账户应是方案里的一个（A）"),
        (["NEW"], "找不到行情文件"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(
    words: list[str], said: str, ground: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"TAPE": str(ground[0]), "PLAN": str(ground[1]), "NEW": str(tmp_path / "new.toml")}
    code, out, err = run(capsys, *(places.get(word, word) for word in words))
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "new.toml").exists()
    assert list(tmp_path.glob("*.part")) == []


def test_a_plan_that_reads_files_of_its_folder_has_its_draft_there(
    ground: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "spot.csv").write_text("at,price\n2023-10-10 09:00:10,3700\n", encoding="utf-8")
    series = '[[spot_series]]\nfile = "spot.csv"\ninstrument = "SPOT.rb.上海"\nsource = "示例"\n'
    plan = own.write_plan(tmp_path / "series.toml", MONEY, series)
    (tmp_path / "elsewhere").mkdir()
    words = (ground[0], "--plan", plan, "--at", AT, "--draft", "1")
    code, _, err = run(capsys, *words, tmp_path / "elsewhere" / "draft.toml")
    assert code == 2
    assert "（spot.csv），草案要写在同一个文件夹里" in err
    assert run(capsys, *words, tmp_path / "draft.toml")[0] == 0


def test_a_plan_with_a_strategy_of_ones_own_is_told_so_before_anything_is_scanned(
    ground: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "around.py").write_text(AROUND, encoding="utf-8")
    strategy = '[[strategy]]\nid = "mine"\nkind = "own"\naccount = "A"\ncode = "around.py"\nmax_lots = 3\n'
    plan = own.write_plan(tmp_path / "mine.toml", MONEY, f'{strategy}instrument = "SHFE.{NEAR}"\n')
    (tmp_path / "elsewhere").mkdir()
    words = ("--plan", plan, "--at", AT, "--draft", "1")
    # Given no recording to scan, it is the place of the draft that is refused first
    code, _, err = run(capsys, tmp_path / "nothing.csv", *words, tmp_path / "elsewhere" / "draft.toml")
    assert (code, err) == (
        2, f"hengduo: {plan} 用到旁边的文件（around.py），草案要写在同一个文件夹里，请改 --draft 的文件。\n",
    )  # fmt: skip
    # Beside the plan it is written, also where the folder is called by another name
    (tmp_path / "by link").symlink_to(tmp_path)
    assert run(capsys, ground[0], *words, tmp_path / "by link" / "draft.toml")[0] == 0
    assert read_plan(tmp_path / "draft.toml", tapes.reference()).script.entries


def test_a_draft_that_is_no_plan_is_refused_by_the_name_it_would_have(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"方案 .*draft\.toml 第 1 行：不认识的键 what"):
        write_new_plan(tmp_path / "draft.toml", "what = 1\n", tapes.reference())
    assert list(tmp_path.iterdir()) == []


def test_what_earns_nothing_after_costs_has_no_draft(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "tape"
    folder.mkdir()
    write(folder, legs(swing(101)))
    plan = own.write_plan(tmp_path / "plan.toml", MONEY)
    code, _, err = run(capsys, folder, "--plan", plan, "--draft", "1", tmp_path / "new.toml")
    assert code == 2
    assert "扣除成本后净利 −" in err
    assert not (tmp_path / "new.toml").exists()


def test_recorded_minutes_of_ore_rank_and_those_of_steel_do_not_come_back(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    minutes = shared_data / "spread_1min"
    plans = Path(__file__).resolve().parent.parent.parent.parent / "resources" / "plans"
    files, plan = (minutes / "Iron.csv.gz", minutes / "RB.csv.gz"), plans / "i_minutes.toml"
    code, out, _ = run(capsys, *files, "--plan", plan, "--window", "2000", "--json")
    assert code == 0
    told = json.loads(out)
    assert [one["name"] for one in told["ranked"]] == ["i2101 - i2105"]
    (one,) = told["ranked"]
    assert Decimal(one["net"]) == Decimal(one["gross"]) - Decimal(one["slippage"]) - Decimal(one["fees"])
    # Two legs, each reckoned a tick of half a yuan either way, a hundred tonnes a lot.
    assert Decimal(one["slippage"]) == 200
    assert Decimal(one["buy"]) - Decimal(one["sell"]) == 2
    assert {each["name"]: each["reason"] for each in told["left_out"]} == {"rb2010 - rb2101": "NOT_REVERTING"}
    # The same figures from the file itself, by another way; a minute that begins when trading ends is none.
    with gzip.open(minutes / "Iron.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Time"][11:16] not in {"10:15", "11:30", "15:00", "23:00"}]
    gaps = np.array([float(row["Price_Gap"]) for row in rows[-2000:]])
    slope, _ = np.polyfit(gaps[:-1], np.diff(gaps), 1)
    assert one["half_life"] == pytest.approx(-np.log(2) / slope, rel=1e-6)
    assert one["z"] == pytest.approx((gaps[-1] - gaps.mean()) / gaps.std(ddof=1), rel=1e-6)


def test_recorded_ticks_say_the_same_at_an_instant_whatever_follows(shared_data: Path) -> None:
    ticks = shared_data / "tick" / "ctp_full"
    files = [ticks / f"AP{month}_{day}.csv.gz" for month in ("010", "101") for day in (20200803, 20200804)]
    ends = tapes.reference().calendar.ends_at(20200803) - 3 * 3_600 * 1_000_000_000  # 14:00
    short, whole = tapes.read(*files[::2]), tapes.read(*files)
    for settings in (ScanSettings(), ScanSettings(step=Step.DAY, at_least=4)):
        known, scanned = (found(one, at=ends, step=settings.step, at_least=settings.at_least) for one in (short, whole))
        assert (known.ranked, known.left_out, known.at) == (scanned.ranked, scanned.left_out, scanned.at)
        assert known.left_out or known.ranked


def test_what_a_runner_recorded_is_ranked_as_the_recording_itself_is(
    ground: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a runner that has seen the same market, minute by minute
    runner = tmp_path / "runner" / "sample"
    runner.mkdir(parents=True)
    (runner / "journal.db").touch()
    with_nothing, _, said = run(capsys, "--data", tmp_path)
    assert (with_nothing, "还没有运行器记下的行情" in said) == (2, True)
    keep(tapes.read(*ground[0].iterdir()), runner)
    # When both are scanned at the same instant
    told = [run(capsys, *words, "--at", AT, "--json")[1] for words in (("--data", tmp_path), (ground[0],))]
    kept, recorded = (json.loads(one) for one in told)
    # Then only the name of the market differs, and the draft waits for an account.
    assert kept["ranked"] == recorded["ranked"]
    assert kept["ranked"][0]["observations"] == 60
    assert (kept["market"], kept["drafts"]) == ("运行器记下的行情", recorded["drafts"])
    (draft,) = kept["drafts"]
    assert (draft["settings"]["buy_at"], draft["settings"]["sell_at"]) == ("91", "109")
    assert draft["settings"]["account"] == draft["why_not"] == ""


def test_recorded_files_and_a_runner_are_not_scanned_as_one_market(
    ground: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, ground[0], "--data", ground[0])
    assert (code, "只能写一样" in err) == (2, True)
