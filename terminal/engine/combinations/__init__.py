"""Combinations: what they cost, what the market shows of them, what the exchange told of their legs."""
