"""Model files: what is recommended, where it lies on this machine, and how it gets there."""
