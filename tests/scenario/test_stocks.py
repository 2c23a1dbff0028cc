"""People state what lies in yards and ports; targets score by it from the next trading day on, every desk knows it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import StocksStated
from terminal.domain.fact.target_marks import RatioFrozen, RatioUnknown
from terminal.domain.ids import StockId
from terminal.domain.parameters.target import FactorKind, FactorScore
from terminal.domain.stock import StateStocks, StockNote, StockReading
from terminal.domain.words.risk import Verdict
from tests.engine_world import NEXT_NIGHT, TRADER, VIEWER, I, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.targets import KEEPER, change, marks, ore_limits, score, start, target
from tests.unit.engine.foreseen import ask

PORTS = StockId("铁矿石港口库存")


@pytest.fixture
def yard(begin: Begin) -> World:
    """Give a world with ten thousand tonnes of ore to hedge and nothing hedged."""
    return begin(limits=ore_limits())


def counts(*rows: tuple[int, Decimal | int], source: str = "示例：港口周报", series: StockId = PORTS) -> StateStocks:
    readings = tuple(StockReading(day=day, tonnes=Decimal(tonnes)) for day, tonnes in rows)
    return StateStocks(series=series, readings=readings, source=source)


def by_stock(**changes: object) -> FactorScore:
    made = score(kind=FactorKind.STOCK, stock=PORTS, days=2)
    (factor,) = made.factors
    return replace(made, factors=(replace(factor, zero=Decimal("0.8"), one=Decimal("1.2")),), **changes)


WEEKS = ((20200807, 1_000), (20200814, 1_200), (20200820, 1_210))


def test_a_target_scores_by_the_stock_of_the_days_before_and_shows_what_it_adds(yard: World) -> None:
    assert yard.do(TRADER, counts(*WEEKS)).ok
    # Of today's count nobody knows before the day is over.
    assert yard.do(TRADER, counts((20200821, 9_999))).ok
    body = c.StartStrategy(account=target().account, strategy=KEEPER, settings=target(source=by_stock()))
    said = "\n".join(ask(yard, body).details)
    shown = "比例 76.25%，区间 71.25% 至 81.25%（50 + 库存 26.25［1.1 倍，得分 0.75 × 权重 1］）"
    assert shown in said
    assert "库存 铁矿石港口库存 比之前 2 个数的平均" in said
    assert yard.do(TRADER, body).ok
    yard.wait(10)
    (band,) = marks(yard, RatioFrozen)
    assert band.ratio == Decimal("76.25")
    assert yard.net(I) == -72
    desk = Desk(yard)
    desk.look()
    assert shown in desk.strategies[KEEPER].sentence
    # A correction counts from the next trading day on, as does the count of today.
    assert yard.do(TRADER, counts((20200820, 900))).ok
    yard.wait(10)
    assert len(marks(yard, RatioFrozen)) == 1
    yard.show_at(NEXT_NIGHT)
    yard.wait(5)
    assert marks(yard, RatioFrozen)[-1].parts[0].score == 1
    assert yard.refolded().tenant.stocks == yard.state.tenant.stocks


def test_too_few_counts_leave_the_day_open_until_somebody_states_more(yard: World) -> None:
    assert yard.do(TRADER, counts(*WEEKS[:2])).ok
    assert start(yard, target(source=by_stock())).ok
    yard.wait(10)
    (unknown,) = marks(yard, RatioUnknown)
    assert unknown.why == "库存 铁矿石港口库存 要 3 个数，现有 2 个"
    assert yard.net(I) == 0
    assert yard.do(TRADER, counts(WEEKS[2])).ok
    yard.wait(10)
    assert yard.net(I) == -72


def test_a_series_nobody_states_is_refused_at_the_start_with_what_to_do(yard: World) -> None:
    refused = start(yard, target(source=by_stock()))
    assert not refused.ok
    assert "库存序列 铁矿石港口库存 还没有今天之前的数；请先登记" in refused.sentence
    assert "还没有库存序列" in start(yard, target(source=by_stock(stock=StockId("")))).sentence
    assert yard.do(TRADER, counts(*WEEKS)).ok
    assert start(yard, target()).ok
    assert change(yard, source=by_stock()).ok


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (counts((20200822, 1)), "20200822 还没有到"),
        (counts((20200230, 1)), "没有 20200230 这一天"),
        (counts((1 << 62, 1)), "没有 4611686018427387904 这一天"),
        (counts((20200820, Decimal("1E-999999"))), "最多三位小数"),
        (counts((20200820, -1)), "应为不小于 0"),
        (counts((20200820, 1), (20200820, 2)), "20200820 应晚于前一个 20200820"),
        (counts(), "现有 0 个"),
        (counts(*WEEKS, source=" "), "来源"),
        (counts(*WEEKS, series=StockId("")), "名称"),
    ],
)
def test_what_is_no_count_is_refused_with_a_sentence_and_changes_nothing(
    yard: World, body: StateStocks, why: str
) -> None:
    refused = yard.do(TRADER, body)
    assert (refused.ok, refused.code) == (False, "BAD_STOCKS")
    assert why in refused.sentence
    assert ask(yard, body).verdict is Verdict.DENY
    assert yard.state.tenant.stocks == {}


def test_who_may_only_look_states_none_and_who_stated_it_stands_in_the_record(yard: World) -> None:
    assert yard.do(VIEWER, counts(*WEEKS)).code == "NO_ROLE"
    assert yard.do(VIEWER, counts((1 << 62, 1))).code == "NO_ROLE"
    assert ask(yard, counts(*WEEKS)).sentence.startswith("库存 铁矿石港口库存 记下 3 个数，20200807 至 20200820")
    assert yard.do(TRADER, counts(*WEEKS)).ok
    (fact,) = yard.facts(StocksStated)
    assert fact.source == "示例：港口周报"
    assert yard.state.tenant.stocks[PORTS][-1] == StockNote(20200820, Decimal(1_210), "示例：港口周报")
