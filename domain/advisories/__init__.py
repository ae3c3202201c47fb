"""Advice on the mail records of a sending domain (product contract, section 3): never blocking, never a guess."""
