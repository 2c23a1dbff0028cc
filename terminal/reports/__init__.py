"""Read what brokers report, hold it against our own books, and report on both."""
