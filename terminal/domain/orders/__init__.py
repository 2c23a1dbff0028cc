"""Orders, what waits to become one, and what a close turns into."""
