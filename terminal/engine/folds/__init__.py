"""Fold the facts of one family each into an account; `engine/fold` gives every fact to its own."""
