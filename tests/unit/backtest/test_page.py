"""Write reports as pages: whole in themselves, safe, the same every time."""

from __future__ import annotations

import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.backtest.charts import Series, bar_chart, line_chart, short, time_labels
from terminal.backtest.page import page
from terminal.backtest.report import Report, SpotResult, Violation
from terminal.backtest.run import backtest
from terminal.backtest.tables import days_table, spots_table
from terminal.backtest.words import yuan
from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.ids import InstrumentId
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.e2e import own_market as own


class Outline(HTMLParser):
    """Follow the tags of a page, and gather its words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.names: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.names.update(name for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder: Path = tmp_path_factory.mktemp("page")
    tapes.ctp_tape(folder)
    plan = own.write_plan(
        folder / "plan.toml",
        own.APPLE,
        own.order("2020-07-31 09:00:00", "CZCE.AP010", "BUY OPEN", 2, "7010"),
        own.order("2020-07-31 09:00:00", "CZCE.AP010", "BUY OPEN", 900, "7010"),
    )
    read = read_plan(plan, tapes.reference())
    return backtest([*folder.glob("*.csv.gz")], plan=read, reference=tapes.reference()).report


def outline(report: Report) -> Outline:
    found = Outline()
    found.feed(page(report).decode())
    assert found.open == []
    return found


def test_a_page_is_whole_in_itself(report: Report) -> None:
    text, found = page(report).decode(), outline(report)
    assert {"svg", "table", "style"} <= found.seen
    assert not found.seen & {"script", "img", "link", "iframe"}
    assert not found.names & {"src", "href"}
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text
    assert page(report) == page(report)


def test_a_page_says_the_figures_of_the_report(report: Report) -> None:
    found = outline(report)
    (account,) = report.accounts
    for what in (account.equity, account.drawdown.yuan, account.activity.fees, account.most_margin):
        assert yuan(what) in found.text
    assert report.source.data_sha256 in found.text
    assert [*account.activity.refused] != []
    for code, count in account.activity.refused.items():
        assert f"{count} 次：{account.activity.refusals[code]}" in found.text
    assert "全部成立" in found.text


def test_a_page_says_first_that_an_invariant_does_not_hold(report: Report) -> None:
    fault = Violation(at=instant(20200731, 9), trading_day=20200731, sentence="I9 A: <lots> & money")
    found = outline(replace(report, violations=(fault,)))
    assert "1 处不成立" in found.text
    assert fault.sentence in found.text
    assert "全部成立" not in found.text


def test_names_from_a_plan_are_text_and_no_tags(report: Report) -> None:
    named = replace(report.accounts[0], name="<b>甲</b>")
    found = outline(replace(report, accounts=(named,)))
    assert "<b>甲</b>" in found.text


@pytest.mark.parametrize("values", [[0], [5], [5, 5, 5], [-3, 2], [10_000_000, 10_000_001], [-1, -2]])
def test_a_line_stays_inside_its_picture(values: list[int]) -> None:
    chart = line_chart([Series("equity", [Decimal(value) for value in values])], [], title="x", height=200)
    (path,) = re.findall(r'<path class="equity" d="M([^"]*)"', chart)
    points = [tuple(map(float, pair.split())) for pair in path.split("L")]
    assert len(points) == max(len(values), 2)
    assert all(0 <= across <= 960 and 0 <= down <= 200 for across, down in points)
    heights = [down for _, down in points]
    assert heights == sorted(heights, reverse=values == sorted(values))  # what is more stands higher


def test_bars_stand_on_zero_and_hang_from_it() -> None:
    chart = bar_chart([Decimal(4), Decimal(-2)], ["a", "b"], title="x")
    bars = re.findall(r'<rect class="(\w+)" [^>]*y="([\d.]+)"[^>]*height="([\d.]+)"', chart)
    (up, top, tall), (down, base, deep) = bars
    assert (up, down) == ("up", "down")
    assert float(top) + float(tall) == pytest.approx(float(base), abs=0.11)
    assert float(tall) == pytest.approx(2 * float(deep), abs=0.2)


def test_nothing_to_draw_is_no_picture() -> None:
    assert line_chart([Series("equity", [])], [], title="x") == bar_chart([], [], title="x") == ""


def test_labels_are_days_or_hours_and_do_not_stand_on_each_other() -> None:
    day = [instant(20200803, 9) + minute * MINUTE_NS for minute in range(120)]
    assert [label.text for label in time_labels(day)] == [
        "09:00", "09:20", "09:40", "10:00", "10:19", "10:39", "10:59",
    ]  # fmt: skip
    evening = [instant(20200731, 21)]
    following = [instant(20200804, 9) + minute * MINUTE_NS for minute in range(120)]
    assert [label.text for label in time_labels([*evening, *day, *following])] == ["08-03", "08-04"]
    assert time_labels([]) == []


def test_axis_amounts_are_short() -> None:
    assert [short(value) for value in (0.0, -5000.0, 10_000.0, -1_002_000.0)] == ["0", "−5,000", "1 万", "−100.2 万"]


def test_days_on_end_without_a_position_are_one_row_and_no_other_day_is_left_out(report: Report) -> None:
    (day,) = report.accounts[0].days[:1]
    still = replace(
        day,
        **dict.fromkeys(
            ("moved", "close_profit", "position_profit", "premium", "commission", "trade_close_profit"), Decimal(0)
        ),
        floating_profit=Decimal(0),
        margin=Decimal(0),
        settled=True,
    )
    dates = (20200727, 20200728, 20200729, 20200730, 20200731, 20200803)
    days = [replace(still, trading_day=date) for date in dates]
    days[2] = replace(days[2], commission=Decimal("3.00"))
    days[5] = replace(days[5], settled=False)
    rows = re.findall(r'<tr><td class="word">(.*?)</td>', days_table(days))
    assert rows == [
        "2020-07-27 至 2020-07-28（2 日没有变动）",
        "2020-07-29",
        "2020-07-30 至 2020-07-31（2 日没有变动）",
        "2020-08-03（未结算，按最新价）",
    ]


def test_the_spot_side_stands_beside_the_futures_with_their_sum_and_what_is_unknown_is_no_zero(report: Report) -> None:
    spot = SpotResult(
        spot=InstrumentId("SPOT.i.日照港"), done=Decimal(200), undone=Decimal(-200), waived=Decimal(0),
        price=Decimal(890), profit=Decimal(9000), carry=Decimal("91.22"), carry_days=147,
    )  # fmt: skip
    one = replace(report.strategies[0], profit=Decimal(-4000), spot=spot)
    told = spots_table([one])
    assert all(word in told for word in ("+9,000", "−4,000", "+5,000", "91.22（147 天）", "现货未落实"))
    unknown = spots_table([replace(one, spot=replace(spot, profit=None, carry=None, carry_days=None))])
    assert "5,000" not in unknown
    assert spots_table(report.strategies) == ""
