"""Play seeded worlds of people, faults and crashes around one runner and one exchange, and judge them."""
