"""Positions and options that are held, and what can be done with them."""
