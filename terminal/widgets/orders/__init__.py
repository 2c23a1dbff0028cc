"""Orders, conditional orders and events as lists."""
