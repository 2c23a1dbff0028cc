"""Make the sample market (样例行情): a seeded world of prices that we wrote ourselves, playable at any hour."""
