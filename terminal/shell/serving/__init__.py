"""Be a runner to its desks: facts, quotes and history out, commands in."""
