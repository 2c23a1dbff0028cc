"""`hengduo recompute` on a journal on the disk, as a person calls it."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from terminal.commands.main import main
from terminal.domain.errors import InvariantError
from terminal.domain.fact.facts import DaySettled, SettlementCorrected
from terminal.store.journal import JOURNAL_FILE, SqliteJournal
from terminal.store.marks import MARKS_FILE, MarksFile
from tests.books import BUY, OPEN, REBAR, SELL, TODAY
from tests.told_days import AFTER, TENANT, Story, three_days
from tests.told_marks import corrected, stored

LATER = 20250707


def tell(data: Path, *, more: bool = False, odd: bool = False) -> None:
    with closing(SqliteJournal(data, TENANT)) as journal:
        if odd:  # a close of what was never opened: no fold lets it pass
            story = Story(journal, REBAR)
            with pytest.raises(InvariantError):
                story.trade(REBAR, SELL, TODAY, 1, 3190)
            return
        story, _ = three_days(journal)
        if more:
            story.trade(REBAR, SELL, OPEN, 1, 3190)


def test_a_journal_is_recomputed_and_the_result_lies_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(tmp_path)
    table = tmp_path / "marks.csv"
    assert main(["recompute", str(tmp_path), "--csv", str(table), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["trades"], found["holdings"], found["days"], found["marks"]) == (8, 2, 3, 4)
    assert found["accounts"]["HEDGE"]["close_profit"] == "1030"
    assert len(found["sha256"]) == 64
    assert (tmp_path / MARKS_FILE).is_file()
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["side"], row["trading_day"], row["lots"], row["close_profit"]) for row in rows] == [
        ("LONG", "20250701", "25", "1000.00"),
        ("LONG", "20250702", "20", "1590.00"),
        ("LONG", "20250703", "8", "-1560.00"),
        ("SHORT", "20250703", "6", "0.00"),
    ]


def test_people_read_the_sums_the_hash_and_what_is_going_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell(tmp_path)
    assert main(["recompute", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "成交 8　持仓 2　交易日 3　逐日盯市 4 行" in said.out
    assert "HEDGE　平仓盈亏（盯市）1,030.00　持仓盈亏（盯市）-690.00" in said.out
    assert "结果哈希" in said.out
    assert said.err.splitlines() == ["读出成交 …", "逐日重算 …", "写回逐日盯市 …"]


def test_again_gives_the_same_hash_and_what_came_since_is_taken_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def digest() -> str:
        assert main(["recompute", str(tmp_path), "--json"]) == 0
        return str(json.loads(capsys.readouterr().out)["sha256"])

    tell(tmp_path / "short")
    tell(tmp_path / "long", more=True)
    tell(tmp_path)
    first = digest()
    assert digest() == first
    (tmp_path / JOURNAL_FILE).write_bytes((tmp_path / "long" / JOURNAL_FILE).read_bytes())
    assert digest() != first
    (tmp_path / JOURNAL_FILE).write_bytes((tmp_path / "short" / JOURNAL_FILE).read_bytes())
    assert digest() == first


def test_a_settlement_price_that_came_late_makes_a_new_version_and_the_old_one_can_be_had_with_its_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(*more: str) -> dict[str, Any]:
        assert main(["recompute", str(tmp_path), "--json", *more]) == 0
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        story, _ = three_days(journal)
        story.trade(REBAR, BUY, OPEN, 2, 3201)
        waits = DaySettled(
            account=story.account,
            trading_day=AFTER,
            next_day=LATER,
            prices={REBAR.id: Decimal(3195)},
            provisional=(REBAR.id,),
        )
        story.say(waits)
    old = found()
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        story.journal = journal
        prices = corrected({REBAR.id: (Decimal(3195), Decimal(3200), Decimal(20))})
        story.say(SettlementCorrected(account=story.account, trading_day=AFTER, prices=prices))
        story.trade(REBAR, SELL, OPEN, 1, 3190)  # of a day not settled by then: no difference
    new = found()
    (late,) = new["late_prices"]
    assert (late[1:], new["sha256"] != old["sha256"]) == (["HEDGE", AFTER, REBAR.id, "3195", "3200"], True)
    before = found("--before", str(late[0]))["before"]
    assert before["sha256"] == old["sha256"]
    changed = [
        (one["side"], one["trading_day"], one["figure"], one["before"], one["now"]) for one in before["differences"]
    ]
    assert changed == [
        ("BUY", AFTER, "position_profit", "-120", "380"),  # 8 lots from 3195, 2 from 3201
        ("BUY", AFTER, "floating_profit", "-2870", "-2370"),  # 3 lots from 3220, 5 from 3235, 2 from 3201
        ("SELL", AFTER, "position_profit", "0", "-300"),
        ("SELL", AFTER, "floating_profit", "300", "0"),
    ]
    assert found("--before", str(late[0] + 1))["before"]["differences"] == []
    main(["recompute", str(tmp_path), "--before", str(late[0])])
    said = capsys.readouterr().out
    assert f"晚到的结算价：日志第 {late[0]} 条，HEDGE {AFTER} {REBAR.id} 3195 → 3200" in said
    assert "已结算的日子有 4 个数不同：" in said
    assert f"HEDGE {AFTER} {REBAR.id} 套保 空　浮动盈亏 300.00 → 0.00（-300.00）" in said


@pytest.mark.parametrize("position", ["1", "-3", "99999"])
def test_a_version_that_never_was_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], position: str
) -> None:
    tell(tmp_path)
    assert main(["recompute", str(tmp_path), "--before", position]) == 2
    said = capsys.readouterr()
    assert f"现为 {position}；请换一个位置。" in said.err
    assert said.out == ""


def test_a_folder_without_a_journal_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recompute", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"hengduo: {tmp_path} 里没有 {JOURNAL_FILE}；请给出运行器的数据目录。\n"
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_journal_is_one_sentence_and_the_old_marks_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(tmp_path)
    main(["recompute", str(tmp_path)])
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        run = journal._connection.exec_driver_sql
        run("DROP TRIGGER records_never_changed")
        run("UPDATE records SET bytes = CAST(replace(CAST(bytes AS TEXT), '3210', '3211') AS BLOB)")
        run("UPDATE records SET hash = randomblob(32) WHERE position = (SELECT max(position) FROM records)")
    before = (tmp_path / MARKS_FILE).read_bytes()
    capsys.readouterr()
    assert main(["recompute", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert said.err.startswith("hengduo: ")
    assert (tmp_path / MARKS_FILE).read_bytes() == before


def test_a_table_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell(tmp_path)
    assert main(["recompute", str(tmp_path), "--csv", str(tmp_path / "nowhere" / "marks.csv")]) == 2
    assert f"没有文件夹 {tmp_path / 'nowhere'}" in capsys.readouterr().err


def test_a_file_that_stands_is_not_overwritten_by_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell(tmp_path)
    plan = tmp_path / "day.toml"
    plan.write_text("mine")
    assert main(["recompute", str(tmp_path), "--csv", str(plan)]) == 2
    assert f"--csv {plan}：这个名字已有" in capsys.readouterr().err
    assert plan.read_text() == "mine"


def test_a_history_that_cannot_be_leaves_the_old_marks_also_where_it_was_gathered_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(tmp_path)
    main(["recompute", str(tmp_path)])
    with closing(MarksFile(tmp_path)) as file:
        before = stored(file)
    tell(tmp_path / "odd", odd=True)
    (tmp_path / JOURNAL_FILE).write_bytes((tmp_path / "odd" / JOURNAL_FILE).read_bytes())
    capsys.readouterr()
    assert main(["recompute", str(tmp_path)]) == 2
    assert "SHFE.rb2510 在 20250701 重算不下去" in capsys.readouterr().err
    with closing(MarksFile(tmp_path)) as file:
        assert stored(file) == before


@pytest.mark.parametrize("harm", ["DROP TABLE holdings", "UPDATE trades SET fee = fee + 1000000", "DELETE FROM trades"])
def test_whatever_was_done_to_the_file_the_same_journal_gives_the_same_hash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], harm: str
) -> None:
    def found() -> dict[str, object]:
        assert main(["recompute", str(tmp_path), "--json"]) == 0
        result = json.loads(capsys.readouterr().out)
        del result["wall_s"]
        return dict(result)

    tell(tmp_path)
    before = found()
    with closing(MarksFile(tmp_path)) as file:
        file._connection.exec_driver_sql(harm)
    assert found() == before
