"""A forward agreed outside the exchange counts in the hedge of its group, from two persons' yes to its ending (G5)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.errors import InvariantError
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.fact.otc import OtcBooked, OtcEnded
from terminal.domain.ids import ConfirmationId, InstrumentId, PersonId, ProductId
from terminal.domain.orders.order import Side
from terminal.domain.otc import FormulaMark, HandMark, OtcEnding, OtcKind, OtcMark, OtcTerms
from terminal.domain.otc_commands import BookOtc, EndOtc, MarkOtc
from terminal.domain.parameters.limits import HedgeBound
from terminal.domain.products.option import Right
from terminal.domain.words.risk import Verdict
from terminal.engine.book.hedge import bound_of, derivative_tonnes
from terminal.engine.confirmations.approval import stored_of
from terminal.engine.fold import apply
from terminal.engine.previews.command import preview
from terminal.shell.picture.approvals import title_of
from tests.engine_world import (
    CHECKER,
    LIMITS,
    NEXT_DAY,
    NEXT_NIGHT,
    ONE,
    RB,
    RISK,
    SPOT,
    TRADER,
    VIEWER,
    I,
    World,
    device,
)

GROUP = "螺纹"


def forward(**changed: object) -> OtcTerms:
    terms = OtcTerms(
        number="YQ-2020-01",
        counterparty="某贸易公司",
        kind=OtcKind.FORWARD,
        side=Side.SELL,
        tonnes=Decimal(600),
        reference=RB,
        price=Decimal(3700),
        expires=20201231,
        group=GROUP,
    )
    return replace(terms, **changed)


def put(**changed: object) -> OtcTerms:
    return forward(
        **{"number": "QQ-1", "kind": OtcKind.OPTION, "side": Side.BUY, "right": Right.PUT, "premium": Decimal(50)}
        | changed
    )


def book(terms: OtcTerms) -> BookOtc:
    return BookOtc(account=ONE, terms=terms, reason="与贸易公司签订")


@pytest.fixture
def firm(world: World) -> World:
    """Have 1 000 tonnes in store, hedged in one group, on an account that may only hedge."""
    bound = HedgeBound(group=GROUP, physical_tonnes=Decimal(1000), weights={ProductId("SHFE.rb"): Decimal(10)})
    tight = replace(LIMITS, hedge_bounds=(bound,), is_hedge_account=True, hedge_confirm_fraction=Decimal(1))
    answer = world.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=tight))
    if answer.code == "CONFIRM2":
        assert world.decide(CHECKER, world.parked).ok
    return world


def end(world: World, number: str, amount: str = "0", reason: str = "登记有误") -> EndOtc:
    booking = world.account.otc.rows[number].booking
    return EndOtc(account=ONE, ending=OtcEnding(number=number, booking=booking, amount=Decimal(amount), reason=reason))


def valued(world: World, number: str, said: OtcMark) -> MarkOtc:
    row = world.account.otc.rows.get(number)
    booking, version = (ConfirmationId("?"), 0) if row is None else (row.booking, row.version)
    return MarkOtc(account=ONE, number=number, booking=booking, base_version=version, mark=said)


def agreed(world: World, terms: OtcTerms) -> None:
    assert world.do(TRADER, book(terms)).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok


def tonnes(world: World) -> Decimal:
    bound = bound_of(world.account, GROUP)
    assert bound is not None
    return derivative_tonnes(world.state.tenant.instruments, world.account, bound)


def verdict(world: World, body: c.CommandBody, person: PersonId = TRADER) -> tuple[Verdict, str]:
    shown = preview(world.engine.look, person, device(person), 1, body, split_close=False)
    return shown.verdict, shown.sentence


def test_a_forward_takes_its_room_in_the_hedge_from_the_second_persons_yes_to_its_ending(firm: World) -> None:
    asked = firm.do(TRADER, book(forward()))
    assert asked.code == "CONFIRM2"
    assert tonnes(firm) == 0  # nothing counts before somebody else has looked
    assert title_of(stored_of(firm.parked)) == (
        "登记场外合约 YQ-2020-01：卖出远期 600 吨 rb2101 @3700，2020-12-31 到期，对手 某贸易公司，计入 螺纹"
    )
    assert firm.decide(TRADER, firm.parked).code == "MAKER_IS_CHECKER"
    answer = firm.decide(CHECKER, firm.parked)
    assert answer.sentence == "复核通过，场外合约 YQ-2020-01 已登记"
    assert tonnes(firm) == -600

    over = firm.order(Side.SELL, 41, 3700)
    assert (over.code, "螺纹 套保 1010 吨" in over.sentence) == ("HEDGE_ABOVE_EXPOSURE", True)  # 600 + 410 of 1 000
    assert firm.order(Side.SELL, 40, 3700).ok

    firm.wait(2)
    firm.restart()
    assert tonnes(firm) == -1000
    ending = end(firm, "YQ-2020-01", "-1234.50", "双方协商平仓")
    assert firm.do(TRADER, ending).code == "CONFIRM2"
    assert tonnes(firm) == -1000
    assert firm.decide(CHECKER, firm.parked).sentence == "复核通过，场外合约 YQ-2020-01 已了结"
    assert tonnes(firm) == -400
    assert [fact.ending.amount for fact in firm.facts(OtcEnded)] == [Decimal("-1234.50")]
    firm.check()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (forward(number=" "), "合同编号应为"),
        (forward(counterparty=""), "交易对手应为"),
        (forward(tonnes=Decimal(0)), "数量应为正数"),
        (forward(tonnes=Decimal("0.0001")), "三位小数"),
        (forward(reference=InstrumentId("SHFE.rb9999")), "没有合约或现货"),
        (forward(price=Decimal(-1)), "固定价应为正数"),
        (forward(right=Right.CALL), "没有看涨看跌之分"),
        (forward(premium=Decimal(1)), "权利金只属于期权"),
        (forward(group="铜"), "没有套保组“铜”（有：螺纹）"),
        (forward(expires=20201399), "不是一个日期"),
        (forward(expires=20200101), "早于当前交易日"),
        (forward(reference=SPOT, group=GROUP), "套保组“螺纹”不含"),
        (forward(expires=20210131), "晚于SHFE.rb2101 的最后交易日"),
        (put(right=None), "须写明看涨或看跌"),
        (put(price=Decimal(0)), "行权价应为正数"),
    ],
)
def test_what_cannot_have_been_agreed_is_refused_with_the_field_and_what_to_do(
    firm: World, wrong: OtcTerms, why: str
) -> None:
    told = verdict(firm, book(wrong))
    answer = firm.do(TRADER, book(wrong))
    assert (answer.ok, told) == (False, (Verdict.DENY, answer.sentence))
    assert why in answer.sentence
    assert not firm.facts(OtcBooked)


def test_nobody_without_a_part_in_it_books_and_the_preview_says_what_it_would_move(firm: World) -> None:
    assert firm.do(VIEWER, book(forward())).code == "NO_ROLE"
    assert verdict(firm, book(forward()), VIEWER)[0] is Verdict.DENY
    shown, sentence = verdict(firm, book(forward()))
    assert shown is Verdict.CONFIRM2
    assert "螺纹 衍生品敞口 0 → −600 吨，套保比例（按吨）0.0% → 60.0%" in sentence


def test_a_number_is_open_once_and_the_second_of_two_requests_comes_to_nothing(firm: World) -> None:
    assert firm.do(TRADER, book(forward())).code == "CONFIRM2"
    first = firm.parked
    assert firm.do(TRADER, book(forward(tonnes=Decimal(5)))).code == "CONFIRM2"
    second = firm.parked
    assert firm.decide(CHECKER, first).ok
    late = firm.decide(CHECKER, second)
    assert (late.code, "已登记" in late.sentence) == ("STALE", True)
    assert tonnes(firm) == -600
    assert firm.do(TRADER, book(forward())).code == "NUMBER_USED"


def test_an_option_counts_whole_where_orders_are_judged_and_by_its_side(firm: World) -> None:
    agreed(firm, put())
    assert tonnes(firm) == -600  # a put that is held gains when the price falls
    agreed(firm, put(number="QQ-2", side=Side.SELL, right=Right.CALL, tonnes=Decimal(100)))
    assert tonnes(firm) == -700  # so does a call that was sold
    assert firm.order(Side.SELL, 31, 3700).code == "HEDGE_ABOVE_EXPOSURE"
    assert firm.order(Side.SELL, 30, 3700).ok


def test_an_option_that_may_come_to_nothing_gives_no_room(firm: World) -> None:
    agreed(firm, put(side=Side.SELL, price=Decimal(1), tonnes=Decimal(1000)))  # a put nobody will ever exercise
    assert firm.order(Side.SELL, 101, 3700).code == "HEDGE_ABOVE_EXPOSURE"


def test_a_contract_on_other_goods_gives_no_room_in_a_group_that_does_not_know_them(firm: World) -> None:
    refused = firm.do(TRADER, book(forward(side=Side.BUY, reference=I, tonnes=Decimal(900))))
    assert (refused.code, "套保组“螺纹”不含铁矿石" in refused.sentence) == ("BAD_TERMS", True)


def test_a_group_with_an_open_contract_keeps_its_name_and_its_goods(firm: World) -> None:
    agreed(firm, forward())
    now = firm.account.limits
    assert now is not None
    for bound in (replace(now.hedge_bounds[0], group="螺纹二"), replace(now.hedge_bounds[0], weights={})):
        changed = c.ChangeLimits(account=ONE, base_version=now.version, limits=replace(now, hedge_bounds=(bound,)))
        told = verdict(firm, changed, RISK)
        refused = firm.do(RISK, changed)
        assert (refused.code, "还有未了结的场外合约 YQ-2020-01" in refused.sentence) == ("BAD_LIMITS", True)
        assert told == (Verdict.DENY, f"不能执行：{refused.sentence}")


def test_a_yes_to_the_ending_of_one_contract_ends_no_other_of_the_same_number(firm: World) -> None:
    agreed(firm, forward(tonnes=Decimal(60)))
    first = end(firm, "YQ-2020-01")
    assert firm.do(TRADER, first).code == "CONFIRM2"
    assert firm.do(RISK, replace(first, ending=replace(first.ending, reason="再问一次"))).code == "ALREADY_ASKED"
    assert firm.decide(CHECKER, firm.parked).ok
    agreed(firm, forward(counterparty="另一家"))
    assert firm.do(TRADER, first).code == "UNKNOWN_OTC"
    assert tonnes(firm) == -600


def test_two_who_value_one_contract_do_not_overwrite_each_other(firm: World) -> None:
    agreed(firm, put())
    before = valued(firm, "QQ-1", FormulaMark(volatility=Decimal(20)))
    assert firm.do(TRADER, before).ok
    late = firm.do(RISK, before)
    assert (late.code, "已由别人改为：按公式，波动率 20%" in late.sentence) == ("CONFLICT", True)


def test_a_fact_nobody_agreed_to_breaks_the_fold(firm: World) -> None:
    made_up = OtcBooked(account=ONE, terms=forward(), person=TRADER, confirmation=ConfirmationId("nothing"))
    with pytest.raises(InvariantError, match="nobody agreed"):
        apply(firm.refolded(), made_up, 1)


@pytest.mark.parametrize(
    ("terms", "mark", "why"),
    [
        (forward(), FormulaMark(volatility=Decimal(20)), "不用波动率"),
        (forward(), HandMark(value=Decimal(1), source=""), "来源"),
        (forward(), HandMark(value=Decimal("0.001"), source="报价"), "整数分"),
        (forward(), HandMark(value=Decimal(1), source="报价", delta=Decimal(1)), "总是 1"),
        (put(), FormulaMark(), "须写波动率"),
        (put(), FormulaMark(volatility=Decimal(501)), "须写波动率"),
        (put(), FormulaMark(volatility=Decimal(20), rate=Decimal(-1)), "利率应为"),
        (put(), HandMark(value=Decimal(1), source="报价", delta=Decimal("0.5")), "-1 至 0"),
    ],
)
def test_a_mark_that_values_nothing_is_refused(firm: World, terms: OtcTerms, mark: OtcMark, why: str) -> None:
    agreed(firm, terms)
    answer = firm.do(TRADER, valued(firm, terms.number, mark))
    assert (answer.code, why in answer.sentence) == ("BAD_MARK", True)


def test_a_mark_stays_over_a_restart_and_what_is_not_open_is_not_marked_or_ended(firm: World) -> None:
    agreed(firm, put())
    said = HandMark(value=Decimal("51234.56"), source="交易对手 8 月 21 日报价", delta=Decimal("-0.31"))
    assert firm.do(RISK, valued(firm, "QQ-1", said)).sentence == (
        "场外合约 QQ-1 的估值已改为：人工：交易对手 8 月 21 日报价，Delta −0.31"
    )
    firm.restart()
    assert firm.account.otc.rows["QQ-1"].mark == said
    assert firm.do(TRADER, valued(firm, "QQ-9", said)).code == "UNKNOWN_OTC"
    assert firm.do(TRADER, end(firm, "QQ-1", "0", " ")).code == "NO_REASON"


def test_one_that_has_expired_is_told_of_once_and_counts_until_it_is_ended(firm: World) -> None:
    agreed(firm, forward(expires=firm.account.trading_day))
    firm.show_at(NEXT_NIGHT)
    firm.show_at(instant(NEXT_DAY, 21))  # and once only
    alerts = [fact.sentence for fact in firm.facts(AlertRaised) if fact.code == "OTC_EXPIRED"]
    assert len(alerts) == 1
    assert "已到期仍计入 螺纹；请办理了结" in alerts[0]
    assert tonnes(firm) == -600
