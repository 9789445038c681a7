"""Translations between the GA form, which is the core's own, and the other forms of the Realtime API.

Rules:

- A translation turns the JSON object of one event into that of another; it checks nothing that the decoder checks.
- Both directions of a name or a field are one row of a table in `tables.py`.
- What a translation must remember of its connection (few things) lies in its `Wire`; the tables know nothing.
"""
