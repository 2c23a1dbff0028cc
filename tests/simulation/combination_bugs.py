"""Bugs to plant in what spreads do with combinations (组合合约), one at a time."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.domain.orders.combined_order import legs_of
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.words.route_terms import route_fault
from terminal.engine.orders import combined as orders
from terminal.engine.orders import gate
from terminal.engine.orders.combined import record_combined
from terminal.engine.ports import WireOrder
from terminal.engine.strategy import carrying
from terminal.gateways.sim.combinations.desk import CombinationDesk
from terminal.gateways.sim.matching.book import Match
from terminal.risk.self_match import self_match
from terminal.risk.session_guard import session_guard
from terminal.risk.table import RULES
from terminal.risk.tradable import tradable
from terminal.strategies.children import Ledger
from terminal.strategies.sight import Sight
from terminal.strategies.spread import rounds
from terminal.strategies.spread.moment import Moment
from terminal.strategies.spread.route import choose as choose_way


def the_other_leg_of_a_combination_is_hedged_before_its_word(patch):
    original = Ledger.in_scope

    def in_scope(self, scope):
        return (pair for pair in original(self, scope) if pair[1].other is None)

    patch.setattr(Ledger, "in_scope", in_scope)
    patch.setattr(Ledger, "in_transit", lambda *_: 0)


def a_combination_pays_more_than_its_legs_show(patch):
    def choose(settings, memory, view, direction):
        way = choose_way(settings, memory, view, direction)
        if way is None or way.combination is None:
            return way
        return way._replace(price=way.price + way.side.sign * way.combination.tick)

    patch.setattr(rounds, "choose", choose)


def a_combination_is_of_twice_the_lots(patch):
    original = Moment.combined

    def combined(self, way, signed, reason, round_number=None):
        return original(self, way, signed * 2, reason, round_number)

    patch.setattr(Moment, "combined", combined)


def both_legs_of_a_combination_go_out_one_by_one_as_well(patch):
    def record_both(turn, look, account, order, *rest):
        first = record_combined(turn, look, account, order, *rest)
        other = account.orders[account.orders[first].leg.other]
        turn.do(WireOrder(wire_key=other.wire_key, account=account.account, terms=other.terms))
        return first

    patch.setattr(carrying, "record_combined", record_both)


def what_trades_by_its_combination_alone_goes_leg_after_leg(patch):
    def choose(settings, memory, view, direction):
        way = choose_way(settings, memory, view, direction)
        if way is None or settings.route is not SpreadRoute.COMBINATION or memory.round % 2 == 0:
            return way
        return way._replace(combination=None)

    patch.setattr(rounds, "choose", choose)


def what_trades_leg_after_leg_goes_as_a_combination(patch):
    def choose(settings, memory, view, direction):
        by_combination = replace(settings, route=SpreadRoute.COMBINATION, quoting=None)
        fits = route_fault(by_combination) is None
        return choose_way(by_combination if fits else settings, memory, view, direction)

    patch.setattr(rounds, "choose", choose)


def a_combination_is_sent_in_a_break(patch):
    def careless(view, instrument):
        quote = view.quote(instrument)
        return None if quote is None else Sight(view.instrument(instrument), quote, 1 << 60, fresh=True)

    patch.setattr(rounds, "look", careless)
    patch.setattr(gate, "RULES", tuple(rule for rule in RULES if rule not in {session_guard, tradable}))


def a_leg_of_a_combination_may_meet_an_own_order(patch):
    def careless(check):
        return None if check.whole is not None else self_match(check)

    patch.setattr(gate, "RULES", tuple(careless if rule is self_match else rule for rule in RULES))


def the_exchange_fills_one_leg_of_a_combination_alone(patch):
    def book(self, spread, other, lots, prices):
        leg, against = spread.legs[0], None if other is None else other.legs[0]
        self._floor.ledger().note(spread.order)
        return self._floor.ledger().trade(Match(leg, against, lots, prices[0]))

    patch.setattr(CombinationDesk, "_book", book)


def the_second_leg_of_a_combination_is_recorded_for_one_lot(patch):
    def uneven(whole, combination, worst):
        first, second = legs_of(whole, combination, worst)
        return first, replace(second, lots=1)

    patch.setattr(orders, "legs_of", uneven)
