"""Over random books a filled quote is hedged at the asked price, and never leaves too many lots naked."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import OrderState, Side, TimeCondition
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.strategies.spread.balance import unbalanced
from tests.unit.strategies.traded import Order, future
from tests.unit.strategies.world import ACCOUNT, World

A, B, C = InstrumentId("SHFE.rb2510"), InstrumentId("SHFE.rb2601"), InstrumentId("SHFE.hc2601")
STEPS = 250


def drawn(random: Random) -> SpreadSettings:
    sign = random.choice([1, -1])
    legs = (
        SpreadLeg(instrument=A, coefficient=Decimal(sign * random.choice([1, 2])), lots=sign * random.choice([1, 3]),
                  active=True),
        SpreadLeg(instrument=B, coefficient=Decimal(-sign), lots=-sign * random.choice([1, 2])),
        SpreadLeg(instrument=C, coefficient=Decimal("0.5"), lots=1),
    )[: random.choice([2, 3])]  # fmt: skip
    middle = sum((leg.coefficient for leg in legs), Decimal(0)) * 1000
    return SpreadSettings(
        account=ACCOUNT,
        legs=legs,
        buy_at=middle - random.choice([3, 6]),
        sell_at=middle + random.choice([3, 6]),
        sets=random.randint(1, 3),
        max_sets=3,
        naked_lots=random.choice([4, 6, 9]),
        pause_seconds=0,
        quoting=SpreadQuoting(tolerance_ticks=random.randint(0, 2), reach_ticks=20, rest_seconds=3),
    )


class Books:
    """A market that moves between decisions only, and an exchange that fills quotes in parts and hedges whole."""

    def __init__(self, made: World, random: Random) -> None:
        self.made, self.random = made, random
        self.prices = dict.fromkeys(made.instruments, 1000)
        self.quotes = 0
        self.move()

    def move(self) -> None:
        for name, price in self.prices.items():
            moved = self.prices[name] = price + self.random.choice([-2, -1, 0, 0, 1, 2])
            self.made.show(name, moved - self.random.randint(0, 1), moved + 1, lots=self.random.randint(1, 12))

    def answer(self) -> None:
        """Accept, take out what is cancelled, fill a part of what rests; hedges fill at once, at their own price."""
        made = self.made
        for row in made.live():
            quotes = row.tag.endswith("leg:0") and row.terms.time_condition is TimeCondition.GFD
            if row.terms.time_condition is TimeCondition.FAK:
                made.take(row)
            elif row.cancel_asked:
                made.cancelled(row)
            elif not quotes:
                made.fill(row)
            elif row.state is OrderState.RECORDED:
                made.accept(row)
            elif self.random.random() < 0.3:
                self.fill_quote(row, self.random.randint(1, row.terms.lots - row.filled))

    def fill_quote(self, row: Order, lots: int) -> None:
        """Fill a part of a quote nobody has asked to withdraw, hedge it in the book the strategy saw, and judge."""
        made, settings = self.made, self.made.settings
        assert isinstance(settings, SpreadSettings)
        assert settings.quoting is not None
        before = len(made.book)
        made.fill(row, lots)
        made.step()
        hedges = list(made.book.values())[before:]
        paid = settings.legs[0].coefficient * row.terms.price
        for leg in settings.legs[1:]:
            # Whole lots: a part of the quote may leave a leg nothing to do, and then its price now is what counts.
            of_leg = next((one for one in hedges if one.terms.instrument == leg.instrument), None)
            quote, buys = made.quotes[leg.instrument], (leg.coefficient > 0) == self.bought(row)
            shown = quote.ask if buys else quote.bid
            assert shown is not None
            assert of_leg is None or of_leg.terms.price == shown, "hedged at the opposite price"
            paid += leg.coefficient * shown
        asked = settings.buy_at if self.bought(row) else settings.sell_at
        worse = (paid - asked) * (1 if self.bought(row) else -1)
        assert worse <= settings.quoting.tolerance_ticks * abs(settings.legs[0].coefficient)
        self.quotes += 1

    def bought(self, row: Order) -> bool:
        settings = self.made.settings
        assert isinstance(settings, SpreadSettings)
        return (row.terms.side is Side.BUY) == (settings.legs[0].lots > 0)


@settings(max_examples=20)
@given(st.randoms(use_true_random=True))
def test_a_filled_quote_is_hedged_at_the_asked_price_and_never_leaves_too_much_naked(random: Random) -> None:
    asked = drawn(random)
    made = World(asked, [future(A), future(B), future(C)])

    def check() -> None:
        nets = [made.net(f"leg:{place}") for place in range(len(asked.legs))]
        assert unbalanced(asked, nets) <= asked.naked_lots
        assert unbalanced(asked, nets, nets[0] + made.under_way("leg:0")) <= asked.naked_lots

    made.on_fact = check
    books = Books(made, random)
    for _ in range(STEPS):
        books.move()
        made.step()
        books.answer()
        made.wait(random.choice([0.5, 1, 3]))
    made.restart()


def test_the_random_books_do_fill_quotes() -> None:
    random = Random(7)
    made = World(drawn(random), [future(A), future(B), future(C)])
    books = Books(made, random)
    for _ in range(STEPS * 4):
        books.move()
        made.step()
        books.answer()
        made.wait(1)
    assert books.quotes > 5
