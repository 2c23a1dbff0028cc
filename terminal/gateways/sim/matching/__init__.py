"""Orders in one instrument: the displayed book, auctions, bars, and places in the market's queue."""
