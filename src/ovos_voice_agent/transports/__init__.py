"""Bytes of clients in and out; no session logic. Engines are reached through `runtime` alone."""
