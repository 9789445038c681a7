"""Voice detection: Silero's network in numpy, with its weights in the package."""
