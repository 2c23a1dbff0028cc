"""Play one kind of strategy through a rough market, end the runner once on the way, and judge its children."""
