from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from terminal.domain.ids import InstrumentId
from terminal.risk.check import Working
from terminal.risk.working_orders import working_orders
from tests.unit.risk.checks import PASS, found, opening, reducing, terms, working

MANY = ("CONFIRM2", "WORKING_ORDERS_MANY")
OVER, OVER_HERE = ("DENY", "WORKING_ORDERS"), ("DENY", "WORKING_ORDERS_OF_INSTRUMENT")
ELSEWHERE = InstrumentId("DCE.i2101")


def orders(here: int, elsewhere: int = 0) -> list[Working]:
    own: list[Working] = [working(number, terms()) for number in range(here)]
    return own + [working(here + number, terms(of=ELSEWHERE)) for number in range(elsewhere)]


@given(here=st.integers(0, 60), elsewhere=st.integers(0, 160))
@example(39, 0)
@example(40, 0)
@example(39, 20)
@example(39, 21)
@example(0, 149)
@example(0, 150)
def test_the_last_order_a_limit_speaks_of_passes(here: int, elsewhere: int) -> None:
    count = here + elsewhere + 1
    expected = OVER if count > 150 else OVER_HERE if here + 1 > 40 else MANY if count > 60 else PASS
    assert found(working_orders, opening(working=orders(here, elsewhere))) == expected


def test_a_reducing_close_passes_and_limits_nobody_set_refuse() -> None:
    assert found(working_orders, reducing(working=orders(200))) == PASS
    assert found(working_orders, opening(limits=None)) == ("DENY", "LIMITS_UNSET")


def test_sentences_count_the_order_itself() -> None:
    finding = working_orders(opening(working=orders(40)))
    assert finding is not None
    assert (finding.value, finding.limit) == ("41", "40")
    assert finding.sentence == "螺纹钢2010（SHFE.rb2010）未了委托将达 41 笔，超过上限 40 笔；请先撤去不需要的委托。"
    finding = working_orders(opening(working=orders(0, 60), approved=True))
    assert finding is not None
    assert (finding.verdict.name, finding.sentence) == (
        "WARN",
        "账户 A1 未了委托将达 61 笔，超过 60 笔；已由另一人复核。",
    )
