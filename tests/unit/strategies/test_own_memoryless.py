"""A rule is shown prices to come only where its text proves that it can remember nothing of them."""

from __future__ import annotations

import pytest

from terminal.strategies.own.memoryless import remembers_nothing
from tests.own_rule import AROUND, DOUBLE_MA, HEAD

SOUND = {
    "the manual's": DOUBLE_MA,
    "a level": AROUND,
    "lists of its own": """
def aim(numbers, seen):
    best, others = [], {}
    for price in seen.prices[-5:]:
        best.append(price)
        others[price] = len(best)
    best.sort()
    return Aim(1, f"{best[0]:g}") if best and others[best[0]] > 2 else None
""",
    "a helper and constants": """
import math
import numpy as np
from decimal import Decimal
STEP: int = -(2 + 1)
MARKS = (1, Decimal("2.5"), STEP)

def spread(prices, count=3, *, over=MARKS):
    latest = np.asarray(prices[-count:])
    return math.sqrt(float(latest.std())) + over[0]

def aim(numbers, seen):
    try:
        wide = max((spread(seen.prices) for _ in range(2)), key=lambda one: -one)
    except ZeroDivisionError as problem:
        raise ValueError("no prices") from problem
    return None if wide is None or np.isnan(wide) else Aim(0, "flat")
""",
    "several contracts": """
CONTRACTS = ("hc", "rb")

def aim(numbers, seen):
    return {"hc": Aim(1, "x"), "rb": Aim(-1, "x")} if seen["hc"].mean(3) > seen["rb"].mean(3) else None
""",
}
RULE = "def aim(numbers, seen):\n    "
UNSOUND = {
    "a list of the module": "PEAK = [0.0]\n" + RULE + "PEAK[0] = seen.prices[-1]",
    "a list in a tuple": "PEAK = ([0.0],)\n" + RULE + "PEAK[0][0] = seen.prices[-1]",
    "a table": "PAST = {}\n" + RULE + "PAST.update(a=1)",
    "a global": "count = 0\n" + RULE + "global count\n    count += 1",
    "a default": "def aim(numbers, seen, past=[]):\n    past.append(1)",
    "a default by name": "def aim(numbers, seen, *, past={}):\n    past.update(a=1)",
    "an attribute of a function": RULE + "aim.count = 1",
    "an attribute by name": RULE + 'setattr(aim, "count", 1)',
    "the table of a function": RULE + "aim.__dict__.update(count=1)",
    "what was there before": "import numpy as np\n" + RULE + "return np.log(seen.prices, where=np.isnan(seen.prices))",
    "arguments from a table": RULE + "return Aim(1, **{})",
    "a builtin by its own name": "globals = globals\n" + RULE + 'globals()["count"] = 1',
    "the globals": RULE + 'globals()["count"] = 1',
    "a generator": "STEPS = (one for one in range(9))\n" + RULE + "return Aim(next(STEPS), '')",
    "a generator's frame": RULE + "gone = (one for one in ())\n    gone.gi_frame.f_globals.update(a=1)",
    "a class": "class Past:\n    peak = 0\n" + RULE + "Past.peak = 1",
    "an object": "class Rule:\n    def __call__(self, numbers, seen):\n        self.count = 1\naim = Rule()",
    "a decorator": "from functools import lru_cache\n@lru_cache\n" + RULE + "return None",
    "chance": "import random\n" + RULE + "return Aim(random.randint(0, 1), '')",
    "chance of numpy": "import numpy as np\n" + RULE + "return Aim(int(np.random.random()), '')",
    "memory not cleared": "import numpy as np\n" + RULE + "return Aim(int(np.empty(1)[0]), '')",
    "a clock": "import time\n" + RULE + "return Aim(int(time.time()) % 2, '')",
    "a late import": RULE + "import time\n    return Aim(int(time.time()) % 2, '')",
    "a file": RULE + 'open("past", "a")',
    "a module set": "import math\n" + RULE + "math.past = 1",
    "a module's table": "import math\n" + RULE + "vars(math)",
    "a module handed on": "import math\n" + RULE + "past = math\n    past.pi = 1",
    "a module under another's name": "import random as math\n" + RULE + "return Aim(int(math.random()), '')",
    "another's function": "from random import random as Aim\n" + RULE + "return Aim()",
    "a Number of its own": "def Number():\n    return []\nPAST = Number()\n" + RULE + "PAST.append(1)",
    "a name of an inner function": RULE + "def inner(open):\n        pass\n    open('past')",
    "a closure made once": "def made():\n    past = []\n    return past.append\nkeep = made()\n" + RULE + "keep(1)",
    "whether two are one": RULE + "return Aim(int(seen.prices[-1] is seen.prices[0]), '')",
    "a line that runs": "print(1)\n" + RULE + "return None",
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_a_text_that_can_keep_nothing_is_proven(text: str) -> None:
    assert remembers_nothing(text if "import Aim" in text else HEAD + text)


@pytest.mark.parametrize("text", UNSOUND.values(), ids=UNSOUND)
def test_a_text_that_may_keep_something_or_hear_of_more_is_not(text: str) -> None:
    assert not remembers_nothing(HEAD + text + "\n")
