"""Hold stress tests against vectors worked out by hand: limit days, margins, calls, what closes first, options."""

from __future__ import annotations

import json
import math
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from terminal.commands.main import main
from terminal.domain.errors import UserError
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, ExchangeId, InstrumentId, ProductId
from terminal.domain.orders.order import Side
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.limit_run import LimitRun, LimitRuns, after_limits
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.state import State
from terminal.reports.stress.result import AccountAfter, Outcome, Stress
from terminal.reports.stress.scenario import Scenario, read_scenarios, usual
from terminal.reports.stress.stress import stress
from terminal.store.journal import SqliteJournal
from terminal.store.reference import load_limit_runs, load_reference
from tests.books import BUY, OPEN, SELL, TODAY, by_lot, instrument
from tests.told_days import ACCOUNT, DAYS, TENANT, Story

D: Final = Decimal
RB: Final = replace(instrument("SHFE.rb2510"), price_limit=D("0.05"), delivery_month=202510, tonnes_per_lot=D(10))
FAR: Final = replace(
    instrument("SHFE.rb2601", margin="0.09"), price_limit=D("0.05"), delivery_month=202601, tonnes_per_lot=D(10)
)
MEAL: Final = replace(instrument("DCE.m2509", margin="0.08"), price_limit=D("0.06"), delivery_month=202509)
ODD: Final = instrument("GFEX.si2511", margin="0.1")  # its band is not known
RB_PRODUCT, MEAL_PRODUCT = RB.product, MEAL.product
DOWN: Final = Scenario(name="跌停", moves=-1)


def runs() -> LimitRuns:
    return load_limit_runs(load_reference())


def held(cash: int, *lots: tuple[Instrument, Side, int, int], more: tuple[Instrument, ...] = ()) -> State:
    """Open lots under the hedge flag at a price and settle them there."""
    story = Story(MemoryJournal(TENANT), *dict.fromkeys([*(one[0] for one in lots), *more]), cash=cash)
    for of, side, count, price in lots:
        story.trade(of, side, OPEN, count, price)
    story.settle({of: price for of, _, _, price in lots}, DAYS[1])
    return story.state


def played(state: State, scenario: Scenario) -> tuple[Stress, Outcome, AccountAfter]:
    found = stress(state, runs(), [scenario])
    (outcome,) = found.outcomes
    return found, outcome, outcome.accounts[0]


@pytest.mark.parametrize(
    ("moves", "price", "margin"),
    [
        # 3000 x 0.95; 8 % and 2 % over it are more than 9 %.
        (-1, 2850, "57000"),
        # 2850 x 0.92; 10 % and 2 %.
        (-2, 2622, "62928"),
        # 2622 x 0.90 = 2359.8: the limit is the next tick inside; the day after has the third day's band.
        (-3, 2360, "56640"),
        (1, 3150, "63000"),
        (2, 3402, "81648"),
        # 3402 x 1.10 = 3742.2
        (3, 3742, "89808"),
    ],
)
def test_days_at_the_limit_widen_the_band_and_raise_the_margin(moves: int, price: int, margin: str) -> None:
    found, outcome, after = played(held(1_000_000, (RB, BUY, 20, 3000)), Scenario(name="x", moves=moves))
    assert found.accounts[0].money.margin == 3000 * 200 * D("0.09")
    earned = (price - 3000) * 200
    assert (after.profit, after.products) == (earned, {RB_PRODUCT: earned})
    assert after.money.equity == 1_000_000 + earned
    assert after.money.margin == D(margin)
    assert after.money.available == after.money.equity - after.money.margin
    (shift,) = outcome.moved
    assert (shift.instrument, shift.moves, shift.before, shift.after) == (RB.id, moves, 3000, price)
    assert shift.margin_rate == {1: D("0.10")}.get(abs(moves), D("0.12"))


def test_a_margin_that_is_higher_already_stays_and_the_brokers_own_comes_on_top() -> None:
    dear = replace(RB, margin_rate=D("0.15"), hedge_margin_rate=D("0.05"), broker_margin_add=D("0.03"))
    _, outcome, after = played(held(1_000_000, (dear, BUY, 1, 3000)), DOWN)
    # Of lots that hedge 5 % has risen to 10 %, and three come on top.
    assert after.money.margin == D("0.13") * 2850 * 10
    assert outcome.moved[0].margin_rate == D("0.15")


