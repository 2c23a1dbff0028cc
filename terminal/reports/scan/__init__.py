"""Find where a spread has moved away from its mean: samples, figures, what a set would earn after costs, ranks."""
