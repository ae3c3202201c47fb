"""Certificates for signing mail: the child process that opens them, trust, revocation."""
