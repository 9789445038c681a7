"""For tests and engine authors: scripted servers, fakes and contracts."""
