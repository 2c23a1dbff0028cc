"""A target is set up in its form, and one press on its card agrees to the proposal that stands there."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from terminal.domain.commands import ChangeStrategy
from terminal.domain.ids import StockId, StrategyId
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.parameters.target import (
    BasisTable,
    Factor,
    FactorKind,
    FactorScore,
    FixedBand,
    RatioRow,
    TargetSettings,
)
from terminal.domain.words.settings import TaxBasis
from terminal.widgets.strategy.faults import faults_of
from terminal.widgets.strategy.form_target import OF_SOURCES, TargetForm
from terminal.widgets.strategy.typed_source import (
    UNREAD_FACTORS,
    UNREAD_ROWS,
    read_factors,
    read_rows,
    write_factors,
    write_rows,
)
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import ACCOUNT, DAY
from tests.gui.strategy_panel.bench import REBAR, Seat, card

KEEPER = StrategyId("配平-螺纹")
ROWS = (RatioRow(upto=Decimal(20), ratio=Decimal("85.5")), RatioRow(upto=Decimal(100), ratio=Decimal(50)))

SCORE = FactorScore(
    factors=(
        Factor(kind=FactorKind.BASIS, weight=Decimal(2), zero=Decimal(50), one=Decimal("-50.5")),
        Factor(kind=FactorKind.VOLUME, weight=Decimal(1), zero=Decimal("0.5"), one=Decimal(2)),
        Factor(kind=FactorKind.STOCK, weight=Decimal(1), zero=Decimal("0.8"), one=Decimal("1.2")),
    ),
    lowest=Decimal(40),
    highest=Decimal(80),
    spot=REBAR,
    days=12,
    stock=StockId("港口库存"),
)


def settings(**changes: object) -> TargetSettings:
    made = TargetSettings(
        account=ACCOUNT,
        group="螺纹钢",
        instrument=REBAR,
        source=FixedBand(low=Decimal(80), high=Decimal(90)),
        most_lots=300,
        hedge_flag=HedgeFlag.HEDGE,
    )
    return TargetSettings(**{**{name: getattr(made, name) for name in made.__struct_fields__}, **changes})


def form_of(seat: Seat) -> TargetForm:
    form = seat.form(StrategyKind.TARGET)
    assert isinstance(form, TargetForm)
    return form


@pytest.mark.parametrize(
    "made",
    [
        settings(),
        settings(source=BasisTable(spot=REBAR, rows=ROWS, tolerance=Decimal("2.5"), window=99, at_least=9), go=4),
        settings(source=SCORE),
        settings(tax_adjusted=True, vat_percent=Decimal("9.5")),
    ],
)
def test_what_is_put_into_the_form_comes_out_of_it(seat: Seat, made: TargetSettings) -> None:
    form = form_of(seat)
    form.load(made)
    assert form.settings(ACCOUNT) == made
    seen = {name for name in OF_SOURCES if form.fields[name].isVisibleTo(form)}
    fields = set(made.source.__struct_fields__)
    assert seen == fields


def test_the_rate_is_offered_by_the_product_and_asked_for_only_where_the_ratio_is_net_of_vat(seat: Seat) -> None:
    form = form_of(seat)
    known = replace(seat.reference.instrument(REBAR, DAY), vat_rate=Decimal("0.13"))
    form.show_instruments({REBAR: known})
    assert not form.fields["vat_percent"].isVisibleTo(form)
    assert form.settings(ACCOUNT).vat is None
    form.tax_basis.take(TaxBasis.NET)
    assert form.fields["vat_percent"].isVisibleTo(form)
    assert form.settings(ACCOUNT).vat == Decimal("0.13")
    form.load(settings(tax_adjusted=True, vat_percent=Decimal(0)))
    assert "应大于 0" in faults_of(form.settings(ACCOUNT), form.instruments)["vat_percent"]


def test_a_table_that_cannot_be_read_is_said_at_its_own_field(seat: Seat) -> None:
    form = form_of(seat)
    form.load(settings(source=BasisTable(spot=REBAR, rows=ROWS)))
    form.rows.setText("二十:85")
    assert form.blanks() == {"rows": UNREAD_ROWS}
    form.rows.setText("20:85 60:90 100:50")
    assert form.blanks() == {}
    assert faults_of(form.settings(ACCOUNT), form.instruments) == {"rows": "比例时升时降，应随分位只升或只降，请修改。"}
    assert read_rows(write_rows(ROWS)) == ROWS
    form.load(settings(source=SCORE))
    form.factors.setText("仓单 1 0 1")  # nothing in the product knows it
    assert form.blanks() == {"factors": UNREAD_FACTORS}
    form.factors.setText("基差 0 50 -50")
    assert "权重之和为 0" in faults_of(form.settings(ACCOUNT), form.instruments)["factors"]
    assert read_factors(write_factors(SCORE.factors)) == SCORE.factors


def test_one_press_agrees_to_the_proposal_that_stands_over_the_version_that_was_seen(qtbot: QtBot, seat: Seat) -> None:
    stands = card(
        strategy=KEEPER, settings=settings(), version=3, lots={}, proposal=(2, "第 2 号建议：卖 rb2505 12 手")
    )
    seat.show(stands)
    view = seat.panel.cards.views[KEEPER]
    view._still.invalidate()  # it has stood long enough to be read
    assert view.agree_button.isVisible()
    assert "卖 rb2505 12 手" in view.agree_button.toolTip()
    qtbot.mouseClick(view.agree_button, Qt.MouseButton.LeftButton)
    sent = seat.hand.sent[-1]
    assert isinstance(sent, ChangeStrategy)
    assert (sent.strategy, sent.base_version, sent.settings) == (KEEPER, 3, settings(go=2))


def test_without_a_proposal_there_is_nothing_to_agree_to(seat: Seat) -> None:
    seat.show(card(strategy=KEEPER, settings=settings(), lots={}))
    assert not seat.panel.cards.views[KEEPER].agree_button.isVisible()
