"""Play again the worlds that once showed something wrong; the product or the judge was mended, and it stays so.

The engine has changed since and these worlds with it, so beside "nothing is wrong" each says what must still be in it.
"""

from __future__ import annotations

import pytest

FOUND = {
    "a zombie order lifts a spread above its target": (20261121, 18, "zombies"),
    "a zombie close freezes lots that other closes hold": (20261121, 53, "zombies"),
    "a zombie order trades with an own order sent since": (20261121, 4, "zombies"),
    "a strategy closes lots beside an order that a stop has sent": (20261122, 9, "conditional_released"),
    "a roll goes on where what was left of its near month was delivered": (777, 9, "strategy_marked"),
    "an UNKNOWN order loses its session and is void too early": (20261121, 0, "order_voided"),
}


@pytest.mark.parametrize("found", FOUND, ids=FOUND)
def test_it_does_not_happen_again(found, played):
    seed, world, what = FOUND[found]
    report = played(180, seed, only=world)
    assert report.violations == ()
    assert report.counters.get(what, 0) > 0
