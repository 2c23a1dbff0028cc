"""Say before a roll starts what it would cost now, how each timing stands, whose lots it closes, and which are missing.

Of one that runs already what is left of it is reckoned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.fact.marks import TimingMark
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Half, RollSettings
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.parameters.timing_kinds import tag_of
from terminal.domain.words.settings import COMBINES
from terminal.domain.words.timings import timing_name
from terminal.engine.book.hedge import bound_of
from terminal.engine.book.rolled import lots_to_roll, wanted_by_others
from terminal.engine.previews.along import closed_of_others, taken_along
from terminal.engine.previews.closing import closing_fee
from terminal.engine.records.forgetting import OVER
from terminal.engine.sentences.marks import timing_sentence
from terminal.engine.strategy.halves_check import why_not_opened
from terminal.engine.wording import LONG_SHORT, short
from terminal.strategies.roll.fit import goes_back
from terminal.strategies.roll.leaving import beyond_reach
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.roll.pace import late, lifted
from terminal.strategies.roll.prospects import passed_over
from terminal.strategies.roll.report import crossed, forecast
from terminal.strategies.roll.timings import TimingMemory, judge, lead_of

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def roll_foreseen(look: Look, account: AccountState, strategy: StrategyId, settings: RollSettings) -> tuple[str, ...]:
    """Return the sentences of a roll that follow from the market and from the account, as they are now."""
    if settings.half is Half.FAR:
        return ()  # near's half says them
    left = replace(settings, lots=lots_to_roll(account, strategy, settings))
    cost = _cost(look, account, left) or "按现价移完的成本：近月或远月没有双边报价，或手续费未知，算不出"
    if left.lots < settings.lots:
        cost = f"{settings.lots} 手里已平近月 {settings.lots - left.lots} 手，其余 {left.lots} 手{cost}"
    return (
        *((cost,) if left.lots else ()),
        *_timings(look, settings),
        *_let_go(look, account, strategy, left),
        *(taken_along(look, account, left) if left.lots else ()),
        *filter(None, (takes_from_others(look, account, strategy, settings),)),
        *_kept_by_targets(look, account, settings),
    )


def opens_too_much(look: Look, account: AccountState, strategy: StrategyId, settings: RollSettings) -> str:
    """Return what limits that have fallen under a roll keep it from opening, though it may be changed so; "" for none.

    Where it may not be changed so the verdict says it.
    """
    if strategy not in account.strategies:
        return ""
    why = why_not_opened(look, account, strategy, settings)
    return f"{why.rstrip('。')}；远月开不了的，近月也不平" if why else ""


def takes_from_others(_look: Look, account: AccountState, strategy: StrategyId, settings: RollSettings) -> str:
    """Return whose lots what is left of the roll would close, so that they stop; "" where nobody's."""
    left = lots_to_roll(account, strategy, settings)
    return closed_of_others(account, replace(settings, lots=left)) if left else ""


def same_timings(settings: RollSettings) -> str:
    """Return which timings are the same: one of them was meant otherwise, or to be removed; "" where none are."""
    places = [[at for at, one in enumerate(settings.timings, 1) if one == timing] for timing in settings.timings]
    same = next((found for found in places if len(found) > 1), [])
    return f"移仓时机 {'、'.join(map(str, same))} 相同，请核对" if same else ""


def short_of_lots(look: Look, account: AccountState, strategy: StrategyId, settings: RollSettings) -> str:
    """Return that this roll and the others want more near lots than there are; "" where they are there."""
    if settings.half is Half.FAR:
        return ""
    position = look.position(account.account, settings.near, settings.hedge_flag)
    held = position.long if settings.side is Side.BUY else position.short
    wanted, others = lots_to_roll(account, strategy, settings), wanted_by_others(account, strategy, settings)
    free = max(held - sum(others.values()), 0)
    if wanted <= free:
        return ""
    holds = f"近月 {short(settings.near)} {LONG_SHORT[settings.side]}头现有 {held} 手"
    if not others:
        return f"{holds}，要移 {wanted} 手，缺 {wanted - held} 手"
    named = "、".join(f"移仓 {name} 还要移 {lots} 手" for name, lots in others.items())
    return f"{holds}，{named}；它要移 {wanted} 手，只剩 {free} 手可移"


