"""Write the plan that sets one kind of strategy, or all kinds, to work on a recording.

The settings are read off the prices that are played, so that each strategy has something to do; that looks ahead, and
says nothing about what a strategy earns. Spot prices are of our own making: no recording has any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from tests.e2e.recorded import SECOND, clock, instant
from tests.own_rule import DOUBLE_MA
from tests.recordings.markets import Market, Price, Stretch, minute_of

DAY: Final = 86_400 * SECOND
LOTS: Final = 20  # of a roll
SHARES: Final = 20  # slices of an execution


class Seen(NamedTuple):
    """Hold what the settings are read off: the prices that are played once the strategies have begun, in order."""

    market: Market
    stretch: Stretch
    begins: int
    near: Sequence[Price]
    gaps: Sequence[Decimal]  # near less far
    days: Sequence[int]  # the first instant of each calendar day
    ordered: int  # when what is to be rolled is bought by hand: before any strategy is in its way
    then: Decimal  # the near price then

    @staticmethod
    def of(market: Market, stretch: Stretch, prices: Sequence[Price]) -> Seen:
        """Look at prices."""
        begins, gaps, days = instant(stretch.begins), list[Decimal](), dict[str, int]()
        latest: dict[str, Decimal] = {}
        for one in prices:
            latest[one.contract] = one.last
            days.setdefault(clock(one.at)[:10], one.at)
            if one.at >= begins and len(latest) == 2:
                gaps.append(latest[market.near] - latest[market.far])
        near = [one for one in prices if one.contract == market.near and one.at >= begins]
        ordered = begins - (60 if market.bars else 5) * SECOND
        then = [one.last for one in prices if one.contract == market.near and one.at <= ordered][-1]
        return Seen(market, stretch, begins, near, gaps, list(days.values()), ordered, then)

    def rank(self, values: Sequence[Decimal], share: float) -> Decimal:
        """Return the value that this share of the values lies below, on the tick grid."""
        tick = self.market.tick
        return sorted(values)[int(share * (len(values) - 1))] // tick * tick

    def price(self, share: float) -> Decimal:
        """Return such a price of the near contract."""
        return self.rank([one.last for one in self.near], share)

    @property
    def waits(self) -> tuple[int, int]:
        """Return the seconds an order waits and a strategy pauses: two bars, or a few ticks."""
        return (120, 60) if self.market.bars else (5, 5)

    def step(self, low: float, high: float, values: Sequence[Decimal], lines: int) -> Decimal:
        """Return a step of whole ticks, of which so many span from one rank to another."""
        span = self.rank(values, high) - self.rank(values, low)
        return max(span / lines // self.market.tick, Decimal(1)) * self.market.tick


HEAD: Final = """
seed = {day}
tenant = "DEMO"
about = "每种策略走一遍录制"

[limits]
position_lots = 400
day_loss_yuan = 5_000_000
confirm_value_yuan = 40_000_000
working_orders_confirm = 150
messages_in_one_second = 30
messages_per_second_average = 10

[[person]]
id = "trader"
name = "交易员"
roles = {{ {roles} }}

