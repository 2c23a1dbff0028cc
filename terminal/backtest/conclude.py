"""Put the report together once the tape has ended."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from terminal import __version__
from terminal.backtest.carried import carried
from terminal.backtest.figures import ALL, account_report, added, open_day, settled_day
from terminal.backtest.report import (
    AccountReport,
    Day,
    Held,
    Market,
    Report,
    Roll,
    Source,
    StrategyReport,
)
from terminal.backtest.spot_result import spot_result
from terminal.backtest.thin_bars import too_few_prices
from terminal.backtest.trades import together
from terminal.backtest.window import execution_report
from terminal.domain.errors import UserError
from terminal.domain.parameters.strategy import Half, RollSettings
from terminal.engine.records.chain import journal_head
from terminal.engine.strategy.not_opening import not_opening
from terminal.reports.snapshots import of_day
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.roll.report import cost_of
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.backtest.owners.deeds import Owner
    from terminal.backtest.watch import Watch
    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.domain.market import Recording
    from terminal.engine.receive import Engine
    from terminal.engine.state import State, StrategyRow
    from terminal.reports.settled_days import SettledDay
    from terminal.shell.plans.script import PlanScript
    from terminal.shell.runner import Runner

_FEN: Final = Decimal("0.01")
_UNIT: Final = Decimal("0.0001")


def conclude(
    runner: Runner,
    watch: Watch,
    settled: Sequence[SettledDay],
    recording: Recording,
    script: PlanScript,
    *,
    data_sha256: str,
    tables_sha256: str,
) -> Report:
    """Return the report of a runner whose market has ended, with the plan's script.

    `settled` are the days of its accounts as they were settled, in order.
    """
    engine = runner.engine
    if engine is None:
        raise UserError("回测没有开始。")
    state = runner.state
    days = _days(state, watch, settled, engine)
    accounts = [_account(name, days[name], watch, state) for name in state.accounts]
    market = Market(
        name=recording.name,
        first=min(one.days[0].trading_day for one in accounts),
        last=max(one.days[-1].trading_day for one in accounts),
        instruments=len(recording.universe),
        ticks=runner.updates,
        batches=runner.batches,
        quarantined=dict(sorted(recording.quarantined.items())),
        absent=dict(sorted(recording.absent.items())),
        bars=recording.bars is not None,
    )
    source = Source(
        version=__version__,
        data_sha256=data_sha256,
        plan_sha256=runner.opening.plan_sha256,
        tables_sha256=tables_sha256,
        seed=runner.opening.seed,
        state_hash=state.state_hash(),
        journal_head=journal_head(runner.journal.heads()),
    )
    return Report(
        source=source,
        market=market,
        total=account_report(
            ALL, "", days=added(days.values()), curve=watch.total, activity=together(watch.deeds.doings.values())
        ),
        accounts=tuple(accounts),
        strategies=tuple(
            _strategy(owner, watch, engine, recording) for owner in sorted(watch.deeds.doings, key=_order)
        ),
        undone=watch.answers.undone(script),
        checks=watch.checks,
        violations=tuple(watch.violations),
    )


def _order(owner: Owner) -> tuple[str, str]:
    return owner[0], owner[1] or ""


def _days(state: State, watch: Watch, settled: Sequence[SettledDay], engine: Engine) -> dict[AccountId, list[Day]]:
    days: dict[AccountId, list[Day]] = {name: [] for name in state.accounts}
    for one in settled:
        days[one.fact.account].append(settled_day(of_day(one)))
    for name, account in state.accounts.items():
        day = name, account.trading_day
        days[name].append(open_day(account, engine.columns.last_price, watch.moved_on[day], watch.filed_on[day]))
    return days


def _account(name: AccountId, days: list[Day], watch: Watch, state: State) -> AccountReport:
    account = state.accounts[name]
    activity = together(doings for owner, doings in watch.deeds.doings.items() if owner[0] == name)
    report = account_report(name, account.name, days=days, curve=watch.curves[name], activity=activity)
    positions = []
    for instrument, flag in account.book.positions():
        held = account.book.position(instrument, flag)
        positions.append(Held(instrument=instrument, flag=flag, **dict(zip(held._fields[:4], held[:4], strict=True))))
    return msgspec.structs.replace(report, positions=tuple(positions), alerts=account.alerts)


def _strategy(owner: Owner, watch: Watch, engine: Engine, recording: Recording) -> StrategyReport:
    account, strategy = owner
    state = engine.look.state
    doings, row, meter = watch.deeds.doings[owner], watch.deeds.rows.get(owner), watch.meters.get(owner)

    # A strategy that runs and may open nothing, or sees too little to say anything, looks in its figures like one that
    # chose to stand still.
    found = (
        ()
        if row is None
        else (not_opening(state, state.accounts[account], row), too_few_prices(row, engine.look, recording))
    )
    barred = "；".join(filter(None, found))
    reason = "" if row is None else row.reason

    held = {name for name, _ in state.accounts[account].book.positions()}

    def price(name: InstrumentId) -> Decimal | None:
        told = None if name in held else watch.deeds.prices.last(account, name)
        return engine.columns.last_price(name) if told is None else told

    return StrategyReport(
        account=account,
        strategy=strategy,
        kind="manual" if row is None else strategy_of(row.settings).kind,
        status="" if row is None else str(row.status),
        reason=f"{reason.rstrip('。')}；{barred}" if reason and barred else reason or barred,
        barred=bool(barred),
        profit=doings.profit(price, engine.look.instrument),
        open_lots={name: lots for name, lots in sorted(doings.open_lots.items()) if lots},
        activity=doings.activity(),
        naked=None if meter is None else meter.naked(),
        roll=None if row is None else _roll(row, engine),
        execution=None if row is None else execution_report(row, watch.windows.get(owner), engine.look.instrument),
        ratio=watch.ratios[owner].ratio() if owner in watch.ratios else None,
        spot=None if row is None else spot_result(row, engine.look),
        carried=carried(account, strategy, watch.deeds.rows.values(), engine.look.instrument),
        changes=watch.changes.of(owner),
    )


def _roll(row: StrategyRow, engine: Engine) -> Roll | None:
    settings, memory = row.settings, row.memory
    if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory):
        return None
    if settings.half is Half.FAR:
        return None  # near's half tells the cost of both
    if not memory.closed or memory.closed != memory.opened:
        return None  # half a roll has no price yet
    cost = cost_of(settings, memory, engine.look.instrument(settings.near))
    return Roll(
        near=settings.near,
        far=settings.far,
        lots=memory.closed,
        per_tonne=None if cost.per_tonne is None else cost.per_tonne.quantize(_UNIT),
        per_unit=cost.per_unit.quantize(_UNIT),
        slippage=None if cost.slippage is None else cost.slippage.quantize(_UNIT),
        fees=cost.fees_yuan.quantize(_FEN),
        all_in=cost.all_in_yuan.quantize(_FEN),
    )
