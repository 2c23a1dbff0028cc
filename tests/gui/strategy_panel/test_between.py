"""A person chooses the account that far is opened in; a half of such a roll keeps being one when it is changed."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.domain.commands import ChangeStrategy, StartStrategy
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Half, Manual, RollSettings
from terminal.widgets.strategy.form_roll import SAME_ACCOUNT, RollForm
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import ACCOUNT, book
from tests.gui.strategy_panel.bench import NEXT_REBAR, REBAR, Seat, account_line, card, link

OTHER = AccountId("避险账户")
ROLL = StrategyId("roll")
BOTH = {ACCOUNT: (Role.TRADER,), OTHER: (Role.TRADER,), AccountId("只读账户"): (Role.VIEWER,)}


def choices(form: RollForm) -> list[str]:
    return [form.far_account.itemText(place) for place in range(form.far_account.count())]


def seated(seat: Seat) -> RollForm:
    form: RollForm = seat.form(StrategyKind.ROLL)
    seat.panel.show_account_line(account_line())
    seat.panel.show_book(book())
    seat.panel.show_link(link(roles=BOTH))
    return form


def test_only_accounts_this_person_trades_in_are_offered_and_who_has_one_is_not_asked(seat: Seat) -> None:
    form: RollForm = seat.form(StrategyKind.ROLL)
    assert form.fields["far_account"].isHidden()
    seated(seat)
    assert choices(form) == [SAME_ACCOUNT, OTHER]
    assert not form.fields["far_account"].isHidden()
    assert form.settings(ACCOUNT).far_account is None


def test_the_account_chosen_is_the_one_that_is_previewed_and_sent(seat: Seat) -> None:
    form = seated(seat)
    form.far_account.take(OTHER)
    seat.view.preview_button.click()
    body = seat.hand.asked[-1]
    assert isinstance(body, StartStrategy)
    assert isinstance(body.settings, RollSettings)
    assert (body.account, body.settings.far_account) == (ACCOUNT, OTHER)
    # And it stays chosen while the roles are told again.
    seat.panel.show_link(link(roles=BOTH))
    seat.panel.show_link(link(roles={ACCOUNT: (Role.TRADER,)}))
    assert form.settings(ACCOUNT).far_account == OTHER


def half_of(seat: Seat, status: StrategyStatus = StrategyStatus.RUNNING) -> RollSettings:
    near = RollSettings(
        account=ACCOUNT,
        near=REBAR,
        far=NEXT_REBAR,
        side=Side.BUY,
        lots=6,
        batch_lots=3,
        timings=(Manual(),),
        half=Half.NEAR,
    )
    seat.panel.show_strategies({ROLL: card(near, strategy=ROLL, lots={}, status=status)})
    seat.panel.cards.views[ROLL].change_button.click()
    return near


def test_a_half_that_is_changed_stays_a_half_and_its_size_is_closed(seat: Seat) -> None:
    form = seated(seat)
    near = half_of(seat)
    assert form.fields["far_account"].isHidden()
    assert not form.lots.isEnabled()
    assert not form.naked_lots.isEnabled()
    form.chase_seconds.stepUp()
    seat.view.preview_button.click()
    body = seat.hand.asked[-1]
    assert isinstance(body, ChangeStrategy)
    assert body.settings == replace(near, chase_seconds=near.chase_seconds + 1)


def test_a_copy_of_a_half_that_is_over_is_a_whole_roll(seat: Seat) -> None:
    form = seated(seat)
    near = half_of(seat, StrategyStatus.FINISHED)
    assert form.settings(ACCOUNT) == replace(near, half=None)
    assert not form.fields["far_account"].isHidden()
