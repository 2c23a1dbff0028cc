"""Measure what the project claims: one figure, one file, each a function that returns its runs."""
