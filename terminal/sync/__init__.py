"""Carry facts, wishes and quotes between a runner and its desks."""
