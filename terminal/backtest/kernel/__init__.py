"""Play a plan's strategy over columns alone (列式内核): the same orders and fills as the engine, and nothing else."""
