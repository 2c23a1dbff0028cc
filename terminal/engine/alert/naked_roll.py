"""Word that a roll at rest lacks far (单腿敞口): near is closed already, so far is opened by hand or near bought back.

The roll records what it opened itself. What the account holds of far beside that may be what a person has opened in its
place: it is said in the same sentence, or whoever follows the alert opens far twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import StrategyStatus
from terminal.engine.alert.roll_watch import far_beside, far_cover
from terminal.engine.alert.sentences import alert_for, lots_text, named
from terminal.engine.sentences.marks import covered_words

if TYPE_CHECKING:
    from terminal.domain.fact.facts import AlertRaised
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow


def naked_roll(look: Look, account: AccountState, row: StrategyRow, settings: RollSettings, lack: int) -> AlertRaised:
    """Return the alert of a roll that rests while its far leg lacks signed lots."""
    paused = row.status is StrategyStatus.PAUSED
    rests = f"策略已{'暂停' if paused else '停止'}（{row.reason}），不再补"
    lots = lots_text(look, settings.far, abs(lack))
    if lack * settings.side.sign < 0:
        what = f"远月 {named(look, settings.far)}比近月已平多 {lots}；{rests}；请人工平掉多出的远月"
    else:
        opens, back = ("买入", "买") if lack > 0 else ("卖出", "卖")
        resumed = "；要由它补的恢复它；已人工补的停止它" if paused else ""
        what = f"近月已平、远月 {named(look, settings.far)}按它自己的成交缺 {lots}；{rests}。"
        cover, beside = far_cover(account, row), far_beside(account, row, settings)
        if cover is not None:
            what += f"但{covered_words(cover)}：是人工补的，不要再{opens}；不是来补的请人工{opens}开仓{resumed}"
        elif beside:
            there = f"账户里另有同向 {beside} 手，是人工补的，只差 {abs(lack) - beside} 手"
            what += f"{there}；请人工{opens}开仓补足，或{back}回近月{resumed}"
        else:
            what += f"请人工{opens}开仓补远月，或{back}回近月{resumed}"
    return alert_for(row, "LEG_NAKED", settings.far, f"单腿敞口：{what}。")
