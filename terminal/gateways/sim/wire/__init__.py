"""The ways to the exchange: a socket from another process, or a call inside this one."""
