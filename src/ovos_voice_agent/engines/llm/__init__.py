"""Minds: what answers a prompt."""
