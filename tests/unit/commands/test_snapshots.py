"""`hengduo snapshots` on a journal on the disk, as a person calls it: the days of DOMAIN 5.1."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from terminal.commands.main import main
from terminal.domain.fact.facts import DaySettled, SettlementCorrected
from terminal.domain.ids import AccountId
from terminal.store.journal import JOURNAL_FILE, SqliteJournal
from tests.books import BUY, OPEN, REBAR
from tests.told_days import AFTER, TENANT, Story, three_days
from tests.told_marks import corrected

LATER = 20250707
FLOWS = ("moved", "close_profit", "position_profit", "premium")


@pytest.fixture
def told(tmp_path: Path) -> Path:
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        three_days(journal)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    assert main(["snapshots", *map(str, words)]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    assert main(["snapshots", *map(str, words)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    return said.err


def test_every_settled_day_says_what_it_did_and_how_it_ended(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = json.loads(shown(capsys, told, "--json"))
    assert [one["name"] for one in days] == ["20250701", "20250702", "20250703"]
    assert [(one["close_profit"], one["moved"]) for one in days] == [("1000", "0"), ("1590", "0"), ("-1560", "50000")]
    for one in days:
        earned = sum(Decimal(one[name]) for name in FLOWS) - Decimal(one["commission"])
        assert Decimal(one["start_equity"]) + earned == Decimal(one["equity"])
        assert Decimal(one["balance"]) + Decimal(one["floating_profit"]) == Decimal(one["equity"])
    assert [one["start_equity"] for one in days[1:]] == [one["equity"] for one in days[:-1]]
    assert [(held["side"], held["lots"]) for held in days[2]["positions"]] == [("BUY", 8), ("SELL", 6)]


def test_weeks_and_months_are_the_sums_of_their_days(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = json.loads(shown(capsys, told, "--json"))
    for by, name in (("week", "2025-W27"), ("month", "2025-07")):
        (whole,) = json.loads(shown(capsys, told, "--by", by, "--json"))
        assert (whole["name"], whole["days"], whole["first"], whole["last"]) == (name, 3, 20250701, 20250703)
        assert whole["start_equity"] == days[0]["start_equity"]
        assert whole["equity"] == days[2]["equity"]
        for flow in (*FLOWS, "commission"):
            assert Decimal(whole[flow]) == sum(Decimal(one[flow]) for one in days)
        assert whole["sha256"] not in {one["sha256"] for one in days}


def test_what_is_said_of_a_day_never_changes_with_what_comes_later(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = json.loads(shown(capsys, told, "--json"))
    with closing(SqliteJournal(told, TENANT)) as journal:
        story = Story(journal, REBAR, account=AccountId("OTHER"), day=AFTER)
        story.trades = 8
        story.trade(REBAR, BUY, OPEN, 1, 3200)
        story.settle({REBAR: 3201}, AFTER + 3)
    after = json.loads(shown(capsys, told, "--json"))
    assert [one for one in after if one["account"] == "HEDGE"] == before
    assert "OTHER" in {one["account"] for one in after}
    assert {one["account"] for one in json.loads(shown(capsys, told, "--account", "OTHER", "--json"))} == {"OTHER"}
    assert "请指明一个：HEDGE:20250701。" in refused(capsys, told, "--compare", "20250701", "HEDGE:20250702")
    assert "HEDGE 20250701@" in shown(capsys, told, "--compare", "HEDGE:20250701", f"OTHER:{AFTER}")


def test_a_settlement_price_that_came_late_makes_a_new_version_and_the_old_one_can_be_had(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        story, _ = three_days(journal)
        story.say(
            DaySettled(
                account=story.account,
                trading_day=AFTER,
                next_day=LATER,
                prices={REBAR.id: Decimal(3195)},
                provisional=(REBAR.id,),
            )
        )
        name = str(AFTER)
        (old,) = [one for one in json.loads(shown(capsys, tmp_path, "--json")) if one["name"] == name]
        assert old["provisional"] == [REBAR.id]
        prices = corrected({REBAR.id: (Decimal(3195), Decimal(3200), Decimal(20))})
        story.say(SettlementCorrected(account=story.account, trading_day=AFTER, prices=prices))
        story.trade(REBAR, BUY, OPEN, 1, 3201)
        story.settle({REBAR: 3205}, LATER + 1)
    days = {one["name"]: one for one in json.loads(shown(capsys, tmp_path, "--json"))}
    new = days[name]
    assert (new["provisional"], new["version"]) == ([], old["version"] + 1)
    assert Decimal(new["equity"]) - Decimal(old["equity"]) == 100  # 2 lots net, of 10 tonnes, 5 yuan
    assert days[str(LATER)]["start_equity"] == new["equity"]
    asked = (tmp_path, "--compare", f"{name}@{old['version']}", name)
    found = json.loads(shown(capsys, *asked, "--json"))
    assert (found["first"], found["second"]) == (old, new)
    said = shown(capsys, *asked)
    assert "持仓盈亏（盯市） 0.00 → 100.00（+100.00）" in said
    assert f"{REBAR.id} 套保 多　结算价 3,195 → 3,200（+5）" in said


def test_a_price_of_a_missed_day_in_an_older_journal_leaves_the_day_before_it_provisional_and_the_sums_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a journal that went over a trading day at once and took that day's price for what waited
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        story, _ = three_days(journal)
        at = {REBAR.id: Decimal(3195)}
        story.say(
            DaySettled(account=story.account, trading_day=AFTER, next_day=LATER + 1, prices=at, provisional=(REBAR.id,))
        )
        prices = corrected({REBAR.id: (Decimal(3195), Decimal(3200), Decimal(20))})
        story.say(SettlementCorrected(account=story.account, trading_day=LATER, prices=prices))
        story.settle({REBAR: 3205}, LATER + 2)
    days = {one["name"]: one for one in json.loads(shown(capsys, tmp_path, "--json"))}
    assert days[str(AFTER)]["provisional"] == [REBAR.id]
    assert days[str(LATER + 1)]["start_equity"] == days[str(AFTER)]["equity"]


def test_two_snapshots_are_compared_figure_by_figure_and_lot_by_lot(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = shown(capsys, told, "--compare", "20250701", "20250703")
    assert "出入金 0.00 → 50,000.00（+50,000.00）" in said
    assert "SHFE.rb2510 套保 多　手数 25 → 8（-17）" in said
    assert "SHFE.rb2510 套保 多　结算价 3,225 → 3,195（-30）" in said
    assert "SHFE.rb2510 套保 空　手数 无 → 6" in said
    assert shown(capsys, told, "--compare", "20250701", "20250701").rstrip().endswith("没有不同")
    changes = json.loads(shown(capsys, told, "--compare", "2025-W27", "20250703", "--json"))["changes"]
    assert {one["what"] for one in changes} >= {"start_equity", "close_profit", "commission"}
    assert "equity" not in {one["what"] for one in changes}


def test_the_table_has_a_row_for_each(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, told, "--csv", told / "days.csv").count("\n") == 3
    with (told / "days.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["close_profit"]) for row in rows] == [
        ("20250701", "1000.00"), ("20250702", "1590.00"), ("20250703", "-1560.00"),
    ]  # fmt: skip
    written = (told / "days.csv").read_bytes()
    assert "这个名字已有" in refused(capsys, told, "--csv", told / "days.csv")
    assert (told / "days.csv").read_bytes() == written
    assert "没有文件夹" in refused(capsys, told, "--csv", told / "nowhere" / "days.csv")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--by", "year"), "--by 应是 day、week、month 之一，现为 year；请改正。"),
        (("--account", "NOBODY"), "请核对账户名。"),
        (("--compare", "20250704", "20250703"), "没有快照 20250704，有的是 20250701 至 20250703"),
        (("--compare", "20250703@x", "20250703"), "@ 之后应是日志的位置（整数）"),
        (("--compare", "20250703@9", "20250703"), "没有快照 20250703@9，一份也没有"),
        (("--compare", "20250703@99999", "20250703"), "@ 之后应在 1 与 "),
        (("--compare", "NOBODY:20250703", "20250703"), "没有快照 NOBODY:20250703，一份也没有"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(
    words: tuple[str, ...], sentence: str, told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(capsys, told, *words)


def test_a_journal_without_a_settled_day_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        Story(journal, REBAR)
    assert shown(capsys, tmp_path) == "还没有结算过的交易日，也就没有快照。\n"
    assert JOURNAL_FILE in refused(capsys, tmp_path / "elsewhere")
