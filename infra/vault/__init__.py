"""Secrets: the keys that lock them at rest, and the seals under which others send them."""
