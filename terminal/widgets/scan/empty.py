"""Say what stands where no spread does: that nobody has scanned yet, that it cannot be done, or what was missing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from terminal.domain.words.scan_terms import ScanTerm

if TYPE_CHECKING:
    from terminal.widgets.parts.empty_state import Words
    from terminal.widgets.scan.found import Found
    from terminal.widgets.scan.search import ScanSearch

PAYING, RANKED, LEFT_OUT = range(3)
AGAIN: Final = f"下一步：稍候再点“{ScanTerm.SCAN}”。"
NOT_YET: Final = (
    "还没有扫描",
    "扫描运行器每分钟记下的行情，找离开了均值、扣了成本还有净利的跨期、跨品种与跨市场价差。只算，不下单。",
    f"下一步：点上方的“{ScanTerm.SCAN}”。",
)
NO_OTHERS: Final = ("没有不排名的", "比过的价差都排了名。", "")
NO_SUCH: Final = ("这个品种没有", "这一页没有这个品种的价差。", f"下一步：换一个品种，或选“{ScanTerm.EVERY_PRODUCT}”。")
TOO_FEW: Final = "TOO_FEW"
REASONS: Final = {
    "NOT_RECORDED": "没有行情",
    "OUTSIDE_SESSION": "不在连续交易",
    "STALE": "报价过期",
    "STUCK": "涨跌停或单边",
    TOO_FEW: "样本不足",
    "UNMOVED": "没有变动",
    "NOT_REVERTING": "看不出回归均值",
    "FEES_UNKNOWN": "手续费未知",
    "UNEVEN": "手数比与系数不合",
}


def before(search: ScanSearch) -> Words:
    """Return what stands while nothing has been found yet."""
    if search.why_not:
        return ("这里扫描不了", search.why_not, "")
    if search.runs:
        return ("正在扫描…", "在运行器每分钟记下的行情里，逐对算均值、z、半衰期与成本。", search.sentence)
    if search.is_bad:
        return ("没有扫描成", search.sentence, AGAIN)
    return NOT_YET


def after(found: Found, view: int, *, of_one_product: bool) -> Words:
    """Return what stands where a view of what was found has no rows."""
    if view == LEFT_OUT:
        return NO_SUCH if found.left_out and of_one_product else NO_OTHERS
    if not found.ranked:
        return _none_ranked(found)
    if of_one_product:
        return NO_SUCH
    text = f"排了名的 {len(found.ranked)} 对，扫描时的净利都不为正。"
    return ("没有扣了成本还有净利的价差", text, f"下一步：点“{ScanTerm.RANKED}”看全部，或过一会儿再扫描。")


def _none_ranked(found: Found) -> Words:
    short = [one for one in found.left_out if one.reason == TOO_FEW]
    if short and len(short) * 2 >= len(found.left_out):
        example = max(short, key=lambda one: one.sentence)
        text = f"{len(short)} 对价差的样本都不够，如 {example.name}，{example.sentence}。每走一分钟多一个样本。"
        return ("样本不足", text, AGAIN)
    if not found.left_out:
        return ("没有可比的价差", "记下的行情里没有同一品种的两个月份，也没有比价表里各腿同月的合约。", "")
    counted = Counter(REASONS.get(one.reason, one.reason) for one in found.left_out)
    told = "、".join(f"{word} {count} 对" for word, count in counted.most_common())
    return ("没有可排名的价差", f"{told}。", f"下一步：点“{ScanTerm.LEFT_OUT}”看每一对的原因。")
