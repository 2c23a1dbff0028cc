"""Give each kind of identity its own type, so that none is mistaken for another."""

from __future__ import annotations

from typing import NewType

TenantId = NewType("TenantId", str)
PersonId = NewType("PersonId", str)
DeviceId = NewType("DeviceId", str)
AccountId = NewType("AccountId", str)
ExchangeId = NewType("ExchangeId", str)
ProductId = NewType("ProductId", str)  # "DCE.i"
InstrumentId = NewType("InstrumentId", str)  # "DCE.i2101", "SPOT.i.日照港"
StockId = NewType("StockId", str)  # a series of stocks (库存): "铁矿石港口库存"
StrategyId = NewType("StrategyId", str)
TaskId = NewType("TaskId", str)  # the parent of child orders: a roll task, a spread set, a manual parent
OrderId = NewType("OrderId", str)  # ours, for ever
WireKey = NewType("WireKey", str)  # broker/investor/trading day/front/session/order ref, as one string
SysId = NewType("SysId", str)  # the exchange's order number; unique only together with the exchange
TradeId = NewType("TradeId", str)  # the exchange's trade number
CommandId = NewType("CommandId", str)
ConfirmationId = NewType("ConfirmationId", str)
ConditionalId = NewType("ConditionalId", str)  # a conditional order (条件单): "A1-T000003"
ReversalId = NewType("ReversalId", str)  # of an account: A1-R000001
ExerciseId = NewType("ExerciseId", str)  # a request to exercise or abandon (行权、放弃): "A1-X000003"
BatchId = NewType("BatchId", str)  # an order for a group of accounts (分组批量下单): its command's id
StreamId = NewType("StreamId", str)  # "tenant:T", "account:A", "book:B", "person:P"
