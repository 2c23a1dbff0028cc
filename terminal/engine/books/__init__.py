"""Hold what the state keeps as one piece: parts of batches, waiting orders, reversals, exercises, OTC contracts."""
