"""DKIM keys: how they are made, how our zone gets them, and how it is seen that it has."""
