"""asyncio around one session: the only package that joins the core and the engines."""