def test_without_a_row_of_its_exchange_every_day_has_the_first_band_and_no_margin_rises() -> None:
    assert after_limits(RB, D(3000), -2, None) == 2708  # 2850, 2707.5
    of = replace(RB, product=ProductId("SHFE.zz"), exchange=ExchangeId("ZZZ"))
    assert runs().on(of, 20250701) is None
    assert runs().on(RB, 20220101) is None, "nothing is claimed before its first row"
    index = replace(RB, exchange=ExchangeId("CFFEX"), product=ProductId("CFFEX.IF"))
    found = runs().on(index, 20250701)
    assert found == LimitRun(D(0), D(0), None)
    assert found.margin_rate(D("0.1"), 1) is None


def test_what_nobody_knows_of_days_in_a_row_is_named() -> None:
    elsewhere = replace(MEAL, exchange=ExchangeId("ZZZ"), product=ProductId("ZZZ.m"))
    _, outcome, after = played(held(1_000_000, (elsewhere, BUY, 1, 3000), (RB, BUY, 1, 3000)), DOWN)
    assert outcome.no_rule == (elsewhere.id,)
    assert after.money.margin == D("0.08") * 28_200 + D("0.10") * 28_500


def test_a_call_closes_what_can_be_closed_and_lots_against_the_limit_stay() -> None:
    # 60 000 − 30 000 + 18 000; rebar binds 57 000 and meal 2820 x 100 x 11 %.
    _, _, after = played(held(60_000, (RB, BUY, 20, 3000), (MEAL, SELL, 10, 3000)), DOWN)
    assert (after.money.equity, after.money.margin, after.money.call) == (48_000, 88_020, 40_020)
    (first,) = after.reductions
    assert (first.instrument, first.side, first.lots, first.held, first.price) == (MEAL.id, SELL, 10, 10, 2820)
    assert after.uncovered == 9_000


def test_as_few_lots_as_cover_the_call_go_first() -> None:
    # Rebar alone moves: 75 000 against 57 000 and 24 000; a lot of meal binds 2 400.
    alone = Scenario(name="x", products={RB_PRODUCT: -1})
    _, _, after = played(held(105_000, (RB, BUY, 20, 3000), (MEAL, SELL, 10, 3000)), alone)
    assert after.money.call == 6_000
    assert [(one.instrument, one.lots) for one in after.reductions] == [(MEAL.id, 3)]
    assert after.uncovered == 0


def test_fees_of_closing_are_in_what_has_to_be_closed() -> None:
    paid = replace(MEAL, fees=by_lot("0", "400", "0"))
    alone = Scenario(name="x", products={RB_PRODUCT: -1})
    _, _, after = played(held(105_000, (RB, BUY, 20, 3000), (paid, SELL, 10, 3000)), alone)
    # A lot frees 2 400 and costs 400.
    assert [(one.instrument, one.lots) for one in after.reductions] == [(MEAL.id, 3)]
    _, _, after = played(held(104_999, (RB, BUY, 20, 3000), (paid, SELL, 10, 3000)), alone)
    assert [(one.instrument, one.lots) for one in after.reductions] == [(MEAL.id, 4)]


def test_where_the_larger_side_is_charged_both_sides_go_down_together() -> None:
    state = held(91_000, (RB, BUY, 20, 3000), (FAR, SELL, 20, 3000), (MEAL, BUY, 10, 3000))
    found, _, after = played(state, Scenario(name="x", products={MEAL_PRODUCT: -1}))
    assert found.accounts[0].money.margin == 54_000 + 24_000
    # Meal is stuck: 91 000 − 18 000 against 54 000 and 31 020. 12 020 are missing, 2 700 a pair.
    assert (after.money.equity, after.money.call) == (73_000, 12_020)
    assert sorted((one.instrument, one.side, one.lots) for one in after.reductions) == [
        (RB.id, BUY, 5),
        (FAR.id, SELL, 5),
    ]
    assert after.uncovered == 0


def test_the_larger_side_frees_no_more_than_it_is_dearer_by_where_the_other_is_stuck() -> None:
    # 45 000 − 30 000 + 37 500; 25 short lots bind 2 850 each, and the 20 long ones cannot be sold.
    _, _, after = played(held(45_000, (RB, BUY, 20, 3000), (FAR, SELL, 25, 3000)), DOWN)
    assert (after.money.equity, after.money.margin, after.money.call) == (52_500, 71_250, 18_750)
    assert [(one.instrument, one.side, one.lots) for one in after.reductions] == [(FAR.id, SELL, 5)]
    assert after.uncovered == 18_750 - 5 * 2_850


