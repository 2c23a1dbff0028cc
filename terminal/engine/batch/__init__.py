"""Order for a group of accounts at once (分组批量下单)."""
