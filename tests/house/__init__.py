"""The house keeps its own laws: sizes, words, forbidden calls, fresh documents, and a guard that holds."""
