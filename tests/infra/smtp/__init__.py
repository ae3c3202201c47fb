"""Logins to mail servers: real ones, and ones that behave as no server should."""
