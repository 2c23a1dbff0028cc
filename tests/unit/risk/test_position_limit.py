from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.domain.orders.order import HedgeFlag
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import PositionLimit
from terminal.risk.position_limit import position_limit
from tests.unit.risk.checks import CLOSE, PASS, QUOTE, REBAR, SELL, automatic, found, limits, opening, reducing, terms

NEAR, OVER = ("CONFIRM2", "POSITION_NEAR_LIMIT"), ("DENY", "POSITION_LIMIT")


@given(worst=st.integers(1, 300), most=st.integers(0, 200))
@example(80, 100)
@example(81, 100)
@example(100, 100)
@example(101, 100)
def test_the_limit_itself_passes_a_checker_and_one_lot_more_never_does(worst: int, most: int) -> None:
    check = opening(worst_long=worst, worst_short=10_000, limits=limits(position_lots=most))
    expected = OVER if worst > most else NEAR if worst * 10 > most * 8 else PASS
    assert found(position_limit, check) == expected


def test_a_sale_counts_on_the_short_side() -> None:
    sale = terms(SELL)
    assert found(position_limit, opening(terms=sale, worst_long=1000, worst_short=80)) == PASS
    assert found(position_limit, opening(terms=sale, worst_long=0, worst_short=81)) == NEAR
    assert found(position_limit, opening(terms=sale, worst_long=0, worst_short=101)) == OVER


def test_a_close_that_is_no_reduction_counts_on_the_side_it_closes() -> None:
    check = reducing(reducing=False, terms=terms(SELL, CLOSE), worst_long=101, worst_short=0)
    assert found(position_limit, check) == OVER


def test_a_limit_of_the_instrument_goes_before_the_general_one() -> None:
    own = limits(position_lots_by_instrument={REBAR.id: 10})
    assert found(position_limit, opening(worst_long=11, limits=own)) == OVER
    other = limits(position_lots_by_instrument={"DCE.i2101": 10})
    assert found(position_limit, opening(worst_long=11, limits=other)) == PASS


def test_a_limit_nobody_set_means_no_trading() -> None:
    assert found(position_limit, opening(limits=limits(position_lots=None))) == ("DENY", "POSITION_LIMIT_UNSET")
    only = limits(position_lots=None, position_lots_by_instrument={REBAR.id: 100})
    assert found(position_limit, opening(limits=only)) == PASS
    assert found(position_limit, opening(limits=None)) == ("DENY", "LIMITS_UNSET")


def test_a_reducing_close_passes_whatever_is_held() -> None:
    assert found(position_limit, reducing(worst_long=10_000)) == PASS


def test_the_sentence_tells_how_much_is_too_much() -> None:
    finding = position_limit(automatic(worst_long=103))
    assert finding is not None
    assert (finding.value, finding.limit) == ("103", "100")
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）未了委托全部成交后多头 103 手，超过持仓限额 100 手；请减少 3 手，或先平仓、撤单。"
    )
    finding = position_limit(opening(worst_long=90, limits=limits(position_confirm_fraction=Decimal("0.855"))))
    assert finding is not None
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）未了委托全部成交后多头 90 手，超过限额 100 手的 85.5%；"
        "需由另一人复核，或减少到 85 手以内。"
    )


def exchange(lots: int, since: int | None = None, share: Decimal | None = None) -> Instrument:
    limit = PositionLimit(lots=lots, open_interest_from=since, share=share)
    return msgspec.structs.replace(REBAR, position_limit=limit)


BEYOND = ("DENY", "EXCHANGE_POSITION_LIMIT")


def test_the_exchanges_limit_binds_the_lots_that_are_no_hedge() -> None:
    assert found(position_limit, opening(instrument=exchange(20), worst_unhedged=20)) == PASS
    assert found(position_limit, opening(instrument=exchange(20), worst_unhedged=21)) == BEYOND
    hedge = msgspec.structs.replace(terms(), hedge_flag=HedgeFlag.HEDGE)
    assert found(position_limit, opening(instrument=exchange(20), worst_unhedged=21, terms=hedge)) == PASS
    assert found(position_limit, reducing(instrument=exchange(20), worst_unhedged=21)) == PASS


def test_the_exchanges_limit_may_grow_with_the_open_interest() -> None:
    copper = exchange(20, since=1000, share=Decimal("0.1"))
    for lots, expected in ((None, BEYOND), (999, BEYOND), (1000, PASS), (1090, PASS)):
        quote = QUOTE._replace(open_interest=lots)
        assert found(position_limit, opening(instrument=copper, worst_unhedged=100, quote=quote)) == expected
    assert found(position_limit, opening(instrument=copper, worst_unhedged=21, quote=None)) == BEYOND
