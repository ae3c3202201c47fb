"""One suite for the ports: every store must keep these promises."""
