"""Run a person's own rule (自编策略)."""
