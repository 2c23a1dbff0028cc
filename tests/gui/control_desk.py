"""Build what approvals, alerts, the ribbon and the kill switch are told."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QWidget

from terminal.domain.commands import AcknowledgeAlert
from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, PersonId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.words.risk import Level, Scope
from terminal.engine.screen import (
    AccountLine,
    AlertLine,
    ApprovalCard,
    Figure,
    LinkLine,
    LinkState,
    ReleaseAsk,
    ReleaseBar,
)
from tests.gui.desk import ACCOUNT, DAY, NOW, REBAR

MAKER, CHECKER = PersonId("zhang"), PersonId("li")


def name(number: int) -> ConfirmationId:
    return ConfirmationId(f"C{number}")


def card(
    number: int,
    *,
    state: ConfirmationState = ConfirmationState.PENDING,
    maker: PersonId = MAKER,
    may_decide: bool = True,
    drift: int = 2,
    minutes: int = 12,
    order_hash: str = "",
    outcome: str = "",
    told: str = "",
) -> ApprovalCard:
    return ApprovalCard(
        confirmation=name(number),
        account=ACCOUNT,
        order_hash=order_hash or f"hash-{number}",
        state=state,
        maker=maker,
        maker_name="张敏",
        title=f"买开 螺纹钢2505 {490 + number} 手",
        why="单笔 490 手超过 300 手",
        requested_at=NOW - number * MINUTE_NS,
        expires_at=NOW + minutes * MINUTE_NS,
        terms=OrderTerms(
            account=ACCOUNT, instrument=REBAR, side=Side.BUY, offset=Offset.OPEN, lots=490, price=Decimal(3215)
        ),
        reference_price=Decimal(3214),
        price=Decimal(3216),
        drift_ticks=drift,
        allowed_drift_ticks=9,
        figures=(
            Figure(name="净敞口", before="−120 手", after="+370 手"),
            Figure(name="风险度", before="45.4%", after="61.2%", worse=True),
        ),
        details=("跌停 3021 时亏损 950,600 元",),
        last_orders=("09:58:12 买开 螺纹钢2505 20 手 全部成交",),
        checker=CHECKER if outcome else None,
        checker_name="李薇" if outcome else "",
        outcome=outcome,
        told=told,
        may_decide=may_decide,
    )


def cards(*given: ApprovalCard) -> dict[ConfirmationId, ApprovalCard]:
    return {one.confirmation: one for one in given}


def link(
    state: LinkState = LinkState.LIVE,
    *,
    person: PersonId = CHECKER,
    roles: tuple[Role, ...] = (Role.CHECKER, Role.TRADER),
    sentence: str = "",
    offline_s: int = 0,
) -> LinkLine:
    return LinkLine(
        state=state,
        sentence=sentence,
        runner="本机运行器",
        person=person,
        person_name="李薇",
        device=DeviceId("PC-2"),
        roles={ACCOUNT: roles},
        latency_ms=28.4,
        offline_s=offline_s,
        may_order=state is LinkState.LIVE,
    )


def account_line(
    *,
    account: AccountId = ACCOUNT,
    name: str = "华东铜业",
    holder: PersonId | None = None,
    device: str = "PC-3",
    killed: tuple[Scope, ...] = (),
    reds: tuple[Scope, ...] = (),
    asked_by: PersonId | None = None,
    bars: tuple[ReleaseBar, ...] = (),
    linked: bool = True,
) -> AccountLine:
    return AccountLine(
        account=account,
        name=name,
        trading_day=DAY,
        linked=linked,
        opening_allowed=not killed,
        why_closed="",
        level=Level.NORMAL,
        killed=killed,
        reds=reds,
        release_asks=tuple(
            ReleaseAsk(scope=scope, person=asked_by, name="张敏" if asked_by == MAKER else asked_by)
            for scope in (*killed, *reds)
            if asked_by is not None
        ),
        release_bars=bars,
        holder=holder,
        holder_name="张敏" if holder == MAKER else "",
        holder_device=DeviceId(device) if holder else None,
    )


def alert(
    key: str, level: Level, *, minutes: int = 5, number: int | None = None, escalates_at: int | None = None
) -> AlertLine:
    return AlertLine(
        key=key,
        account=ACCOUNT,
        level=level,
        since=NOW - minutes * MINUTE_NS,
        sentence=f"螺纹钢2505 告警 {key}",
        advice="减仓 10 手",
        is_alarm=True,
        acknowledge=None if number is None else AcknowledgeAlert(account=ACCOUNT, alert=number),
        escalates_at=escalates_at,
    )


def nameless(top: QWidget) -> list[str]:
    """Return the controls in sight that a screen reader could not say."""
    controls: Iterable[QWidget] = (
        control
        for kind in (QAbstractButton, QAbstractItemView, QLineEdit)
        for control in top.findChildren(kind)
        if control.isVisibleTo(top) and not control.objectName().startswith("qt_")
    )
    found = []
    for control in controls:
        face = QAccessible.queryAccessibleInterface(control)
        if face is None or not face.text(QAccessible.Text.Name):
            found.append(f"{type(control).__name__} {control.objectName()} in {control.parent()}")
    return found
