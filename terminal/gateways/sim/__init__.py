"""Be the exchange: match orders against a market's displayed book, keep its own durable books, and answer for them."""
