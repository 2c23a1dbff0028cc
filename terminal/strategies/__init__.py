"""Turn views into wishes: one strategy, one file, each a pure function with a memory folded from facts."""
