"""Name the settings of a strategy that are free: the next decision reads them and no memory leans on them.

All others last for the strategy's life. Of a spread's legs pay-up and patience are free, of a roll's timings the
thresholds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings, RollSettings, SpreadSettings
from terminal.domain.parameters.target import TargetSettings

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import StrategySettings

GRID_FREE: Final = frozenset({"lots_per_line", "stop", "lower", "upper", "out_of_range", "trail_to"})
SPREAD_FREE: Final = frozenset(
    {
        "buy_at",
        "sell_at",
        "sets",
        "max_sets",
        "hedge_seconds",
        "max_chases",
        "naked_lots",
        "pause_seconds",
        "max_loss_yuan",
        "residual_yuan",
        "quoting",
        "route",
        "long_stop",
        "long_take_profit",
        "short_stop",
        "short_take_profit",
    }
)
LEG_FREE: Final = ("pay_up_ticks", "hedge_seconds", "max_chases")
GRID_OF_SPREAD_FREE: Final = frozenset({"lines", "stop", "lower", "upper", "out_of_range", "trail_to"})
# The tonnes of a set are those of the futures that traded.
SPOT_SIDE_FREE: Final = frozenset({"alert_minutes", "financing_percent", "storage_yuan"})
ROLL_FREE: Final = frozenset(
    {
        "weights",
        "needed_weight",
        "lots",
        "batch_lots",
        "combine",
        "pay_up_ticks",
        "chase_seconds",
        "max_chases",
        "naked_lots",
        "batch_pause_seconds",
    }
)
OWN_FREE: Final = frozenset({"numbers", "max_lots", "pay_up_ticks", "chase_seconds"})
EXECUTION_FREE: Final = frozenset(
    {
        "total_lots",
        "limit",
        "ends_at",
        "slice_seconds",
        "curve",
        "shown_lots",
        "chase_seconds",
        "max_chases",
        "max_pay_up_ticks",
        "participation_percent",
    }
)
# What is traded, and where the ratio counts, is what its owner claims; everything else is read anew.
TARGET_FREE: Final = frozenset(
    {
        "source",
        "mode",
        "aim",
        "most_lots",
        "batch_lots",
        "pay_up_ticks",
        "chase_seconds",
        "pause_seconds",
        "go",
        "tax_adjusted",
        "vat_percent",
    }
)
# Of a half of a roll between accounts the size is not free: the other half would not have it.
HALF_FREE: Final = ROLL_FREE - {"lots", "batch_lots", "naked_lots"}
# Of a timing: whatever its row of sighted days or its window was not built with.
TIMING_FREE: Final = frozenset(
    {
        "days",
        "policy_day",
        "before_delivery_month",
        "permille",
        "at_least",
        "deviations",
        "percent",
        "yuan",
        "reading",
        "batches",
        "ticks",
        "day",
        "slices",
        "slack",
        "go",
    }
)


def free_of(settings: StrategySettings) -> frozenset[str]:
    """Return the names of the fields that may be changed while a strategy runs."""
    match settings:
        case GridSettings():
            return GRID_FREE
        case SpreadSettings():
            lined = frozenset[str]() if settings.grid is None else GRID_OF_SPREAD_FREE
            return SPREAD_FREE | lined | SPOT_SIDE_FREE
        case RollSettings():
            return ROLL_FREE if settings.half is None else HALF_FREE
        case OwnSettings():
            return OWN_FREE - {"max_lots"} if settings.rest else OWN_FREE
        case ExecutionSettings():
            return EXECUTION_FREE
        case TargetSettings():
            return TARGET_FREE
        case _:
            assert_never(settings)


def lasts(what: str) -> str:
    """Return the sentence that something cannot be changed."""
    return f"{what}不能在运行中修改；请停止策略后另启一个。"