def test_a_close_that_costs_more_than_it_frees_is_no_way_out() -> None:
    dear = replace(MEAL, fees=by_lot("0", "2500", "0"))
    alone = Scenario(name="x", products={RB_PRODUCT: -1})
    _, _, after = played(held(105_000, (RB, BUY, 20, 3000), (dear, SELL, 10, 3000)), alone)
    assert (after.reductions, after.uncovered) == ((), 6_000)


def test_without_exits_positions_stay_and_the_whole_call_is_uncovered() -> None:
    state = held(105_000, (RB, BUY, 20, 3000), (MEAL, SELL, 10, 3000))
    _, outcome, after = played(state, Scenario(name="x", products={RB_PRODUCT: -1}, exits=False))
    assert not outcome.exits
    assert (after.money.call, after.reductions, after.uncovered) == (6_000, (), 6_000)


def test_near_and_far_months_run_apart_while_spot_stays() -> None:
    spot = replace(RB, id=InstrumentId("SPOT.rb.上海"), kind=Kind.SPOT, delivery_month=None)
    state = held(1_000_000, (RB, BUY, 1, 3000), (FAR, SELL, 1, 3100), more=(spot,))
    state.tenant.spots[spot.id] = (D(3200), 0, "人工")
    _, outcome, after = played(state, Scenario(name="x", near=-1, far=1))
    assert [(one.instrument, one.after) for one in outcome.moved] == [(RB.id, 2850), (FAR.id, 3255)]
    assert after.profit == -1500 - 1550
    (basis,) = outcome.basis
    assert (basis.spot, basis.instrument, basis.before, basis.after) == (spot.id, RB.id, 200, 350)


def test_a_contract_whose_band_nobody_knows_stays_and_is_named() -> None:
    found, outcome, after = played(held(1_000_000, (ODD, BUY, 1, 9000), (MEAL, BUY, 1, 3000)), DOWN)
    assert outcome.unmoved == (ODD.id,)
    assert after.products == {MEAL_PRODUCT: -1800}
    assert {one.instrument: one.limit for one in found.accounts[0].exposure} == {ODD.id: None, MEAL.id: D("0.06")}


def test_a_scenario_may_say_the_band_of_a_product() -> None:
    state = held(1_000_000, (ODD, BUY, 1, 9000), (RB, BUY, 20, 3000))
    bands = {ODD.product: D("0.1"), RB_PRODUCT: D("0.07")}
    _, outcome, after = played(state, replace(DOWN, bands=bands))
    assert [(one.instrument, one.after, one.margin_rate) for one in outcome.moved] == [
        (ODD.id, 8100, D("0.15")),  # 13 % and 2 %
        (RB.id, 2790, D("0.12")),
    ]
    assert (outcome.unmoved, after.profit) == ((), -9000 - 210 * 200)


def test_working_orders_are_gone_and_todays_lots_start_at_their_price_where_nothing_settled() -> None:
    story = Story(MemoryJournal(TENANT), RB)
    story.trade(RB, BUY, OPEN, 2, 3000)
    book = story.state.accounts[ACCOUNT].book
    first = next(one.record.fact for one in story.journal.replay() if isinstance(one.record.fact, f.OrderRecorded))  # type: ignore[union-attr]  # all are known
    story.say(replace(first, order="o9", wire_key="w9", reference=9))
    assert book.view(lambda _: None).frozen_margin > 0
    found, outcome, after = played(story.state, DOWN)
    money = found.accounts[0].money
    assert money.available == money.equity - money.margin
    assert (outcome.moved[0].before, after.profit) == (3000, -3000)
    assert book.view(lambda _: None).frozen_margin > 0, "the books themselves are not touched"


def test_what_was_closed_today_and_an_account_that_holds_nothing_are_no_trouble() -> None:
    story = Story(MemoryJournal(TENANT), RB)
    assert stress(story.state, runs()).outcomes[0].profit == 0
    story.trade(RB, BUY, OPEN, 2, 3000)
    story.trade(RB, SELL, TODAY, 2, 3010)
    found, outcome, _ = played(story.state, DOWN)
    assert (found.accounts[0].exposure, outcome.moved, outcome.profit) == ((), (), 0)
    assert found.accounts[0].money.equity == 1_000_200


