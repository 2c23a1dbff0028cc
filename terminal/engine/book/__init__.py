"""What follows from an account's rows alone: scopes, claims, hedges, locks, what exercises freeze and bring."""
