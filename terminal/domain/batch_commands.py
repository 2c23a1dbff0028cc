"""Hold what people may ask for about groups of accounts (分组批量下单): a person's own, not one account's."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import BatchId
from terminal.domain.orders.batch import BatchOrder, Member


class SaveGroup(msgspec.Struct, frozen=True, kw_only=True, tag="save_group"):
    """Keep a group of accounts of the person who asks under a name, over `base_version`; without members it is gone."""

    name: str
    base_version: int
    members: tuple[Member, ...]


class SubmitBatch(msgspec.Struct, frozen=True, kw_only=True, tag="submit_batch"):
    """Send one order for each account of a group as it was at this version (分组批量下单)."""

    group: str
    group_version: int
    order: BatchOrder
    reason: str = ""


class CancelBatch(msgspec.Struct, frozen=True, kw_only=True, tag="cancel_batch"):
    """Cancel everything of one's own batch that works, waits for a second person, or waits for its turn (撤本批)."""

    batch: BatchId


BatchWish = SaveGroup | SubmitBatch | CancelBatch
