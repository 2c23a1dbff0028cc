from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.days.sessions import Phase
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.risk import Finding, Level, Verdict
from terminal.risk import table
from terminal.risk.check import Check, Claims, Working
from terminal.risk.table import RULES
from tests.unit.risk.checks import (
    AUTOMATIC,
    BUY,
    CLOSE,
    EMPTY,
    GRID,
    MANUAL,
    MONEY,
    NOW,
    OTHER,
    QUOTE,
    REBAR,
    SECOND,
    SELL,
    Rule,
    automatic,
    limits,
    opening,
    recent,
    reducing,
    session,
    terms,
    working,
)

D = Decimal
CONTROLS: Final = {
    "tradable": "C1",
    "order_kind": "C1",
    "combined_price": "C1d",  # ours too: the difference of an order on a combination
    "strategy_lots": "C1b",  # ours, beside the table of SAFETY 5
    "left_bare": "C1c",  # ours as well
    "hedged_twice": "C1e",  # ours as well
    "order_size": "C2",
    "price_collar": "C3",
    "quote_age": "C3b",
    "position_limit": "C4",
    "hedge_bound": "C5",
    "margin_use": "C6",
    "day_loss": "C7",
    "message_rate": "C8",
    "duplicate": "C9",
    "repetition": "C10",
    "working_orders": "C11",
    "cancel_line": "C12",
    "self_match": "C14",
    "session_guard": "C15",
    "standing": "C18",
}
OPENING_ONLY: Final = ("C4", "C5", "C6", "C7", "C8", "C10", "C11")
READS_LIMITS: Final = ("C2", "C3", "C3b", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11")
IDS: Final = [CONTROLS[rule.__name__] for rule in RULES]
BY_CONTROL: Final[dict[str, Rule]] = dict(zip(IDS, RULES, strict=True))

every_rule = pytest.mark.parametrize("rule", RULES, ids=IDS)


def crossing() -> list[list[Working]]:
    return [[working(1, terms(SELL, account=OTHER, price=3700), OrderState.UNKNOWN), working(2, terms(BUY))]]


def situations() -> Iterator[Check]:
    """Yield good orders, bad orders and nonsense, opening and reducing, by hand and by strategy."""
    tight = limits(position_lots=1, hedge_plan_lots={}, max_value_yuan=D(1), is_hedge_account=True)
    for build in (opening, automatic, reducing):
        yield build()
        yield build(approved=True, level=Level.ORANGE, parent_value=D(6_000_000), worst_long=90, worst_short=90)
        yield build(limits=None)
        yield build(limits=tight, parent_value=D(2), money_after=replace(MONEY, available=D(-1)))
        yield build(instrument=None, session=None, quote=None, money_after=None, parent_value=None)
        yield build(session=session(Phase.BREAK), feed_at=0, position=EMPTY)
        yield build(session=session(Phase.AUCTION), quote=QUOTE._replace(pre_settlement=None))
        yield build(quote=QUOTE._replace(received_at=0), level=Level.RED, killed=True, barrier_passed=False)
        yield build(jointly=crossing(), working=crossing()[0] * 100, owner=False, strategy_running=False)
        yield build(messages=[deque([NOW] * 60)], refusals=deque([(NOW, GRID)] * 5))
        yield build(recent=deque([recent(terms(), 0, GRID), recent(terms(SELL, CLOSE, price=3719), 0)] * 20))
        yield build(day_loss=D(10**6), strategy_day_loss=D(10**6), group_tonnes={"钢材": (D(0), D(100))})
        yield build(claims=Claims(1, (GRID,)))
        yield build(lacked=((GRID, 2),))
        yield build(unreconciled="2020-08-20 的结算单与账有 1 处不符")
        for price in ("NaN", "-Infinity", "0", "1E+999999", "3720.5", "3399", "4001"):
            yield build(terms=terms(price=price, lots=0))


def same(left: Finding | None, right: Finding | None) -> bool:
    return left == right


def frozen(check: Check) -> bytes:
    """Return everything a check holds as bytes, to see whether a rule changed any of it."""
    return repr({name: getattr(check, name) for name in check.__struct_fields__}).encode()


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_holds_every_control_in_order() -> None:
    assert list(CONTROLS.values()) == IDS
    assert {"C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C14", "C18"} <= set(IDS)


def test_every_rule_lives_in_a_file_of_its_own_name() -> None:
    folder = Path(table.__file__).parent
    for rule in RULES:
        assert rule.__module__ == f"terminal.risk.{rule.__name__}"
        assert (folder / f"{rule.__name__}.py").is_file()


def test_no_rule_is_listed_twice() -> None:
    assert len(set(RULES)) == len(RULES)


# --- every rule -------------------------------------------------------------------------------------------------------


@every_rule
def test_a_rule_lets_a_good_order_pass(rule: Rule) -> None:
    for check in (opening(), automatic(), reducing(), reducing(cause=AUTOMATIC)):
        assert rule(check) is None


@every_rule
def test_a_rule_answers_the_same_when_asked_twice_and_changes_nothing(rule: Rule) -> None:
    for check in situations():
        before = frozen(check)
        assert same(rule(check), rule(check))
        assert same(rule(check), rule(copy.copy(check)))
        assert frozen(check) == before


@every_rule
def test_a_rule_speaks_under_its_own_control_with_code_and_sentence(rule: Rule) -> None:
    for check in situations():
        finding = rule(check)
        if finding is None:
            continue
        assert finding.control == CONTROLS[rule.__name__]
        assert finding.code == finding.code.upper()
        assert finding.code.replace("_", "").isalnum()
        assert finding.verdict is not Verdict.ALLOW
        assert len(finding.sentence) > 10
        assert finding.sentence.endswith("。")
        assert any("\u4e00" <= sign <= "\u9fff" for sign in finding.sentence)
        for figure in (finding.value, finding.limit):
            assert figure == "" or str(D(figure)) == figure or finding.code == "PRICE_OFF_TICK"
        assert msgspec.json.decode(msgspec.json.encode(finding), type=Finding) == finding


@every_rule
def test_no_rule_names_the_screen_terms_that_are_not_ours(rule: Rule) -> None:
    for check in situations():
        finding = rule(check)
        sentence = "" if finding is None else finding.sentence
        assert not any(term in sentence for term in ("二次确认", "熔断", "板价", "裸腿", "强控"))


# --- who is bound -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("control", OPENING_ONLY)
def test_a_rule_of_opening_orders_never_speaks_of_a_reducing_close(control: str) -> None:
    for check in situations():
        check.reducing = True
        check.terms = terms(SELL, Offset.CLOSE, 1, 3719)
        assert BY_CONTROL[control](check) is None


def test_a_reducing_close_passes_when_everything_that_binds_opening_says_no() -> None:
    worst = {
        "limits": None,
        "level": Level.RED,
        "killed": True,
        "barrier_passed": False,
        "feed_at": 0,
        "money_after": replace(MONEY, available=D(-1), margin=D(10**9)),
        "parent_value": None,
        "day_loss": D(10**9),
        "strategy_day_loss": D(10**9),
        "worst_long": 10**6,
        "worst_short": 10**6,
        "messages": [deque([NOW] * 99)],
        "refusals": deque([(NOW, GRID)] * 99),
        "group_tonnes": {"钢材": (D(0), D(10**9))},
        "working": [working(number, terms()) for number in range(200)],
    }
    for cause in (MANUAL, AUTOMATIC):
        for quote in (QUOTE, None, QUOTE._replace(received_at=0)):
            check = reducing(cause=cause, quote=quote)
            for name, value in worst.items():
                setattr(check, name, value)
            verdicts = [finding.verdict for rule in RULES if (finding := rule(check)) is not None]
            assert max(verdicts, default=Verdict.ALLOW) <= Verdict.WARN


@pytest.mark.parametrize("control", READS_LIMITS)
def test_limits_nobody_set_refuse_every_opening_order(control: str) -> None:
    for check in (opening(limits=None), automatic(limits=None)):
        finding = BY_CONTROL[control](check)
        if control == "C10" and check.cause is MANUAL:
            assert finding is None
            continue
        assert finding is not None
        assert (finding.verdict, finding.code) == (Verdict.DENY, "LIMITS_UNSET")


def test_the_defaults_alone_open_nothing() -> None:
    findings = [rule(opening(limits=Limits())) for rule in RULES]
    assert {finding.code for finding in findings if finding} == {"POSITION_LIMIT_UNSET", "DAY_LOSS_LIMIT_UNSET"}


@every_rule
def test_an_approval_softens_what_needs_a_checker_and_nothing_else(rule: Rule) -> None:
    for check in situations():
        before = rule(check)
        approved = copy.copy(check)
        approved.approved = True
        after = rule(approved)
        if before is None or before.verdict is not Verdict.CONFIRM2:
            assert after == before
            continue
        assert after is not None
        covered = check.cause is MANUAL or rule.__name__ == "order_size"
        assert after.verdict is (Verdict.WARN if covered else Verdict.CONFIRM2)


# --- whatever comes ---------------------------------------------------------------------------------------------------

PRICES = st.one_of(
    st.integers(3300, 4100).map(D), st.decimals(allow_nan=None, allow_infinity=None), st.just(D("1E+999999"))
)
QUOTED = st.one_of(st.none(), st.integers(3300, 4100))


@given(data=st.data(), price=PRICES, side=st.sampled_from(Side), offset=st.sampled_from(Offset), lots=st.integers())
def test_no_order_and_no_moment_makes_a_rule_fall_over(
    data: st.DataObject, price: Decimal, side: Side, offset: Offset, lots: int
) -> None:
    def draw(strategy: st.SearchStrategy[int | None]) -> int | None:
        return data.draw(strategy)

    quote = QUOTE._replace(
        bid=draw(QUOTED),
        ask=draw(QUOTED),
        last=draw(QUOTED),
        upper_limit=draw(QUOTED),
        lower_limit=draw(QUOTED),
        pre_settlement=draw(QUOTED),
        received_at=NOW - data.draw(st.integers(0, 100 * SECOND)),
    )
    check = opening(
        terms=terms(side, offset, lots, price),
        cause=data.draw(st.sampled_from([MANUAL, AUTOMATIC])),
        instrument=data.draw(st.sampled_from([REBAR, None])),
        session=data.draw(st.sampled_from([None, *(session(phase) for phase in Phase)])),
        quote=data.draw(st.sampled_from([quote, None])),
        feed_at=NOW - data.draw(st.integers(0, 10 * SECOND)),
        limits=data.draw(st.sampled_from([None, Limits(), limits(), limits(hedge_plan_lots={})])),
        reducing=data.draw(st.booleans()) and offset is not Offset.OPEN,
        jointly=crossing(),
        level=data.draw(st.sampled_from(Level)),
    )
    for rule in RULES:
        finding = rule(check)
        assert finding is None or finding.verdict > Verdict.ALLOW
