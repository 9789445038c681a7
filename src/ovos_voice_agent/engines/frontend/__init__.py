"""The sound front end: what takes noise from speech before it is recognised."""