[[spot_series]]
file = "spot.csv"
instrument = "{spot}"
source = "示例：自编的现货价，非真实报价"
"""
STRATEGY: Final = '\n[[strategy]]\nid = "{kind}"\nkind = "{kind}"\naccount = "{account}"\nat = "{at}"\n'


def write_plan(seen: Seen, kinds: Sequence[str], folder: Path) -> Path:
    """Write a plan with some kinds of strategies, each in its own account, and the files it names; return it."""
    market = seen.market
    level = seen.price(0.5)
    rows = [f"{clock(at)},{level}" for at in seen.days]
    (folder / "spot.csv").write_text("\n".join(["at,price", *rows, ""]), encoding="utf-8")
    (folder / "double_ma.py").write_text(DOUBLE_MA, encoding="utf-8")
    roles = ", ".join(f'{kind.upper()} = ["trader"]' for kind in kinds)
    parts = [HEAD.format(day=seen.stretch.day, roles=roles, spot=market.spot)]
    for kind in kinds:
        parts.append(f'\n[[account]]\nid = "{kind.upper()}"\ncash = 20_000_000\n')
        if kind == "target":
            weight = market.multiplier
            parts.append(
                f'[account.limits]\nhedge_bounds = [{{ group = "库存", physical_tonnes = {50 * weight}, '
                f'weights = {{ "{market.product}" = {weight} }} }}]\n'
            )
    parts += [f'\n[[instrument]]\nid = "{name}"{market.facts}' for name in market.contracts]
    parts += [BLOCKS[kind](seen) for kind in kinds]
    path = folder / "plan.toml"
    path.write_text("".join(parts), encoding="utf-8")
    return path


def _begin(kind: str, seen: Seen, table: str = "", name: str = "") -> str:
    text = STRATEGY.format(kind=table or kind, account=kind.upper(), at=seen.stretch.begins)
    return text.replace(f'id = "{table or kind}"', f'id = "{name or kind}"', 1)


def _roll(seen: Seen) -> str:
    market, (chase, pause) = seen.market, seen.waits
    return _begin("roll", seen) + (
        f'near = "{market.near}"\nfar = "{market.far}"\nside = "BUY"\nlots = {LOTS}\nbatch_lots = 4\n'
        f"chase_seconds = {chase}\nbatch_pause_seconds = {pause}\n"
        f'timings = [{{ type = "slices", first_day = {seen.stretch.day}, slices = {seen.stretch.slices} }}]\n'
        f'\n[[command]]\ndo = "submit"\nat = "{clock(seen.ordered)}"\nby = "trader"\naccount = "ROLL"\n'
        f'instrument = "{market.near}"\nside = "BUY"\noffset = "OPEN"\nlots = {LOTS}\n'
        f"price = {seen.then + 5 * market.tick}\n"
    )


def _legs(seen: Seen, kind: str) -> str:
    market, (chase, pause) = seen.market, seen.waits
    near, far = (name.partition(".")[2] for name in market.contracts)
    return _begin(kind, seen, "spread") + (
        f'formula = "{near} - {far}"\nactive = "{far}"\nhedge_flag = "ARBITRAGE"\nhedge_seconds = {chase}\n'
        f"pause_seconds = {pause}\nsets = 2\n"
    )


def _spread(seen: Seen) -> str:
    # A bar shows each leg a tick away from its close, a glass about as much: two ticks are paid each way.
    tick = seen.market.tick
    buy = seen.rank(seen.gaps, 0.3) + 2 * tick
    sell = max(seen.rank(seen.gaps, 0.7) - 2 * tick, buy + tick)
    return _legs(seen, "spread") + f"buy_at = {buy}\nsell_at = {sell}\nmax_sets = 6\n"


def _ladder(seen: Seen) -> str:
    step = seen.step(0.05, 0.95, seen.gaps, 5)
    sell = seen.rank(seen.gaps, 0.95)
    lowest, highest = min(seen.gaps) - 40 * step, max(seen.gaps) + 40 * step
    return _legs(seen, "ladder") + (
        f"buy_at = {sell - step}\nsell_at = {sell}\nnaked_lots = 4\n"
        f'grid = {{ side = "BUY", lines = 5, stop = {lowest - step}, lower = {lowest}, upper = {highest} }}\n'
    )


def _grid(seen: Seen) -> str:
    last = [one.last for one in seen.near]
    step = seen.step(0.05, 0.65, last, 8)
    return _begin("grid", seen) + (
        f'instrument = "{seen.market.near}"\nside = "BUY"\nanchor = {seen.price(0.65)}\nstep = {step}\nlines = 8\n'
        f"lots_per_line = 2\nlower = {min(last) - 9 * step}\nupper = {max(last) + 9 * step}\n"
        f"stop = {min(last) - 10 * step}\n"
    )


def _basis(seen: Seen) -> str:
    # Spot stands still, so the basis is the future upside down.
    market, (chase, pause) = seen.market, seen.waits
    level = seen.price(0.5)
    gaps = [level - one.last for one in seen.near]
    step = seen.step(0.35, 0.95, gaps, 5)
    buy = seen.rank(gaps, 0.35)
    lowest, highest = min(gaps) - 40 * step, max(gaps) + 40 * step
    return _begin("basis", seen, "spread") + (
        f"buy_at = {buy}\nsell_at = {buy + step}\nsets = 2\nhedge_seconds = {chase}\npause_seconds = {pause}\n"
        f'grid = {{ side = "SELL", lines = 5, stop = {highest + step}, lower = {lowest}, upper = {highest} }}\n'
        f'legs = [\n    {{ instrument = "{market.spot}", coefficient = 1, lots = 0 }},\n'
        f'    {{ instrument = "{market.near}", coefficient = -1, lots = -1, active = true }},\n]\n'
    )


def _target(seen: Seen) -> str:
    chase, pause = seen.waits
    seconds, window = (60, 480 if seen.stretch.whole else 40) if seen.market.bars else (5, 120)
    return _begin("target", seen) + (
        f'instrument = "{seen.market.near}"\ngroup = "库存"\nmode = "EXECUTE"\naim = "CENTRE"\nmost_lots = 60\n'
        f'batch_lots = 6\nchase_seconds = {chase}\npause_seconds = {pause}\nhedge_flag = "SPECULATION"\n'
        f'source = {{ type = "basis_table", spot = "{seen.market.spot}", sample_seconds = {seconds}, '
        f"window = {window}, at_least = 10, rows = [{{ upto = 30, ratio = 70 }}, {{ upto = 70, ratio = 50 }}, "
        f"{{ upto = 100, ratio = 30 }}] }}\n"
    )


def _own(seen: Seen) -> str:
    fast, slow = (10, 60) if seen.stretch.whole else (3, 5)
    return _begin("own", seen) + (
        f'code = "double_ma.py"\ninstrument = "{seen.market.near}"\nmax_lots = 4\nchase_seconds = {seen.waits[0]}\n'
        f"numbers = {{ fast = {fast}, slow = {slow}, lots = 4 }}\n"
    )


def _execution(seen: Seen) -> str:
    # Two thirds of the first part, or of twelve days: an execution takes no more than fifteen.
    until = seen.begins + 12 * DAY if seen.stretch.whole else instant(seen.stretch.parts[0][1])
    window = [one for one in seen.near if one.at < until]
    ends = window[2 * len(window) // 3].at
    minutes = len({one.at // (60 * SECOND) for one in window if one.at <= ends})
    first = window[0].last
    usual = seen.rank([one.last for one in window if one.at <= ends], 0.7)
    most = min(max(one.last for one in window), first * Decimal("1.015") // seen.market.tick * seen.market.tick)
    shared = (
        f'instrument = "{seen.market.near}"\nbegins_at = "{minute_of(seen.begins + 60 * SECOND)}"\n'
        f'ends_at = "{minute_of(ends)}"\nside = "BUY"\ntotal_lots = {2 * SHARES}\nchase_seconds = {seen.waits[0]}\n'
    )
    halves = '{ begin = "00:00", end = "12:00", weight = 2 }, { begin = "12:00", end = "00:00", weight = 3 }'
    slices = f"slice_seconds = {max(minutes * 60 // SHARES, 10)}\n"
    styles = {
        "TWAP": f"limit = {most}\n{slices}",
        "VWAP": f"limit = {most}\n{slices}curve = [{halves}]\n",
        "ICEBERG": f"limit = {min(usual, most)}\nshown_lots = 5\n",
        "BEST": f"limit = {most}\nmax_chases = 20\nmax_pay_up_ticks = 2\n",
    }
    return "".join(
        _begin("execution", seen, name=style.lower()) + shared + f'style = "{style}"\n' + more
        for style, more in styles.items()
    )


BLOCKS: Final[dict[str, Callable[[Seen], str]]] = {
    "roll": _roll,
    "spread": _spread,
    "ladder": _ladder,
    "grid": _grid,
    "basis": _basis,
    "target": _target,
    "own": _own,
    "execution": _execution,
}
