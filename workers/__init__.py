"""Who does what, when. Start reading in routes.py."""
