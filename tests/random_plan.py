"""Draw plans for random recordings of two contracts: grids, a spread, a roll, an alarm, orders; all from one seed."""

from __future__ import annotations

from random import Random

from tests.grid_text import grid_text
from tests.random_tape import FAR, NEAR, START

SEEDS = (0, 3, 9, 12, 15, 17, 22, 25, 27, 28, 29, 33)  # of the first forty, those that trade most
HEAD = """
seed = {seed}
tenant = "OWN"

[[account]]
id = "A"
cash = {cash}
limits = {{ position_lots = {position}, day_loss_yuan = {loss} }}

[[person]]
id = "trader"
roles = {{ A = ["trader"] }}
"""
CONTRACT = """
[[instrument]]
id = "{name}"
margin_rate = "0.1"
broker_margin_add = "0"
max_lots = 500
fees.open = {{ by_value = "0.0001" }}
fees.close = {{ by_value = "0.0001" }}
fees.close_today = {{ by_value = "0.0001" }}
"""
GRID_OF_SPREAD = """side = "{side}"
lines = {lines}
stop = {stop}"""
SPOT = "SPOT.rb.上海"


def grid(random: Random, number: int) -> str:
    sign = random.choice([1, -1])
    anchor, step, lines = START + random.randint(-6, 20) * sign, random.choice([1, 2, 3, 5]), random.randint(2, 20)
    end = anchor - sign * step * lines
    near, far = anchor + sign * random.randint(0, 20), end - sign * random.randint(0, 6)
    name, lots = random.choice([NEAR, NEAR, FAR]), random.choice([1, 1, 2, 5])
    stop, outside = far - sign * random.randint(1, 10), random.choice(["HOLD", "HOLD", "STOP", "FLATTEN"])
    follows = f"trail_to = {anchor + sign * random.randint(5, 30)}" if random.random() < 0.3 else ""
    return grid_text(
        strategy=f"grid{number}",
        name=name,
        sign=sign,
        anchor=anchor,
        step=step,
        lines=lines,
        lots=lots,
        bounds=(near, far),
        stop=stop,
        more=f'out_of_range = "{outside}"\n{follows}',
    )


def spread(random: Random) -> str:
    middle = random.randint(-10, 10)
    # By what is drawn already: what a seed draws stays what it was. Half of the spreads quote.
    quoting = "quoting = { reach_ticks = 20, rest_seconds = 3, max_cancels = 30 }" if middle % 2 else ""
    # A third of them has exits of its own.
    exits = (("long_stop", -14), ("long_take_profit", 13), ("short_stop", 14), ("short_take_profit", -13))
    leaves = "\n".join(f"{name} = {middle + off}" for name, off in exits) if middle % 3 == 0 else ""
    return f"""
[[strategy]]
id = "spread"
kind = "spread"
account = "A"
buy_at = {middle - random.randint(2, 12)}
sell_at = {middle + random.randint(2, 12)}
sets = {random.choice([1, 3])}
max_sets = {random.choice([1, 6])}
naked_lots = {random.choice([2, 6])}
pause_seconds = {random.choice([1, 20])}
{quoting}
{leaves}
legs = [
    {{ instrument = "{NEAR}", coefficient = 1, lots = 1, active = true }},
    {{ instrument = "{FAR}", coefficient = -1, lots = -1 }},
]
"""


def grid_over_spread(random: Random, number: int) -> str:
    """Draw a grid over the difference of the two contracts, or over spot less one of them."""
    sign, step = random.choice([1, -1]), random.choice([2, 3, 5])
    lines, sets = random.randint(2, 5), random.choice([1, 2])
    basis = number % 2 == 1
    buy = random.randint(-6, 6)
    last = buy - (lines - 1) * step if sign > 0 else buy + lines * step
    first = buy + step if sign > 0 else buy
    near, far = first + sign * random.randint(8, 30), last - sign * random.randint(3, 25)
    legs = [(SPOT if basis else NEAR, 1, 0 if basis else 1, "false"), (FAR, -1, -1, "true")]
    rows = "\n".join(
        f'    {{ instrument = "{name}", coefficient = {by}, lots = {lots}, active = {active} }},'
        for name, by, lots, active in legs
    )
    follows = f", trail_to = {first + sign * random.randint(step, 20)}" if random.random() < 0.4 else ""
    return f"""
[[strategy]]
id = "ladder{number}"
kind = "spread"
account = "A"
buy_at = {buy}
sell_at = {buy + step}
sets = {sets}
naked_lots = {random.choice([2, 6])}
pause_seconds = {random.choice([0, 5])}
legs = [
{rows}
]

[strategy.grid]
{GRID_OF_SPREAD.format(side="BUY" if sign > 0 else "SELL", lines=lines, stop=far - sign * random.randint(1, 6))}
lower = {min(near, far)}
upper = {max(near, far)}
out_of_range = "{random.choice(["HOLD", "HOLD", "STOP", "FLATTEN"])}"
{follows.removeprefix(", ")}
"""


def spots(random: Random) -> str:
    """Draw what people say of spot, with hours in which no price of it holds."""
    rows = []
    for when in ("2026-01-05 09:01", "2026-01-05 10:31", "2026-01-06 09:02", "2026-01-07 13:30"):
        if random.random() < 0.7:
            price = START + random.randint(-8, 8)
            rows.append(
                f'[[spot]]\nat = "{when}:{random.randint(10, 50)}"\ninstrument = "{SPOT}"\n'
                f'price = {price}\nsource = "示例"\nby = "trader"\n'
            )
    return "\n".join(rows)


