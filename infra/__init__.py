"""How we reach the world. Implements the ports of the domain."""
