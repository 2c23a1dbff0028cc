"""Strategies as people steer them: wishes, bounds, worst states, rest."""
