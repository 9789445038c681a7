"""The session as a function: client events, engine events and times go in, server events and commands come out."""
