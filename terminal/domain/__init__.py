"""Hold the vocabulary every other floor speaks: pure values and folds, no input or output."""
