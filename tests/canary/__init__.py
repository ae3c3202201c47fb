"""Whether a secret that came in by any door can be seen anywhere afterwards."""
