"""The numbers of a strategy of one's own are changed in fields made from what its code declares."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.commands import ChangeStrategy
from terminal.domain.parameters.own import OwnContract, OwnNumber, OwnSettings
from terminal.widgets.strategy.faults import FROM_A_PLAN
from terminal.widgets.strategy.fields import short_code
from terminal.widgets.strategy.form_own import OwnForm
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import ACCOUNT
from tests.gui.strategy_panel.bench import COIL, GRID, NEXT_REBAR, REBAR, Seat, card

FAST = OwnNumber(name="fast", title="快线", unit="个", least=Decimal(2), most=Decimal(100), value=Decimal(5), help="短")
SHARE = OwnNumber(
    name="share", title="比例", unit="%", least=Decimal(0), most=Decimal(50), value=Decimal("2.5"), whole=False
)
OWN = OwnSettings(
    account=ACCOUNT, instrument=REBAR, code="double_ma.py", sha256="ab" * 32, title="双均线", max_lots=5,
    numbers=(FAST, SHARE),
)  # fmt: skip

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def edit(seat: Seat, settings: OwnSettings = OWN, *, version: int = 3) -> OwnForm:
    seat.show(card(settings, version=version))
    seat.panel.cards.views[GRID].change_button.click()
    form = seat.bench.form(StrategyKind.OWN)
    assert isinstance(form, OwnForm)
    return form


def test_a_changed_number_is_sent_and_everything_else_as_it_was(seat: Seat) -> None:
    form = edit(seat)
    assert form.settings(ACCOUNT) == OWN
    box = form.fields["numbers.fast"].control
    assert "短，2 至 100 个" in box.toolTip()
    box.stepBy(3)  # type: ignore[attr-defined]
    seat.preview()
    seat.view.start_button.click()
    changed = msgspec.structs.replace(OWN, numbers=(msgspec.structs.replace(FAST, value=Decimal(8)), SHARE))
    assert seat.hand.sent == [ChangeStrategy(account=ACCOUNT, strategy=GRID, base_version=3, settings=changed)]


def test_a_number_beyond_its_bounds_is_said_at_its_field(seat: Seat) -> None:
    form = edit(seat)
    field = form.fields["numbers.fast"]
    for _ in range(20):
        field.control.stepBy(5)  # type: ignore[attr-defined]
    assert field.fault.text() == "应在 2 至 100 之间，请修改。"
    assert not seat.view.preview_button.isEnabled()


def test_code_and_contract_last_and_the_numbers_do_not(seat: Seat) -> None:
    form = edit(seat)
    closed = {name for name, field in form.fields.items() if not field.control.isEnabled()}
    assert closed == {"code", "instrument", "others", "hedge_flag"}
    assert form.fields["code"].control.toolTip().startswith("代码不能在运行中修改")


def test_another_code_has_its_own_fields(seat: Seat) -> None:
    edit(seat)
    other = msgspec.structs.replace(OWN, code="other.py", sha256="cd" * 32, numbers=(SHARE,))
    form = edit(seat, other, version=4)
    assert [name for name in form.fields if name.startswith("numbers.")] == ["numbers.share"]
    assert form.settings(ACCOUNT) == other


def test_a_new_one_says_that_its_plan_starts_it(seat: Seat) -> None:
    form = seat.form(StrategyKind.OWN)
    form.changed()
    assert form.fields["code"].fault.text() == FROM_A_PLAN
    assert not seat.view.preview_button.isEnabled()


def test_a_conflict_names_the_number(seat: Seat) -> None:
    form = edit(seat)
    form.fields["numbers.fast"].control.stepBy(1)  # type: ignore[attr-defined]
    latest = msgspec.structs.replace(OWN, numbers=(FAST, msgspec.structs.replace(SHARE, value=Decimal(3))), max_lots=6)
    seat.show(card(latest, version=4))
    said = seat.view.conflict.accessibleName()
    assert "参数 我的 快线 6 个 最新 快线 5 个" in said
    assert "最多持仓 我的 5 手 最新 6 手" in said


def test_the_other_contracts_of_a_rule_of_several_are_shown_and_last(seat: Seat) -> None:
    assert not edit(seat).fields["others"].isVisibleTo(seat.view)
    others = (
        OwnContract(name="far", instrument=NEXT_REBAR, max_lots=4),
        OwnContract(name="ore", instrument=COIL),
    )
    form = edit(seat, msgspec.structs.replace(OWN, others=others), version=4)
    assert form.settings(ACCOUNT).others == others
    field = form.fields["others"]
    assert field.isVisibleTo(seat.view)
    assert form.others.currentText() == f"{short_code(NEXT_REBAR)} 最多持仓 4 手；{short_code(COIL)} 只看"
    closed = {name for name, one in form.fields.items() if not one.control.isEnabled()}
    assert closed == {"code", "instrument", "others", "max_lots", "hedge_flag"}
