"""Strategies: cards, forms, preview."""