def black(underlying: float, strike: float, volatility: float, life: float) -> float:
    """Price a call on a future by Black's formula at no interest."""
    deviation = volatility * math.sqrt(life)
    above = (math.log(underlying / strike) + deviation**2 / 2) / deviation

    def below(x: float) -> float:
        return (1 + math.erf(x / math.sqrt(2))) / 2

    return underlying * below(above) - strike * below(above - deviation)


def call(style: Style = Style.EUROPEAN) -> Instrument:
    of = instrument("DCE.m2509-C-3000", margin="0.08")
    terms = OptionTerms(underlying=MEAL.id, right=Right.CALL, strike=D(3000), style=style)
    return replace(of, product=MEAL_PRODUCT, kind=Kind.OPTION, option=terms, tick=D("0.5"), expiry=20250807)


@pytest.mark.parametrize(("more", "volatility"), [("0", 0.25), ("0.1", 0.35)])
def test_an_option_is_priced_anew_at_the_volatility_its_settlement_implies(more: str, volatility: float) -> None:
    life = 36 / 365  # from 2 July to 7 August
    before = round(black(3000, 3000, 0.25, life) * 2) / 2
    option = call()
    story = Story(MemoryJournal(TENANT), MEAL, option, cash=1_000_000)
    story.trade(option, SELL, OPEN, 10, str(before))
    story.trade(MEAL, BUY, OPEN, 5, 3000)
    story.settle({MEAL: 3000, option: str(before)}, DAYS[1])
    found, outcome, after = played(story.state, replace(DOWN, moves=1, rate=D(0), volatility=D(more)))
    expected = black(3180, 3000, volatility, life)
    shift = next(one for one in outcome.moved if one.instrument == option.id)
    assert float(shift.after) == pytest.approx(expected, abs=1.0)
    assert not shift.after % D("0.5")
    gained = 180 * 50 - (shift.after - D(str(before))) * 100
    assert after.profit == gained
    # Margin of a short call in the money: its price and the future's whole margin, at the raised 11 %.
    assert after.money.margin == shift.after * 100 + 10 * 3180 * 10 * D("0.11") + 3180 * 50 * D("0.11")
    delta = {one.instrument: one.delta_lots for one in found.accounts[0].exposure}
    assert delta[MEAL.id] == 5
    short = delta[option.id]
    assert short is not None
    assert D("-5.6") < short < D("-4.9")


def test_an_option_no_volatility_explains_keeps_what_it_is_worth_beyond_exercise() -> None:
    option = call()
    story = Story(MemoryJournal(TENANT), MEAL, option, cash=1_000_000)
    story.trade(option, BUY, OPEN, 1, 90)
    story.settle({MEAL: 3100, option: 90}, DAYS[1])  # 100 in exercise
    found, outcome, _ = played(story.state, replace(DOWN, moves=1))
    assert outcome.moved[-1].after == 286  # 3100 x 1.06
    assert found.accounts[0].exposure[0].delta_lots is None


@pytest.mark.parametrize("settled_first", [True, False])
def test_what_anybody_has_settled_a_contract_at_comes_before_what_another_opened_it_at(*, settled_first: bool) -> None:
    names = ("A", "B") if settled_first else ("B", "A")
    state = State()
    for name in names:
        story = Story(MemoryJournal(TENANT), RB, cash=1_000_000, account=AccountId(name))
        story.trade(RB, SELL if name == names[0] else BUY, OPEN, 6, 3000)
        if name == names[0]:
            story.settle({RB: 2999}, DAYS[1])
        state.tenant = story.state.tenant
        state.accounts |= story.state.accounts
    found = stress(state, runs(), [DOWN])
    (shift,) = found.outcomes[0].moved
    assert shift.before == 2999


def test_calls_of_several_accounts_are_added_and_not_set_off() -> None:
    state = held(84_000, (RB, BUY, 20, 3000))
    other = held(1_000_000, (RB, BUY, 1, 3000))
    second = AccountId("SECOND")
    state.accounts[second] = other.accounts[ACCOUNT]
    state.accounts[second].account = second
    found, outcome, _ = played(state, DOWN)
    assert [one.account for one in outcome.accounts] == [ACCOUNT, second]
    assert (outcome.group.call, outcome.group.equity) == (3_000, 54_000 + 998_500)
    assert outcome.group.available > 0
    assert outcome.profit == -31_500
    assert found.group.equity == 1_084_000


