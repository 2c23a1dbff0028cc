"""Order for a group of accounts: preview, one gesture, what became of each (分组下单)."""
