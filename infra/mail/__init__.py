"""Mails to people: put into words, frozen as bytes, and handed over."""
