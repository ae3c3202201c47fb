"""Migrations of the database, applied by `signet migrate`."""
