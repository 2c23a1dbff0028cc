"""Let the engine meet the world: append first, then act, then tell."""
