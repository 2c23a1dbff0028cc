"""Orders on combinations: judged, recorded, answered and cancelled as two legs of one order."""