def late_days(look: Look, account: AccountState, strategy: StrategyId, settings: RollSettings) -> str:
    """Return that a day by which near must be left comes before the roll can begin, or before its daily slices end.

    And what then; "" where neither.
    """
    memory = _memory(account, strategy)
    if settings.half is Half.FAR or _goes_freely(account, strategy):
        return ""
    beyond = None if memory is not None and memory.began else beyond_reach(settings, look)
    if beyond is not None:
        name = timing_name(settings.timings[beyond.place])
        combined = f"时机组合（{COMBINES[settings.combine]}）"
        return f"到“{name}”的日子 {beyond.day}，{combined}还不会满足，一手也不移；请改时机，或把时机组合改成任一满足"
    found = late(settings, look)
    if found is None:
        return ""
    ends = f"分批日程 {found.ends_in} 个交易日后才移完，晚于“{timing_name(found.timing)}”的日子"
    if found.hastens:
        return f"{ends}：到那天按份只移 {found.lots} 手；这个时机一满足就不再按份，其余 {found.left} 手一次移完"
    why = "加不加快，要看别的时机那时满不满足" if found.may_hasten else "这样的时机组合不会加快"
    mend = f"{why}；请减少份数，或把时机组合改成任一满足"
    left = "可能仍在近月" if found.may_hasten else "过后仍在近月"
    return f"{ends}：到那天按份至多移 {found.lots} 手，其余 {found.left} 手{left}：{mend}"


def never_deciding(look: Look, account: AccountState, strategy: StrategyId, settings: RollSettings) -> str:
    """Return which timings of a roll that an older version let start never decide; "" where none."""
    return "" if _goes_freely(account, strategy) or settings.half is Half.FAR else passed_over(settings, look)


def back_in_time(look: Look, account: AccountState, strategy: StrategyId, settings: RollSettings) -> str:
    """Return that a roll which is not there yet goes to a month that ends before near's, "" where it does not."""
    near, far = look.instrument(settings.near), look.instrument(settings.far)
    if settings.half is Half.FAR or strategy in account.strategies or not goes_back(near, far):
        return ""
    days = (f"（最后交易日 {one.expiry}）" if one.expiry else "" for one in (far, near))
    names = "早于近月 ".join(f"{short(one.id)}{day}" for one, day in zip((far, near), days, strict=True))
    return f"远月 {names}，是往回移到更早的月份；请核对近月与远月是否填反"


def _memory(account: AccountState, strategy: StrategyId) -> RollMemory | None:
    row = account.strategies.get(strategy)
    return row.memory if row is not None and isinstance(row.memory, RollMemory) else None


def _goes_freely(account: AccountState, strategy: StrategyId) -> bool:
    # It has begun and no slices hold it: its timings decide nothing any more.
    memory = _memory(account, strategy)
    return memory is not None and memory.began and not memory.sliced


def _let_go(look: Look, account: AccountState, strategy: StrategyId, settings: RollSettings) -> tuple[str, ...]:
    memory = _memory(account, strategy)
    if memory is None:
        return ()
    both = zip(settings.timings, memory.timings, strict=True)
    judged = tuple(judge(settings, timing, known, look) for timing, known in both)
    lead = lead_of(settings, memory.lead, memory.lead_day, judged, look.trading_day)
    goes = lifted(settings, memory, judged, lead)
    return () if goes is None else (f"生效后不再按份：其余 {settings.lots} 手接着移完",)


def _kept_by_targets(look: Look, account: AccountState, settings: RollSettings) -> list[str]:
    # What leaves the account is missing in its hedge group, and a target there buys it back.
    if settings.half is not Half.NEAR:
        return []
    product = look.instrument(settings.near).product
    keepers = [
        row.strategy
        for row in account.strategies.values()
        if isinstance(row.settings, TargetSettings)
        and row.status not in OVER
        and (bound := bound_of(account, row.settings.group)) is not None
        and product in bound.weights
    ]
    if not keepers:
        return []
    names = "、".join(keepers)
    return [f"自动配平 {names} 管着本账户的套保比例：移出去的手数它会在本账户补回，请先停止它，或改好敞口再移"]


def _cost(look: Look, account: AccountState, settings: RollSettings) -> str | None:
    prices = crossed(settings, look)
    fees = None if prices is None else closing_fee(look, account, settings, prices[0])
    return None if fees is None else forecast(settings, look, fees)


def _timings(look: Look, settings: RollSettings) -> list[str]:
    found = []
    for place, timing in enumerate(settings.timings):
        one = judge(settings, timing, TimingMemory(), look)
        mark = TimingMark(
            timing=tag_of(timing),
            met=one.met,
            value=one.value,
            threshold=one.threshold,
            trading_day=look.trading_day,
            place=place,
            note=one.note,
        )
        found.append(f"时机 {place + 1} 现在{timing_sentence(settings, mark)}")
    return found
