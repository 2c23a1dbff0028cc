"""Orders: the one gate, what is in their way, what is recorded and sent, alone or as two legs of one."""
