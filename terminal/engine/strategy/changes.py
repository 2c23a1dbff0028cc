"""Judge a change of a running strategy's settings: may it be, and may one person do it alone.

A strategy's memory was folded with its settings: how many lines it has, which contracts are its legs. What the memory
leans on stays as it is for the strategy's life; each kind says what that is. What it holds stays within what it may
trade (I11), so nobody shrinks a target below the lots that are there, and what stands open between its legs within what
may (I12), whoever agrees to less. At orange no target grows (SAFETY 6). A size that grows by more than a fifth, and a
task above the value that needs a checker, go through second confirmation (SAFETY 7); what can only make it trade or
lose less (`lessening`) waits for nobody, whatever the task is worth, unless its stop closes at once what is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import StrategyChanged, StrategyStarted, StrategyStatus
from terminal.domain.ids import TaskId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.words.differences import differences
from terminal.domain.words.risk import Level
from terminal.domain.words.settings import WORDS, differing
from terminal.engine.book.scopes import worst_level
from terminal.engine.confirmations.approval import decide, stored_of
from terminal.engine.strategy.envelope import not_approved
from terminal.engine.strategy.lessening import only_lessens, why_closes
from terminal.engine.strategy.owners import why_owned
from terminal.engine.wording import short
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import ConfirmationId, InstrumentId, StrategyId
    from terminal.domain.orders.confirmation import Envelope, Stored
    from terminal.domain.parameters.limits import Limits
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

FIRST_VERSION = 1  # of a strategy's settings: a stored object with a later one changes a strategy that runs
SHOWN = 4  # differences named in one sentence


def agreed(
    stored: Stored, strategy: StrategyId, settings: StrategySettings, envelope: ConfirmationId
) -> StrategyStarted | StrategyChanged:
    """Return the fact of a start, or of a change, that a second person has agreed to."""
    version = stored.settings_version or FIRST_VERSION
    if version > FIRST_VERSION:
        return StrategyChanged(
            account=stored.account,
            strategy=strategy,
            settings=settings,
            version=version,
            person=stored.maker,
            envelope=envelope,
        )
    return StrategyStarted(
        account=stored.account,
        strategy=strategy,
        settings=settings,
        version=version,
        task=TaskId(f"{strategy}"),
        envelope=envelope,
        person=stored.maker,
    )


def conflict(row: StrategyRow, base_version: int, settings: StrategySettings) -> str:
    """Return the sentence for a change that was made over another version than the present one."""
    head = f"策略 {row.strategy} 已是第 {row.version} 版，您修改的是第 {base_version} 版"
    if type(settings) is not type(row.settings):
        return f"{head}，且不是同一种策略；请重新打开后修改。"
    if settings == row.settings:
        return f"{head}，内容与现行设置相同，无需再改。"
    return f"{head}；不同之处：{_both(row.settings, settings, '您填')}。请重新打开后修改。"


def overtaken(row: StrategyRow, version: int, settings: StrategySettings) -> str:
    """Return the sentence for what waited to become this version, which another one has become or passed."""
    if version == FIRST_VERSION:
        return f"策略 {row.strategy} 已另行启动；仍需要时请换一个编号重新提交"
    head = f"策略 {row.strategy} 已先改为第 {row.version} 版，这一项改的是第 {version - 1} 版"
    if type(settings) is not type(row.settings):
        return head
    if settings == row.settings:
        return f"{head}，内容与现行设置相同，无需再改"
    return f"{head}；不同之处：{_both(row.settings, settings, '这一项为')}"


def overtake(turn: Turn, account: AccountState, strategy: StrategyId) -> None:
    """Void what waits to be made of a strategy whose settings have just become others than it was asked over."""
    now = account.strategies[strategy]
    for row in list(account.pending.values()):
        stored = stored_of(row)
        version = stored.settings_version or FIRST_VERSION
        if stored.settings is not None and stored.strategy == strategy and version <= now.version:
            reason = overtaken(now, version, stored.settings)
            decide(turn, account, row, ConfirmationEvent.SUPERSEDE, reason=reason)


def moved_on(account: AccountState, strategy: StrategyId, settings: StrategySettings, version: int) -> str:
    """Return why what was asked for cannot become this version of a strategy any more, or ""."""
    row = account.strategies.get(strategy)
    if version == FIRST_VERSION:
        if row is not None:
            return f"策略 {strategy} 在提交后已另行启动，请换一个编号重新提交。"
        return why_owned(account, strategy, settings)
    if row is None or row.status in {StrategyStatus.STOPPED, StrategyStatus.FINISHED}:
        return f"策略 {strategy} 在提交后已结束，设置不再修改。"
    if row.version != version - 1:
        return f"策略 {strategy} 在提交后已改为第 {row.version} 版，提交的是第 {version - 1} 版之上的修改，请重新提交。"
    wrong = fault(account, row, settings)
    return "" if wrong is None else f"{wrong[1]}（提交后情况已变，请重新提交。）"


def _both(now: StrategySettings, wanted: StrategySettings, wants: str) -> str:
    found = differences(now, wanted)
    parts = [
        f"{one.name}{' ' if one.name[-1].isascii() else ''}现为 {one.before}、{wants} {one.after}"
        for one in found[:SHOWN]
    ]
    return "，".join(parts) + (f"等 {len(found)} 处" if len(found) > SHOWN else "")


def fault(account: AccountState, row: StrategyRow, settings: StrategySettings) -> tuple[str, str] | None:
    """Return code and sentence of why a strategy cannot have these settings now, or `None`."""
    name, kind = row.strategy, strategy_of(row.settings)
    if type(settings) is not type(row.settings):
        return "BAD_SETTINGS", f"策略 {name} 不能改成另一种策略，请另启一个。"
    if settings.account != account.account:
        return "WRONG_ACCOUNT", f"策略 {name} 的账户与命令不一致。"
    wrong = kind.check(settings)
    if wrong:
        return "BAD_SETTINGS", f"策略 {name}：{wrong}"
    fixed = kind.may_change(row.settings, settings, row.memory)
    if fixed:
        return "NOT_CHANGEABLE", f"策略 {name}：{fixed}"
    before, after = dict(kind.whole(row.settings)), dict(kind.whole(settings))
    for instrument, lots in _taken(account, row).items():
        if lots > after.get(instrument, 0):
            most = after.get(instrument, 0)
            taken = f"{short(instrument)} {lots} 手"
            sentence = f"策略 {name} 已持有和在途 {taken}，多于新设置的 {most} 手；请先暂停（撤单）或减仓。"
            return "HELD_MORE", sentence
    bare = _why_bare(row, settings)
    if bare:
        return "NAKED_MORE", bare
    for instrument, lots in after.items():
        level = worst_level(account, name, instrument)
        if lots > before.get(instrument, 0) and level >= Level.ORANGE:
            return "LEVEL", f"{short(instrument)} 的风险级别已到橙色或红色，策略 {name} 不能加大目标；请先降低风险。"
    return None


def _why_bare(row: StrategyRow, settings: StrategySettings) -> str:
    # Why fewer lots may not stand open between the legs now: more do, or may by what is under way. At once beyond its
    # limit it would stop and take the hedge back that another patience would have filled.
    kind = strategy_of(row.settings)
    limit = kind.sizes(settings).get("naked_lots")
    if limit is None or limit >= kind.sizes(row.settings)["naked_lots"]:
        return ""
    worst = kind.naked_at_worst(row.settings, row.memory)
    if worst <= limit:
        return ""
    open_now = kind.naked_lots(row.settings, row.memory)
    return (
        f"策略 {row.strategy} 的单腿敞口现有 {open_now} 手，连同在途委托可达 {worst} 手，多于新设置的 {limit} 手，"
        "改了就会超限停下、不再对冲；请等它补齐，或先暂停（撤单、补齐）再改。"
    )


def _taken(account: AccountState, row: StrategyRow) -> dict[InstrumentId, int]:
    taken = {instrument: abs(held.lots) for instrument, held in row.lots.items()}
    for order in account.live.values():
        if order.cause.strategy == row.strategy and order.terms.is_opening:
            instrument = order.terms.instrument
            taken[instrument] = taken.get(instrument, 0) + order.remaining
    return taken


def why_read_again(account: AccountState, row: StrategyRow, settings: StrategySettings) -> str:
    """Return why these settings need a second person although nothing may have grown, or ""."""
    lacking = not_approved(account, row, settings)
    return f"策略 {row.strategy} 的复核没有包括它现在的合约，须就现行设置再复核一次" if lacking else ""


def why_confirmed(
    look: Look, row: StrategyRow, settings: StrategySettings, envelope: Envelope, limits: Limits, live: str
) -> str:
    """Return why a change needs a second person, or ""; `live` is why it does for what the account is, or ""."""
    if differing(row.settings, settings) == ("go",):
        return ""  # one proposal of a target whose whole was small enough, or approved, when it was started
    kind = strategy_of(row.settings)
    # From what was agreed on, not from the version before: many small steps are one large one.
    before, after = kind.sizes(row.agreed or row.settings), kind.sizes(settings)
    # More than a fifth, in whole numbers.
    grown = [
        f"{WORDS[name]}由 {before[name]} 增至 {lots}" for name, lots in after.items() if 5 * lots > 6 * before[name]
    ]
    if envelope.total_value_yuan > limits.confirm_value_yuan:
        lessens, closes = only_lessens(row.settings, settings), why_closes(look, row, settings)
        if closes or not lessens:
            large = f"总价值 {envelope.total_value_yuan:.0f} 元超过 {limits.confirm_value_yuan} 元"
            grown.append(f"{large}，{closes}" if closes else large)
    whys = [live, *grown] if live else grown
    return f"策略 {row.strategy} 改设置：{'，'.join(whys)}" if whys else ""
