"""Continuous series of a product: its main contract day by day, joined raw, by difference and by ratio."""