def test_the_usual_scenarios_are_all_products_each_alone_the_basis_and_no_way_out() -> None:
    found = usual([RB_PRODUCT, MEAL_PRODUCT])
    assert [one.moves for one in found[:6]] == [1, 2, 3, -1, -2, -3]
    assert [(one.near, one.far) for one in found[6:8]] == [(1, -1), (-1, 1)]
    assert [(one.moves, one.exits) for one in found[8:10]] == [(3, False), (-3, False)]
    assert [one.products for one in found[10:]] == [
        {product: moves} for product in (RB_PRODUCT, MEAL_PRODUCT) for moves in (1, 2, 3, -1, -2, -3)
    ]
    assert len({one.name for one in found}) == len(found)


def test_what_a_scenario_does_hangs_on_no_other_that_was_played_before() -> None:
    state = held(105_000, (RB, BUY, 20, 3000), (FAR, SELL, 15, 3100), (MEAL, SELL, 10, 3000), (ODD, BUY, 2, 900))
    played_together = stress(state, runs()).outcomes
    assert any(one.group.call for one in played_together)
    products = sorted({RB_PRODUCT, MEAL_PRODUCT, ODD.product})
    for scenario, outcome in zip(usual(products), played_together, strict=True):
        assert stress(state, runs(), [scenario]).outcomes == (outcome,)
        assert outcome.profit == sum(outcome.accounts[0].products.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[scenario]]\nname = '甲'\nmoves = 4\n", "scenario[0].moves 的停板天数应在 −3 与 3 之间"),
        ("[[scenario]]\nname = '甲'\nmoves = 1.5\n", "scenario[0].moves 应为整数"),
        ("[[scenario]]\nname = '甲'\nmoves = '-2'\n", "scenario[0].moves 应为整数"),
        ("[[scenario]]\nname = '甲'\nexits = 'false'\n", "scenario[0].exits 应为 true 或 false"),
        ("[[scenario]]\nname = '甲'\nexits = 0\n", "scenario[0].exits 应为 true 或 false"),
        ('[[scenario]]\nname = "甲\\n乙"\n', "scenario[0] name 应是一行文字"),
        ("[[scenario]]\nname = ' '\n", "scenario[0] name 应是一行文字"),
        ("[[scenario]]\nname = ''\n", "scenario[0] name 应是一行文字"),
        ("[[scenario]]\nmoves = 1\n", "scenario[0] 缺少 name"),
        ("[[scenario]]\nname = '甲'\nmove = 1\n", "scenario[0] 里不认识 move"),
        ("[[scenario]]\nname = '甲'\n[[scenario]]\nname = '甲'\n", "各不相同"),
        ("scenario = []\n", "至少有一个"),
        ("[[scenario]]\nname = '甲'\nvolatility = 9.5\n", "volatility = 9.5"),
        ("[[scenario]]\nname = '甲'\nrate = nan\n", "rate = NaN"),
        ("[[scenario]]\nname = '甲'\nbands = { 'SHFE.rb' = 7 }\n", "SHFE.rb = 7"),
        ("[[scenario]\n", "不是 TOML"),
    ],
)
def test_a_wrong_scenario_file_is_refused_with_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as refused:
        read_scenarios(path)
    assert said in refused.value.message
    assert str(path) in refused.value.message


def test_the_command_plays_a_persons_own_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        story = Story(journal, RB, cash=84_000)
        story.trade(RB, BUY, OPEN, 20, 3000)
        story.settle({RB: 3000}, DAYS[1])
    file = tmp_path / "mine.toml"
    file.write_text('[[scenario]]\nname = "螺纹跌停"\n[scenario.products]\n"SHFE.rb" = -1\n', encoding="utf-8")
    words = ["stress", "--data", str(tmp_path)]
    assert main([*words, "--scenario", str(file)]) == 0
    said = capsys.readouterr().out
    assert "螺纹跌停　盈亏 -30,000.00" in said
    assert "追保 3,000.00" in said
    assert "减不出 3,000.00" in said
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["outcomes"]) == 16
    file.write_text('[[scenario]]\nname = "x"\nproducts = { "DCE.m" = 1 }\n', encoding="utf-8")
    assert main([*words, "--scenario", str(file)]) == 2
    assert "没有账户持有" in capsys.readouterr().err
