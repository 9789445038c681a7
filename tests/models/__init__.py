"""Small stand-in models, made in the test: they prove loading, shapes, streaming and stopping, not quality."""
