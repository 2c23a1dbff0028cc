"""Spot that was bought is said on the card of its spread, in one form that the runner answers."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.spot_side import SpotSide
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.domain.spot_commands import ConfirmSpot
from terminal.domain.words.risk import Verdict
from terminal.engine.screen import Preview, ResultLine, StrategyCard
from terminal.engine.strategy.spot_line import SpotLine
from terminal.widgets.strategy.faults import faults_of
from terminal.widgets.strategy.spot_form import SpotForm
from tests.gui.desk import ACCOUNT
from tests.gui.strategy_panel.bench import REBAR, Seat, card

CARRY, SPOT = StrategyId("carry"), InstrumentId("SPOT.rb.上海")
SETTINGS = SpreadSettings(
    account=ACCOUNT,
    legs=(
        SpreadLeg(instrument=SPOT, coefficient=Decimal(1), lots=0),
        SpreadLeg(instrument=REBAR, coefficient=Decimal(-1), lots=-1, active=True),
    ),
    buy_at=Decimal(45),
    sell_at=Decimal(70),
    spot_side=SpotSide(tonnes=Decimal(10)),
)


def stands(undone: int, done: int = 0) -> StrategyCard:
    line = SpotLine(spot=SPOT, undone=Decimal(undone), done=Decimal(done), price=Decimal(3300))
    return card(strategy=CARRY, settings=SETTINGS, spot=line)


def opened(qtbot: QtBot, seat: Seat, shown: StrategyCard) -> SpotForm:
    seat.show(shown)
    view = seat.panel.cards.views[CARRY]
    view._still.invalidate()  # it has stood long enough to be read
    assert view.spot_button.isVisible()
    qtbot.mouseClick(view.spot_button, Qt.MouseButton.LeftButton)
    form = seat.panel.spot.form
    assert form is not None
    return form


def answered(seat: Seat, form: SpotForm, sentence: str, verdict: Verdict = Verdict.ALLOW) -> None:
    form._timer.stop()
    form._ask()
    request = len(seat.hand.asked)
    seat.panel.show_previews({request: Preview(request=request, verdict=verdict, sentence=sentence)})


def test_what_is_undone_stands_in_the_form_and_goes_to_the_runner_over_what_was_done(qtbot: QtBot, seat: Seat) -> None:
    form = opened(qtbot, seat, stands(50, done=20))
    assert (form.side.currentIndex(), form.tonnes.text()) == (0, "50")
    form.tonnes.setText("30")
    form.price.setText("3,295")
    form.contract.setText("HT-7")
    answered(seat, form, "买入现货 rb.上海 30 吨 @3295 已落实，还有…")
    wanted = ConfirmSpot(
        account=ACCOUNT,
        strategy=CARRY,
        side=Side.BUY,
        tonnes=Decimal(30),
        price=Decimal(3295),
        contract="HT-7",
        done=Decimal(20),
    )
    assert seat.hand.asked[-1] == wanted
    assert form.said.text().startswith("买入现货 rb.上海 30 吨")
    form.send_button.click()
    assert seat.hand.sent == [wanted]
    refused = ResultLine(
        command=seat.hand.last_command, ok=False, code="CONFLICT", sentence="已有别人落实过", body=wanted
    )
    seat.panel.show_results((refused,))
    assert (form.said.text(), form.tonnes.text()) == ("已有别人落实过", "30")
    answered(seat, form, "可以")
    form.send_button.click()
    seat.panel.show_results((replace(refused, command=seat.hand.last_command, ok=True, code="OK"),))
    assert not form.isVisible()


def test_spot_to_be_sold_and_a_word_to_be_taken_back_begin_on_their_side(qtbot: QtBot, seat: Seat) -> None:
    form = opened(qtbot, seat, stands(-40))
    assert (form.side.currentIndex(), form.tonnes.text()) == (1, "40")
    form = opened(qtbot, seat, stands(0, done=20))
    assert (form.side.currentIndex(), form.tonnes.text()) == (1, "20")
    form.price.setText("3300")
    form._send()
    assert seat.hand.sent == []
    assert "合同号" in form.said.text()
    form.tonnes.setText("0")
    form._send()
    assert "正数" in form.said.text()


def test_spot_of_a_stopped_spread_may_be_waived_with_a_reason_and_that_taken_back(qtbot: QtBot, seat: Seat) -> None:
    form = opened(qtbot, seat, stands(50))
    assert form.answer.isHidden()
    assert not form.is_waived
    over = stands(50, done=20)
    assert over.spot is not None
    over = replace(over, status=StrategyStatus.STOPPED, spot=replace(over.spot, may_waive=True, waived=Decimal(30)))
    form = opened(qtbot, seat, over)
    assert (form.answer.isHidden(), form.price.isHidden(), form.reason.isHidden()) == (False, False, True)
    form.answer.setCurrentIndex(1)
    assert (form.price.isHidden(), form.contract.isHidden(), form.reason.isHidden()) == (True, True, False)
    form._send()
    assert "不做的原因" in form.said.text()
    form.reason.setText("期货已平")
    answered(seat, form, "买入现货 rb.上海 50 吨不做了")
    form.send_button.click()
    assert seat.hand.sent == [
        ConfirmSpot(
            account=ACCOUNT,
            strategy=CARRY,
            side=Side.BUY,
            tonnes=Decimal(50),
            done=Decimal(50),
            waived="期货已平",
        )
    ]
    assert over.spot is not None
    form = opened(qtbot, seat, replace(over, spot=replace(over.spot, undone=Decimal(0))))
    assert form.is_waived
    assert (form.side.currentIndex(), form.tonnes.text()) == (1, "30")


def test_without_spot_there_is_no_button(seat: Seat) -> None:
    seat.show(card(strategy=CARRY, settings=SETTINGS))
    assert not seat.panel.cards.views[CARRY].spot_button.isVisible()


def test_the_form_of_a_spread_says_what_a_spot_side_lacks() -> None:
    listed = {REBAR, SPOT}
    assert faults_of(SETTINGS, listed) == {}
    assert (
        "现有 0 条"
        in faults_of(replace(SETTINGS, legs=(replace(SETTINGS.legs[0], lots=1), SETTINGS.legs[1])), listed)["legs"]
    )
    assert "按对手价" in faults_of(replace(SETTINGS, quoting=SpreadQuoting()), listed)["quoting"]
    thin = replace(SETTINGS, spot_side=SpotSide(tonnes=Decimal(0), alert_minutes=0))
    assert set(faults_of(thin, listed)) == {"tonnes", "alert_minutes"}
