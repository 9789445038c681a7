"""What outlives a session, or is shared by the workers of a host: prepared sessions, who is live, what was spent."""
