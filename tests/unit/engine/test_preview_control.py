"""What every other command would do is said plainly: releases, confirmations, taking over, documents."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, ConfirmationId, OrderId, PersonId
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Level, Scope, Verdict
from terminal.engine.book.scopes import scope_key
from terminal.engine.standing import AlertRow, LevelRow
from tests.engine_world import (
    ADMIN,
    CHECKER,
    COLLEAGUE,
    LIMITS,
    ONE,
    RB,
    RISK,
    SECOND_RISK,
    SPOT,
    TRADER,
    VIEWER,
    I,
    World,
    terms,
)
from tests.picture_settings import GRID, SPREAD, grid_settings
from tests.unit.engine.foreseen import ask, order, start


def test_whoever_would_take_over_is_told_first_what_of_others_ends_with_it() -> None:
    world = World()
    assert world.order(Side.BUY, 490, 3690).code == "CONFIRM2"
    told = ask(world, c.TakeAccount(account=ONE), by=COLLEAGUE).sentence
    assert told.endswith("；他人提交的 1 项待复核将作废")
    assert "作废" not in ask(world, c.TakeAccount(account=ONE)).sentence


def test_a_document_is_saved_over_the_version_it_was_opened_at() -> None:
    world = World()
    body = c.SaveDocument(name="草稿", base_version=0, body="{}")
    world.do(TRADER, body)
    found = ask(world, body)
    assert (found.verdict, "已是第 1 版" in found.sentence) == (Verdict.DENY, True)
    assert ask(world, replace(body, base_version=1, body="")).sentence == "删除 草稿"


def busy() -> World:
    world = World()
    world.buy(3, 3690)
    world.order(Side.BUY, 200, 3700)
    world.do(TRADER, start(grid_settings()))
    world.account.open_alerts[4] = AlertRow(
        number=4, level=Level.ORANGE, code="LEG_BROKEN", instrument=RB, sentence="缺 2 手", at=0
    )
    key = f"{scope_key(SEEN.scope)}|{SEEN.signal}"
    world.account.levels[key] = LevelRow(scope=SEEN.scope, signal=SEEN.signal, level=SEEN.level)
    return world


WAITING = ConfirmationId("A1-C000001")
SEEN = c.AcknowledgeLevel(account=ONE, scope=Scope(instrument=I), signal="position_use", level=Level.ORANGE)
FIRST = OrderId("A1-00000001")


@pytest.mark.parametrize(
    ("body", "by", "verdict", "sentence"),
    [
        (c.CancelOrder(account=ONE, order=FIRST), TRADER, Verdict.ALLOW, "撤 买开 rb2101 3 手 @3690，未成 3 手"),
        (c.CancelOrder(account=ONE, order=OrderId("x")), TRADER, Verdict.DENY, "x 不在可撤委托中。"),
        (c.CancelAll(account=ONE, instrument=RB), TRADER, Verdict.ALLOW, "撤rb2101 的 1 笔未了委托，共 3 手"),
        (c.CancelAll(account=ONE), VIEWER, Verdict.DENY, "不能执行：wang 没有撤单权限"),
        (
            c.ApproveOrder(account=ONE, confirmation=WAITING, order_hash="", signature=""),
            TRADER,
            Verdict.DENY,
            "制单人不能复核自己的委托，请由另一人复核。",
        ),
        (
            c.ApproveOrder(account=ONE, confirmation=WAITING, order_hash="", signature=""),
            CHECKER,
            Verdict.ALLOW,
            f"{WAITING} 通过后重新检查并立即执行",
        ),
        (
            c.RejectOrder(account=ONE, confirmation=WAITING, order_hash="", signature="", reason=""),
            VIEWER,
            Verdict.DENY,
            "不能执行：wang 没有复核权限",
        ),
        (c.WithdrawOrder(account=ONE, confirmation=WAITING), CHECKER, Verdict.DENY, "只有制单人可以撤回待复核项。"),
        (c.WithdrawOrder(account=ONE, confirmation=WAITING), TRADER, Verdict.ALLOW, f"撤回 {WAITING}，不再执行"),
        (
            c.PauseStrategy(account=ONE, strategy=GRID),
            TRADER,
            Verdict.ALLOW,
            f"策略 {GRID}：撤销其挂单，暂停；持仓保留；暂停期间没有止损",
        ),
        (c.ResumeStrategy(account=ONE, strategy=GRID), TRADER, Verdict.DENY, f"策略 {GRID} 没有暂停。"),
        (c.StopStrategy(account=ONE, strategy=SPREAD), TRADER, Verdict.DENY, f"策略 {SPREAD} 不存在或已结束。"),
        (c.TakeAccount(account=ONE), TRADER, Verdict.ALLOW, "接管账户 A1"),
        (c.AcknowledgeAlert(account=ONE, alert=4), TRADER, Verdict.ALLOW, "确认已看到：缺 2 手"),
        (c.AcknowledgeAlert(account=ONE, alert=4), VIEWER, Verdict.DENY, "不能执行：wang 没有确认提醒权限"),
        (c.AcknowledgeAlert(account=ONE, alert=5), TRADER, Verdict.DENY, "第 5 号提醒已确认或不存在。"),
        (SEEN, TRADER, Verdict.ALLOW, "确认已看到：合约 i2101持仓占限额橙色级别；它照样有效"),
        (SEEN, VIEWER, Verdict.DENY, "不能执行：wang 没有确认提醒权限"),
        (
            replace(SEEN, level=Level.RED),
            TRADER,
            Verdict.DENY,
            "合约 i2101持仓占限额现为橙色级别，没有确认；请看清现状，橙色以上再确认。",
        ),
        (c.MoveCash(account=ONE, amount=Decimal(-5), reason=""), ADMIN, Verdict.ALLOW, "出金 ¥5.00"),
        (c.MoveCash(account=ONE, amount=Decimal(5), reason=""), TRADER, Verdict.DENY, "不能执行：zhao 没有出入金权限"),
        (
            c.ChangeLimits(account=ONE, base_version=1, limits=replace(LIMITS, position_lots=900)),
            RISK,
            Verdict.ALLOW,
            "持仓限额 1000 → 900 · 收紧，立即生效",
        ),
        (
            c.ChangeLimits(account=ONE, base_version=1, limits=replace(LIMITS, position_lots=1100)),
            RISK,
            Verdict.CONFIRM2,
            "持仓限额 1000 → 1100 · 需复核：放宽持仓限额",
        ),
        (
            c.Kill(account=ONE, scope=Scope(instrument=RB), reason=""),
            TRADER,
            Verdict.ALLOW,
            "停止合约 rb2101：禁止开仓，暂停策略，撤销委托，待复核作废；须两人解除",
        ),
        (
            c.QuoteSpot(instrument=SPOT, price=Decimal("910.50"), source="日照港"),
            TRADER,
            Verdict.ALLOW,
            "i.日照港 现货报价记为 910.5",
        ),
        (
            c.QuoteSpot(instrument=SPOT, price=Decimal("910.50"), source="日照港"),
            VIEWER,
            Verdict.DENY,
            "wang 没有报现货价权限",
        ),
        (
            c.QuoteSpot(instrument=SPOT, price=Decimal(9_999_999_999), source="日照港"),
            TRADER,
            Verdict.DENY,
            "SPOT.i.日照港 现货价应小于 1000000000 元/吨，现为 9999999999；没有记下，请改价。",
        ),
        (c.SaveDocument(name="草稿", base_version=0, body="{}"), TRADER, Verdict.ALLOW, "保存 草稿"),
        (c.TakeAccount(account=AccountId("A9")), TRADER, Verdict.DENY, "没有账户 A9。"),
    ],
)
def test_every_other_command_says_plainly_what_it_does(
    body: c.CommandBody, by: PersonId, verdict: Verdict, sentence: str
) -> None:
    found = ask(busy(), body, by=by)
    assert (found.verdict, found.sentence) == (verdict, sentence)


def test_a_release_needs_two_persons_and_says_which_one_this_is() -> None:
    world = busy()
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    body = c.Release(account=ONE, scope=Scope(), reason="已查明")
    assert ask(world, body, by=RISK).sentence == "申请解除整个账户，需另一人确认"
    world.do(RISK, body)
    assert ask(world, body, by=RISK).sentence == "申请解除整个账户，需另一人确认"
    assert ask(world, body, by=SECOND_RISK).sentence == "与 li 一起解除整个账户"


def test_a_request_to_release_that_lapsed_is_nobody_s_to_confirm() -> None:
    world = busy()
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    body = c.Release(account=ONE, scope=Scope(), reason="已查明")
    world.do(RISK, body)
    world.wait(15 * 60 + 1)
    assert ask(world, body, by=SECOND_RISK).sentence == "申请解除整个账户，需另一人确认"


def test_a_release_is_not_offered_to_whose_opening_order_was_taken_back() -> None:
    world = World()
    assert world.order(Side.BUY, 1, 3650).ok
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    found = ask(world, c.Release(account=ONE, scope=Scope(), reason="已查明"))
    assert (found.verdict, "今日在该范围内的开仓与此有关" in found.sentence) == (Verdict.DENY, True)


def test_an_edit_says_that_the_older_request_is_void() -> None:
    world = busy()
    body = c.EditOrder(account=ONE, confirmation=WAITING, terms=terms(Side.BUY, 10, 3701))
    found = ask(world, body)
    assert found.verdict is Verdict.ALLOW
    assert found.sentence.startswith(f"原复核 {WAITING} 作废，改为 买开 rb2101 10 手 @3701 合约价值")
    assert ask(world, body, by=CHECKER).sentence == "只有制单人可以修改待复核项。"
    assert ask(world, replace(body, confirmation=ConfirmationId("A1-C9"))).verdict is Verdict.DENY


def test_a_level_at_red_is_said() -> None:
    world = World()
    world.account.levels["account|zombie"] = LevelRow(scope=Scope(), signal="zombie", level=Level.RED, since=0)
    found = ask(world, order(Side.BUY, 1, 3701))
    assert (found.verdict, "风险级别红色" in found.findings[0].sentence) == (Verdict.LOCK, True)
