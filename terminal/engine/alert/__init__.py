"""What people are told of: levels, alarms, the hand-over, and whom it concerns."""
