"""What is kept on disk: the journal, its projections, the tape, and the committed tables."""
