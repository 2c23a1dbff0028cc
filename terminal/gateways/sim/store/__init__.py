"""The exchange's books at rest: in a file of its own, or as long as its process lives."""
