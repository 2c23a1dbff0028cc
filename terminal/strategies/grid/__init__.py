"""Trade a ladder of lines (网格), and lay out lines for whatever else stands on a ladder."""
