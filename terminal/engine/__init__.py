"""Decide: commands, market data and reports in, facts and effects out, without touching the world."""
