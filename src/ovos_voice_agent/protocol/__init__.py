"""The Realtime API's words: data, its validation and its JSON form. No behaviour."""
