"""What is traded: contracts, their terms, their end."""
