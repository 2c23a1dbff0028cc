"""The doors to markets: recorded ones, the seeded sample, the matching exchange."""
