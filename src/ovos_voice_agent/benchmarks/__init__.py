"""Benchmarks: how quick a server is, measured from outside with real speech. They import nothing of the server."""