def ladders_of(seed: int) -> str:
    """Return a plan of grids over a spread and a basis, with spot stated now and then."""
    random = Random(seed)
    head = HEAD.format(seed=seed, cash=10_000_000, position=1000, loss=1_000_000)
    parts = [CONTRACT.format(name=name) for name in (NEAR, FAR)]
    parts += [spots(random), *(grid_over_spread(random, number) for number in range(4))]
    return "\n".join([head, *parts])


def carries_of(seed: int) -> str:
    """Return a plan of spreads of spot against each contract, with spot stated, bought and forgotten."""
    random = Random(seed)
    head = HEAD.format(seed=seed, cash=10_000_000, position=1000, loss=1_000_000)
    parts = [CONTRACT.format(name=name) for name in (NEAR, FAR)]
    parts.append(spots(random))
    for number, name in enumerate((NEAR, FAR, NEAR)):
        buy = random.randint(-8, 2)
        minutes = random.choice([1, 30, 600])
        sign, side = random.choice([(1, "BUY"), (1, "SELL"), (-1, "BUY")])
        parts.append(f"""
[[strategy]]
id = "carry{number}"
kind = "spread"
account = "A"
buy_at = {buy}
sell_at = {buy + random.randint(2, 9)}
sets = {random.choice([1, 3])}
max_sets = {random.choice([1, 6])}
pause_seconds = {random.choice([1, 20])}
legs = [
    {{ instrument = "{SPOT}", coefficient = {sign}, lots = 0 }},
    {{ instrument = "{name}", coefficient = {-sign}, lots = {-sign}, active = true }},
]
spot_side = {{ tonnes = {random.choice([10, "3.333"])}, side = "{side}", alert_minutes = {minutes} }}
""")
        for _ in range(4):
            hour = random.choice(["10:40", "13:35", "14:10"])
            when = f"2026-01-0{random.choice([5, 6])} {hour}:{random.randint(10, 50)}"
            parts.append(
                f'[[command]]\ndo = "confirm_spot"\nat = "{when}"\nby = "trader"\nstrategy = "carry{number}"\n'
                f'side = "{random.choice(["BUY", "SELL"])}"\ntonnes = {random.choice([10, "3.333"])}\n'
                f'price = {START}\ncontract = "HT-{number}"\n'
            )
    return "\n".join([head, *parts])


def roll(random: Random) -> str:
    timings = ['{ type = "manual" }', f'{{ type = "step_day", day = 20260107, days = {random.choice([0, 1])} }}']
    timings += ['{ type = "spread_percentile", permille = 50, sample_seconds = 10, window = 60, at_least = 20 }']
    return f"""
[[strategy]]
id = "roll"
kind = "roll"
account = "A"
near = "{NEAR}"
far = "{FAR}"
side = "{random.choice(["BUY", "SELL"])}"
lots = 3
batch_lots = 2
timings = [{", ".join(random.sample(timings, random.choice([1, 1, 2])))}]
"""


def alarm(random: Random) -> str:
    middle, width = random.randint(-10, 10), random.randint(1, 8)
    return f"""
[[spread]]
name = "basis"
legs = [["{NEAR}", 1, 1], ["{FAR}", -1, -1]]

[[alarm]]
account = "A"
spread = "basis"
low = {middle - width}
high = {middle + width}
band = {random.choice([0, 1, 4])}
cooldown_seconds = {random.choice([0, 60])}
"""


def order(random: Random) -> str:
    day, hour = random.choice(["2026-01-05", "2026-01-06"]), random.choice(["09:01", "10:31", "13:31", "14:59"])
    price = START + random.randint(-12, 12)
    return f"""
[[command]]
do = "submit"
at = "{day} {hour}:{random.randint(10, 50)}"
by = "trader"
account = "A"
instrument = "{random.choice([NEAR, FAR])}"
side = "{random.choice(["BUY", "SELL"])}"
offset = "OPEN"
lots = {random.randint(1, 3)}
price = {price}
"""


CROSSING = """
from terminal.strategies.own.code import Aim
TITLE = "crossing"
SAMPLE_SECONDS = 5
WINDOW = 8

def aim(numbers, seen):
    if len(seen.prices) < 8:
        return None
    apart = sum(seen.prices[-3:]) / 3 - sum(seen.prices) / 8
    return Aim(1 if apart > 0 else -1, "above" if apart > 0 else "below") if apart else None
"""


def own(random: Random) -> str:
    return f"""
[[strategy]]
id = "own"
kind = "own"
account = "A"
code = "crossing.py"
instrument = "{random.choice([NEAR, FAR])}"
max_lots = 1
"""


def plan_of(seed: int) -> str:
    random = Random(seed)
    head = HEAD.format(
        seed=seed,
        cash=random.choice([60_000, 10_000_000]),
        position=random.choice([8, 1000]),
        loss=random.choice([300, 2_000, 1_000_000]),
    )
    parts = [CONTRACT.format(name=name) for name in (NEAR, FAR)]
    parts += [grid(random, number) for number in range(random.choice([0, 1, 2, 3]))]
    parts += [one(random) for one in (spread, roll, alarm) if random.random() < 0.4]
    parts += [order(random) for _ in range(random.choice([0, 1, 3]))]
    return "\n".join([head, *parts])
