"""Reversals (反手): the close first, the opening only for what it filled."""
