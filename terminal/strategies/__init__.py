"""Turn views into wishes: one kind of strategy, one room, each a pure function with a memory folded from facts."""
