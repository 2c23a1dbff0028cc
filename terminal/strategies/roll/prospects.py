"""Say at the start, and at a change, why a roll can never begin: a timing that is never met, a chase that fits nowhere.

Either would wait for ever and say nothing, and so would a timing that never decides where they switch, as a deadline
behind a person's word; a day that is past, most often a mistyped year, would roll at once.
What a timing needs beyond its own numbers (an expiry, a spot price, a later contract) is known once the contracts are.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from terminal.domain.days.calendar import DAY_NS, number, to_date
from terminal.domain.parameters.strategy import (
    BasisDistance,
    Combine,
    DaysToExpiry,
    Half,
    Manual,
    OpenInterestCrossover,
    RollSettings,
    RollYield,
    Slices,
    StepDay,
    Timing,
    VolumeCrossover,
)
from terminal.domain.products.instrument import Kind
from terminal.domain.words.settings import HALVES, WORDS, differing
from terminal.domain.words.timings import timing_name
from terminal.strategies.children import SECOND
from terminal.strategies.roll.timing_sight import Judged, days_apart, days_to_policy
from terminal.strategies.roll.timings import TimingMemory, decides_for_good, judge, row_before, satisfied
from terminal.strategies.sight import EDGE

if TYPE_CHECKING:
    from terminal.domain.view import View
    from terminal.strategies.roll.memory import RollMemory

COMBINED = ("combine", "weights", "needed_weight")  # the fields of how timings are taken together
OF_NEAR = frozenset({"timings", *COMBINED, "batch_pause_seconds"})  # what near's half of two decides by alone
LOOKED_AT = 10 * DAY_NS  # before and after now: longer than any holiday


def never_met(
    settings: RollSettings, view: View, had: RollSettings | None = None, memory: RollMemory | None = None
) -> str | None:
    """Return which field or timing makes the roll impossible, and why, or `None`. Both contracts are listed.

    A running roll has the settings `had` and a `memory`. It keeps its own contracts, days and timings whatever has
    become of them: they were let start once, and else nothing of it could be changed just when it has to be, not even
    to say now. They are asked of where they are to combine otherwise, in a way that needs them. Once it has begun, and
    no slices hold it, its timings decide nothing and none is asked of (`decided`).
    """
    kept = () if had is None else tuple(day for timing in had.timings for day in _days_of(timing))
    own = () if had is None else had.timings
    wrong = ("" if had is not None else _over(settings, view)) or _chase_too_long(settings, view)
    if wrong:
        return wrong
    if memory is not None and memory.began and not memory.sliced:
        return None
    for place, timing in enumerate(settings.timings):
        for name, day in _days_of(timing):
            if day < view.trading_day and (name, day) not in kept:
                return f"{WORDS['timings']} {place + 1}：{_past(name, day, view)}"
        why = "" if timing in own else _why_never(settings, place, memory, view)
        if why:
            return _never(place + 1, timing, why)
    return _newly_passed_over(settings, view, had) or _newly_needed(settings, view, had, memory)


def decided(had: RollSettings, settings: RollSettings, memory: RollMemory) -> str | None:
    """Return why the timings of a roll, and how they combine, cannot be changed any more, or `None` where they can.

    It has begun and no slices hold it: it goes on to its end whatever they say. Whoever takes a 「现在移」 back wants
    it to stop, and would believe that it does. Of the half that opens far they never decide, nor does the pace of its
    batches: near's half alone begins, and far follows what near has closed.
    """
    if had.half is Half.FAR:
        changed = [WORDS[name] for name in differing(had, settings) if name in OF_NEAR]
        if changed:
            return (
                f"{HALVES[Half.FAR]}不看{'、'.join(changed)}，改了也不起作用；请改{HALVES[Half.NEAR]}，"
                "其余设置请不要与它们一起改。"
            )
    if not memory.began or memory.sliced:
        return None
    if all(getattr(had, name) == getattr(settings, name) for name in ("timings", *COMBINED)):
        return None
    return (
        f"移仓已经开始，{WORDS['timings']}和{WORDS['combine']}都不再起作用，改了也照样移完；"
        f"要停请暂停，其余设置请不要与它们一起改。"
    )


def passed_over(settings: RollSettings, view: View) -> str:
    """Return in a clause which timings never decide, as the value of one before them is always known; "" where none."""
    by = decides_for_good(settings, view)
    behind = [] if by is None else [*enumerate(settings.timings, 1)][by + 1 :]
    if by is None or not behind:
        return ""
    names = "、".join(f"{place}（{timing_name(timing)}）" for place, timing in behind)
    first = f"时机 {by + 1}（{timing_name(settings.timings[by])}）"
    return f"{WORDS['timings']} {names}轮不到：自动切换时，前面的{first}总看得见数值，一直由它决定"


def _newly_passed_over(settings: RollSettings, view: View, had: RollSettings | None) -> str | None:
    clause = passed_over(settings, view)
    if not clause:
        return None
    if had is None:
        kinds = "距到期、台阶日、分批日程、人工发令"
        mend = f"请把{WORDS['combine']}改成任一满足，或总看得见数值的（{kinds}）只留一个、放在最后。"
        return f"{clause}；{mend}"
    return None if passed_over(had, view) else f"{clause}；请保留原来的{WORDS['combine']}，或停止后另启一个。"


def _newly_needed(
    settings: RollSettings, view: View, had: RollSettings | None, memory: RollMemory | None
) -> str | None:
    # Timings that combine otherwise may need one of their own that cannot be met any more, and barred nothing so far.
    begun = memory is not None and memory.began
    if had is None or begun or all(getattr(had, name) == getattr(settings, name) for name in COMBINED):
        return None
    whys = [_why_never(settings, place, memory, view) for place in range(len(settings.timings))]
    place = _needed_in_vain(settings, [bool(why) for why in whys], view)
    if place is None:
        return None
    never = _never(place + 1, settings.timings[place], whys[place])
    return f"{never}要改的{WORDS['combine']}或权重少不了它：请保留原来的，或改成没有它也会满足的。"


def _needed_in_vain(settings: RollSettings, vain: list[bool], view: View) -> int | None:
    # The place of the first timing never met where they are not met together without such; `None` where they are.
    if settings.combine is Combine.SWITCH:
        for place, is_vain in enumerate(vain):
            if not is_vain:
                return None
            if judge(settings, settings.timings[place], TimingMemory(), view).known:
                return place  # it is always the one that decides
        return 0
    rest = tuple(Judged(met=not one, sighted=False, value="", threshold="", note="") for one in vain)
    return None if satisfied(settings, rest, None) else vain.index(True)


def outlives_far(settings: RollSettings, view: View) -> str:
    """Return which timing is met only once far is over, which no roll is let start with any more; "" where none is."""
    for place, timing in enumerate(settings.timings, 1):
        why = _why_far_is_over(settings, timing, view)
        if why:
            return _never(place, timing, why)
    return ""


def word_suffices(settings: RollSettings) -> bool:
    """Return whether a person's word that is not given yet surely begins the roll, whatever its other timings say.

    Where timings switch only the first one is sure to decide.
    """
    if not any(isinstance(timing, Manual) and not timing.go for timing in settings.timings):
        return False
    said = tuple(
        Judged(isinstance(one, Manual), sighted=False, value="", threshold="", note="") for one in settings.timings
    )
    return satisfied(settings, said, 0 if settings.combine is Combine.SWITCH else None)


def _why_never(settings: RollSettings, place: int, memory: RollMemory | None, view: View) -> str:
    timing = settings.timings[place]
    row = 0 if memory is None else row_before(memory.timings[place], view.trading_day)
    return _why(settings, timing, row, view) or _why_far_is_over(settings, timing, view)


def _never(place: int, timing: Timing, why: str) -> str:
    return f"{WORDS['timings']} {place}（{timing_name(timing)}）永远不会满足：{why}"


def _over(settings: RollSettings, view: View) -> str:
    for name in ("near", "far"):
        left = view.days_to_expiry(getattr(settings, name))
        if left is not None and left < 0:
            return f"{WORDS[name]} {getattr(settings, name)} 已过最后交易日，请另选。"
    return ""


def _chase_too_long(settings: RollSettings, view: View) -> str:
    # It begins, and takes a batch up, only where a whole chase ends before the next break.
    since, until = view.now - LOOKED_AT, view.now + LOOKED_AT
    near, far = (view.trading(name, since, until) for name in (settings.near, settings.far))
    both = (min(one.ends_at, other.ends_at) - max(one.begins_at, other.begins_at) for one in near for other in far)
    longest = max(both, default=0)
    if longest <= 0 or settings.chase_seconds * SECOND + EDGE < longest:
        return ""
    most = (longest - EDGE) // SECOND - 1
    return (
        f"{WORDS['chase_seconds']} {settings.chase_seconds} 秒太长：两个合约同时连续交易的最长一段只有 "
        f"{longest // SECOND} 秒，移仓永远不会开始；请改到 {most} 秒以内。"
    )


def _days_of(timing: Timing) -> tuple[tuple[str, int], ...]:
    match timing:
        case DaysToExpiry():
            return () if timing.policy_day is None else (("公司期限", timing.policy_day),)
        case StepDay():
            return (("台阶日", timing.day),)
        case Slices():
            return (("首日", timing.first_day),)
        case _:
            return ()


def _past(name: str, day: int, view: View) -> str:
    until = view.days_until(day)
    ago = "" if until is None else f"（{-until} 个交易日前）"  # further back than the calendar nothing is counted
    return f"{name} {day} 已过{ago}，请核对年份；要立即移仓请用“人工发令”，启动后把“现在移”改成“是”。"


def _why(settings: RollSettings, timing: Timing, row: int, view: View) -> str:
    # `row` are the sighted days in a row before today, which a running roll has seen already.
    left = view.days_to_expiry(settings.near)
    match timing:
        case DaysToExpiry():
            known = days_to_policy(settings, timing, view) is not None
            return "" if known else f"{settings.near} 的最后交易日未知；请填公司期限，或改用别的时机。"
        case OpenInterestCrossover() | VolumeCrossover():
            if left is None or timing.days <= row + left + 1:
                return ""
            seen = f"加上已连续的 {row} 日也" if row else ""
            return f"近月只剩 {left + 1} 个交易日，{seen}凑不满连续 {timing.days} 日；请改小。"
        case RollYield():
            known = days_apart(view.instrument(settings.near), view.instrument(settings.far)) is not None
            return "" if known else "两个合约的到期日未知，或远月并不更晚，年化算不出；请改用别的时机。"
        case BasisDistance():
            return _why_no_basis(settings, timing, view)
        case StepDay():
            return _why_not_by(settings, timing.day, 0, view)
        case Slices():
            return _why_no_slices(settings, timing, view)
        case _:
            return ""


def _why_far_is_over(settings: RollSettings, timing: Timing, view: View) -> str:
    # Far ends first where a position is moved back to an earlier month.
    left, day = view.days_to_expiry(settings.far), _days_until_met(settings, timing, view)
    if left is None or day is None or day <= left:
        return ""
    return f"到那时远月 {settings.far} 已过最后交易日（还剩 {left} 个交易日）；请核对近月与远月是否填反。"


def _days_until_met(settings: RollSettings, timing: Timing, view: View) -> int | None:
    # Trading days until a timing that counts days is met, the slices to their last.
    match timing:
        case DaysToExpiry():
            known = days_to_policy(settings, timing, view)
            return None if known is None else known - timing.days
        case StepDay():
            known = view.days_until(timing.day)
            return None if known is None else known - timing.days
        case Slices():
            first = view.days_until(timing.first_day)
            return None if first is None else first + timing.slices - 1
        case _:
            return None


def _why_no_basis(settings: RollSettings, timing: BasisDistance, view: View) -> str:
    if not view.listed(timing.spot):
        return f"行情里没有现货 {timing.spot}；请改用行情里有的现货，或改用别的时机。"
    spot, near = view.instrument(timing.spot), view.instrument(settings.near)
    if spot.kind is not Kind.SPOT:
        return f"{timing.spot} 不是现货；请填现货代码（如 SPOT.i.日照港）。"
    same = spot.code.lower() == near.code.lower()
    return "" if same else f"{timing.spot} 与近月 {settings.near} 不是同一品种；请改用 {near.product_name} 的现货。"


def _why_no_slices(settings: RollSettings, timing: Slices, view: View) -> str:
    due, eve = view.days_until(timing.first_day), view.days_until(_before(timing.first_day))
    if due is None or eve is None:
        return f"首日 {timing.first_day} 超出交易日历；请改早。"
    if due == eve:
        return f"首日 {timing.first_day} 不是交易日；请改成交易日。"
    return _why_not_by(settings, timing.first_day, timing.slices - 1, view)


def _why_not_by(settings: RollSettings, day: int, after: int, view: View) -> str:
    until, left = view.days_until(day), view.days_to_expiry(settings.near)
    if until is None:
        return f"{day} 超出交易日历；请改早。"
    if left is None or until + after <= left:
        return ""
    return f"到那时近月已过最后交易日（还剩 {left} 个交易日）；请改早。"


def _before(day: int) -> int:
    return number(to_date(day) - timedelta(days=1))
