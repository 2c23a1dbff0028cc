"""Drive the engine over a recorded market in one process and report what came of it."""
