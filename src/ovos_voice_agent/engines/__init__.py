"""Engines: what hears, thinks and speaks; siblings that know nothing of sessions."""
