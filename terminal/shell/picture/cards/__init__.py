"""Say on a card what a second person decides about: what it changes in an account, and the worst it can bring."""
