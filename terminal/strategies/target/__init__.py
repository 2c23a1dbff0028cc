"""Keep a hedge ratio in its band (自动配平)."""
