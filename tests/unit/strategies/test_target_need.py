"""However many lots are traded, the ratio ends in its band, at its aim, as near as whole lots come."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from terminal.domain.fact.target_marks import RatioFrozen
from terminal.domain.orders.order import Side
from terminal.domain.parameters.target import Aim
from terminal.domain.view import Cover, HedgeStanding
from terminal.strategies.target.need import Balance, balance_of, lots_to, outside, undecided

tonnes = st.integers(-200_000, 200_000).map(Decimal)
LOT = Decimal(10)


def standing(exposure: Decimal, futures: Decimal, *, bought: int = 0, sold: int = 0) -> HedgeStanding:
    return HedgeStanding(
        exposure=exposure,
        futures=futures,
        bought=Decimal(bought),
        sold=Decimal(sold),
        per_lot=LOT,
        confirm_fraction=Decimal(1),
    )


def band(low: int, high: int) -> RatioFrozen:
    middle = Decimal(low + high) / 2
    return RatioFrozen(trading_day=20250115, low=Decimal(low), ratio=middle, high=Decimal(high))


def after(now: Balance, side: Side, lots: int) -> Decimal:
    return now.hedge + LOT * lots * (1 if side is now.side else -1)


@given(exposure=tonnes, futures=tonnes, low=st.integers(0, 99), width=st.integers(1, 50), aim=st.sampled_from(Aim))
def test_the_lots_bring_the_ratio_inside_and_not_one_lot_fewer_would(
    exposure: Decimal, futures: Decimal, low: int, width: int, aim: Aim
) -> None:
    assume(exposure)
    now, wide = balance_of(standing(exposure, futures)), band(low, min(low + width, 100))
    assert now is not None
    least, most = (part * now.whole / 100 for part in (wide.low, wide.high))
    side = outside(now, wide)
    assert (side is None) == (least <= now.hedge <= most)
    assume(side is not None and most - least >= LOT)
    assert side is not None
    lots = lots_to(now, wide, aim, side)
    ends = after(now, side, lots)
    assert lots > 0
    assert least <= ends <= most
    if aim is Aim.EDGE:
        assert not least <= after(now, side, lots - 1) <= most
    else:
        assert abs(ends - wide.ratio * now.whole / 100) < LOT or not least <= after(now, side, lots - 1) <= most
    # Once there, nothing more is wanted, either way.
    there = now._replace(hedge=ends)
    assert outside(there, wide) is None
    assert lots_to(there, wide, aim, side) == 0


@given(futures=st.integers(-2000, 2000), others=st.integers(0, 500))
def test_long_and_short_exposure_mirror_each_other(futures: int, others: int) -> None:
    wide = band(80, 90)
    long = balance_of(standing(Decimal(1000), Decimal(futures), sold=others))
    short = balance_of(standing(Decimal(-1000), Decimal(-futures), bought=others))
    assert long is not None
    assert short is not None
    one, other = outside(long, wide), outside(short, wide)
    assert one is (None if other is None else other.opposite)
    if one is not None and other is not None:
        assert lots_to(long, wide, Aim.EDGE, one) == lots_to(short, wide, Aim.EDGE, other)


def test_a_band_narrower_than_a_lot_is_never_overshot() -> None:
    # 104 t to be hedged by lots of 10 t between 78 and 79 %: 81.12 to 82.16 t
    now = balance_of(standing(Decimal(104), Decimal(-75)))
    assert now is not None
    assert outside(now, band(78, 79)) is Side.SELL
    assert lots_to(now, band(78, 79), Aim.EDGE, Side.SELL) == 0


@given(
    exposure=tonnes,
    futures=tonnes,
    unsure=st.integers(0, 50_000).map(Decimal),
    place=st.integers(0, 100).map(lambda share: Decimal(share) / 100),
    low=st.integers(0, 99),
    width=st.integers(1, 50),
    aim=st.sampled_from(Aim),
)
def test_wherever_between_its_ends_the_hedge_truly_is_what_is_traded_is_right(
    exposure: Decimal, futures: Decimal, unsure: Decimal, place: Decimal, low: int, width: int, aim: Aim
) -> None:
    assume(exposure)
    wide = band(low, min(low + width, 100))
    now = balance_of(standing(exposure, futures)._replace(unsure=unsure))
    true = balance_of(standing(exposure, futures + unsure * place))
    assert now is not None
    assert true is not None
    assert now.least.hedge <= true.hedge <= now.most.hedge
    side = outside(now, wide)
    if undecided(now, wide, aim, None):
        assert outside(now.least, wide) is not outside(now.most, wide)
        return
    assert side is outside(true, wide)
    if side is not None:
        # No more than is truly lacking, and just what is lacking at the end that lacks less.
        lots = lots_to(now, wide, aim, side)
        assert lots == lots_to(now.toward(side), wide, aim, side)
        assert after(true, side, lots) * (1 if side is now.side else -1) <= (
            wide.high * now.whole / 100 if side is now.side else -wide.low * now.whole / 100
        )


def test_a_proposal_that_stands_is_undecided_only_where_one_end_lacks_nothing() -> None:
    now = balance_of(standing(Decimal(1000), Decimal(-800))._replace(unsure=Decimal(100)))  # 700 to 800 t
    assert now is not None
    wide = band(80, 90)
    assert undecided(now, wide, Aim.EDGE, None)
    assert undecided(now, wide, Aim.EDGE, Side.SELL)
    assert not undecided(now, wide, Aim.CENTRE, Side.SELL)  # five lots and fifteen are lacking to 85 %
    assert lots_to(now, wide, Aim.CENTRE, Side.SELL) == 5
    assert not undecided(now, wide, Aim.EDGE, Side.BUY)
    # Inside the band at both ends nothing is waited for, though the centre is reached at one of them alone.
    inside = balance_of(standing(Decimal(1000), Decimal(-850))._replace(unsure=Decimal(20)))
    assert inside is not None
    assert lots_to(inside.least, wide, Aim.CENTRE, Side.SELL) == 2
    assert not undecided(inside, wide, Aim.CENTRE, Side.SELL)
    assert lots_to(inside, wide, Aim.CENTRE, Side.SELL) == 0


def test_without_an_exposure_or_a_weight_there_is_no_ratio() -> None:
    assert balance_of(standing(Decimal(0), Decimal(-10))) is None
    assert balance_of(standing(Decimal(100), Decimal(0))._replace(per_lot=Decimal(0))) is None


def test_what_others_may_still_add_is_not_added_again_and_what_they_may_take_is_waited_for() -> None:
    wide = band(80, 90)
    short_of = balance_of(standing(Decimal(1000), Decimal(-700), sold=100))
    over = balance_of(standing(Decimal(1000), Decimal(-950), bought=50))
    assert short_of is not None
    assert over is not None
    assert (outside(short_of, wide), outside(over, wide)) == (None, None)


@given(
    lots=st.integers(1, 2000),
    percent=st.integers(1, 999).map(lambda share: Decimal(share) / 10),
    rate=st.sampled_from(("0.06", "0.09", "0.13", "0.17")),
)
def test_net_of_vat_a_band_that_ends_on_a_whole_lot_takes_that_lot_and_none_beside(
    lots: int, percent: Decimal, rate: str
) -> None:
    # So many tonnes that the lower edge is just these lots, whatever the share of 1 + VAT has for digits.
    weighs = 1 + Decimal(rate)
    exposure = LOT * lots * weighs * 100
    plain = standing(exposure, Decimal(0))
    cover = Cover(Decimal(0), Decimal(0), Decimal(0), LOT * weighs)
    now = balance_of(plain._replace(vat=Decimal(rate), cover=cover))
    assert now is not None
    wide = RatioFrozen(trading_day=20250115, low=percent, ratio=percent + 1, high=percent + 2)
    wanted = lots * percent
    found = lots_to(now, wide, Aim.EDGE, Side.SELL)
    assert wanted <= found < wanted + 1
