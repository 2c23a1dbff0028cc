"""What the ticket says of an order it sent: by its whole title, for its own account, and to its end."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.domain.ids import AccountId, OrderId
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, Side
from terminal.engine.screen import OrderLine
from terminal.widgets.ticket.send_guard import CHANGED_MS
from tests.gui.desk import ACCOUNT, COPPER, DAY, NOW, REBAR
from tests.gui.ticket_stage import ENTER, LINE, LINK, Stage

OTHER = AccountId("副账户")
WHY = "交易所拒绝：资金不足"


def send(stage: Stage, *, code: str = "OK", sentence: str = "已报单 主账户-00000007") -> None:
    stage.ready()
    stage.now += CHANGED_MS
    stage.press(ENTER)
    stage.ticket.show_results(stage.hand.answer(ok=code in {"OK", "CONFIRM2"}, code=code, sentence=sentence))


def refused(stage: Stage, number: int = 7) -> OrderLine:
    name = OrderId(f"主账户-0000000{number}")
    return OrderLine(
        order=name,
        terms=stage.hand.orders[-1],
        state=OrderState.REJECTED,
        filled=0,
        recorded_at=NOW,
        trading_day=DAY,
        source="李",
        note=WHY,
        told=f"买开 rb2505 2 手 @3215 被{WHY}",
    )


def told(stage: Stage) -> list[tuple[str, str]]:
    return [(label.text(), label.property("verdict")) for label in stage.ticket.results.labels if label.text()]


def test_an_order_that_the_exchange_refuses_after_it_was_accepted_turns_to_the_refusal(stage: Stage) -> None:
    send(stage)
    assert told(stage) == [("● 买开 rb2505 2 手 @3215：已报单 主账户-00000007", "allow")]
    failed = [refused(stage), refused(stage, 8)]
    stage.ticket.results.show_orders({one.order: one for one in failed})
    assert told(stage) == [(f"■ 买开 rb2505 2 手 @3215：{WHY}", "deny")]


def test_an_order_that_was_accepted_is_followed_to_its_end(stage: Stage) -> None:
    send(stage)
    begun, title = refused(stage), "买开 rb2505 2 手 @3215：已报单 主账户-00000007"

    def stands(state: OrderState, filled: int = 0, note: str = "") -> list[tuple[str, str]]:
        line = replace(begun, state=state, filled=filled, note=note, told="")
        stage.ticket.results.show_orders({line.order: line, OrderId("x"): replace(line, order=OrderId("x"))})
        return told(stage)

    assert stands(OrderState.LIVE) == [(f"● {title}", "allow")]
    assert stands(OrderState.UNKNOWN) == [(f"▲ {title}，状态不明，先别重发", "confirm")]
    assert stands(OrderState.PARTIAL, 1) == [(f"● {title}，成交 1 手", "allow")]
    assert stands(OrderState.CANCELLED, 1) == [(f"◇ {title}，已撤单，成交 1 手", "sent")]
    assert stands(OrderState.FILLED, 2) == [(f"● {title}，全部成交", "allow")]
    others = {OrderId(f"网格-{number}"): replace(begun, order=OrderId(f"网格-{number}")) for number in range(600)}
    stage.ticket.results.show_orders(others)  # of strategies, all day long
    assert told(stage) == [(f"● {title}，全部成交", "allow")]
    send(stage, sentence="已报单 主账户-00000009")  # the next one takes its place
    assert [words for words, _ in told(stage)] == ["● 买开 rb2505 2 手 @3215：已报单 主账户-00000009"]


def test_a_refusal_that_is_faster_than_the_answer_is_told_as_well(stage: Stage) -> None:
    stage.ready()
    stage.press(ENTER)
    stage.ticket.results.show_orders({OrderId("主账户-00000007"): refused(stage)})
    assert told(stage) == [("○ 买开 rb2505 2 手 @3215：已发出，等待回答", "sent")]
    stage.ticket.show_results(stage.hand.answer(sentence="已报单 主账户-00000007"))
    assert told(stage) == [(f"■ 买开 rb2505 2 手 @3215：{WHY}", "deny")]


def test_what_was_sent_for_one_account_is_not_told_in_the_ticket_of_another_and_stands_when_it_is_back(
    stage: Stage,
) -> None:
    stage.ticket.show_link(replace(LINK, roles=dict.fromkeys((ACCOUNT, OTHER), LINK.roles[ACCOUNT])))
    stage.ticket.show_account_line(replace(LINE, account=OTHER, name="副账户"))
    send(stage, code="CONFIRM2", sentence="需复核：超限。编号 C-7")
    waits = "▲ 买开 rb2505 2 手 @3215：等待主管复核。需复核：超限。编号 C-7"
    assert told(stage) == [(waits, "confirm")]
    stage.ticket.show_account(OTHER)
    assert told(stage) == []
    send(stage)  # which makes room there, and not here
    assert [words for words, _ in told(stage)] == ["● 买开 rb2505 2 手 @3215：已报单 主账户-00000007"]
    stage.ticket.clear()
    assert told(stage) == []
    stage.ticket.show_account(ACCOUNT)
    assert told(stage) == [(waits, "confirm")]


def test_orders_of_a_hedge_account_are_marked_as_hedging_until_a_person_marks_one(stage: Stage) -> None:
    assert stage.ticket.form.ticket.hedge_flag is HedgeFlag.SPECULATION
    hedging = replace(LINE, account=OTHER, usual_flag=HedgeFlag.HEDGE)
    stage.ticket.show_account_line(hedging)
    stage.ticket.show_account(OTHER)
    stage.fill()
    assert stage.ticket.form.ticket.hedge_flag is HedgeFlag.HEDGE
    stage.ticket.form.flags.activated.emit(stage.ticket.form.flags.findData(HedgeFlag.ARBITRAGE))
    stage.ticket.show_account_line(replace(hedging, holder_name="李"))
    stage.ticket.show_link(replace(LINK, may_order=False))
    assert stage.ticket.form.ticket.hedge_flag is HedgeFlag.ARBITRAGE
    stage.ticket.show_account(ACCOUNT)
    assert stage.ticket.form.ticket.hedge_flag is HedgeFlag.SPECULATION


def test_the_lots_of_one_contract_are_not_those_of_another(stage: Stage) -> None:
    stage.ticket.fill(REBAR, Side.BUY, Offset.OPEN, None, 90)
    stage.ticket.fill(REBAR, Side.SELL)
    assert stage.ticket.form.ticket.lots == 90
    stage.ticket.fill(COPPER, Side.BUY)
    assert stage.ticket.form.ticket.lots == 1
    stage.ticket.fill(REBAR, Side.BUY, Offset.OPEN, None, 90)
    stage.ticket.form.finder.picked.emit(COPPER)
    assert (stage.ticket.form.ticket.instrument, stage.ticket.form.ticket.lots) == (COPPER, 1)
