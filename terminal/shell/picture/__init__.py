"""Turn a folded state and the latest quotes into what a screen shows."""
