"""Roll a position from a near to a far contract as one task (移仓)."""
