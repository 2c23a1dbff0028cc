"""Single orders: the one gate, what is recorded and sent, what is not wanted any more, and their fold."""
