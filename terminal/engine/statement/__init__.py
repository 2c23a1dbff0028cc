"""Statements handed in, and what a difference does to the account."""
