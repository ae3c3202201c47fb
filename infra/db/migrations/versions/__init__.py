"""One file per migration; they are never changed once released."""
