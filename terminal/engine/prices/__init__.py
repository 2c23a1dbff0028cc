"""What the market says: the latest quotes, samples of a price, what is said once a day, stated spot prices."""
