"""Records and their chain, and the state put away beside them."""
