"""Plant bugs in the product, one at a time, and see that rough markets show each of them, whatever the luck of a seed.

A bug is looked for first in the market that last showed it, then in many markets of two seeds: when the luck of a seed
changes, the first look may find nothing, and the others take longer, but a judge that is blind is still found out.
"""

from __future__ import annotations

import pytest

from terminal.simulation.rough.play import play_rough
from tests.simulation import combination_bugs as c
from tests.simulation import rough_bugs as r

SEED = 20261130
MANY = 80

# How the sentence begins, which strategy shows it, and in which market of the seed it was seen last.
BUGS = {
    r.breaks_are_not_looked_at: ("C15 ", "grid", 1),
    r.what_is_under_way_is_forgotten: ("I11 ", "roll", 0),
    r.a_restart_forgets_what_a_strategy_holds: ("I11 ", "grid", 1),
    r.a_leg_that_stands_alone_is_told_to_nobody: ("I12 ", "roll", 29),
    r.the_cancels_of_quotes_are_not_rationed: ("E3 ", "spread", 6),
    r.a_refused_hedge_holds_nothing_back: ("E5 ", "spread", 13),
    r.the_exits_of_a_spread_are_not_looked_at: ("E9 ", "spread", 7),
    r.an_exit_is_judged_by_the_price_of_opening: ("E9 ", "spread", 7),
    r.the_limit_of_an_execution_is_overlooked: ("C17 ", "execution", 0),
    r.what_others_have_under_way_is_not_counted: ("I11 ", "target", 23),
    r.the_tax_in_the_price_of_the_goods_is_forgotten: ("I11 ", "target", 8),
    r.a_proposal_is_traded_before_anybody_agrees: ("I11 ", "target", 0),
    r.a_strategy_at_rest_is_asked_as_if_it_ran: ("I11 own-", "own", 5),
    r.what_is_given_up_is_opened_against_itself: ("I11 swap-", "swap", 3),
    r.a_rule_gets_twice_what_it_asks_for: ("I11 own-", "own", 1),
    r.what_a_rule_holds_of_its_other_contract_is_forgotten: ("I11 pair-", "own", 2),
    r.a_roll_begins_whatever_its_timings_say: ("I11 roll-", "roll", 6),
    r.the_slices_of_a_roll_are_all_due_at_once: ("I11 roll-", "roll", 13),
    r.far_in_the_other_account_is_told_of_one_lot_too_many: ("I11 roll-", "roll", 0),
    c.the_other_leg_of_a_combination_is_hedged_before_its_word: ("E2 ", "spread", 6),
    c.a_combination_pays_more_than_its_legs_show: ("E2 ", "spread", 0),
    c.a_combination_is_of_twice_the_lots: ("I11 ", "spread", 2),
    c.both_legs_of_a_combination_go_out_one_by_one_as_well: ("I1 ", "spread", 0),
    c.what_trades_by_its_combination_alone_goes_leg_after_leg: ("E2 ", "spread", 3),
    c.what_trades_leg_after_leg_goes_as_a_combination: ("E2 ", "spread", 2),
    c.a_combination_is_sent_in_a_break: ("C15 ", "spread", 6),
    c.a_leg_of_a_combination_may_meet_an_own_order: ("C14 ", "spread", 15),
    c.the_exchange_fills_one_leg_of_a_combination_alone: ("E2 ", "spread", 0),
    c.the_second_leg_of_a_combination_is_recorded_for_one_lot: ("E2 ", "spread", 2),
}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found(bug, monkeypatch, reference):
    begins, strategy, market = BUGS[bug]
    bug(monkeypatch)
    for seed, first, markets in ((SEED, market, 1), (SEED, 0, MANY), (SEED + 1, 0, MANY)):
        report = play_rough(
            markets=markets, first=first, seed=seed, reference=reference, strategies=(strategy,), stop=True
        )
        if report.violations:
            break
    sentences = [one.sentence for one in report.violations]
    assert any(one.startswith(begins) for one in sentences), sentences
