"""Programs for the house: generated documents, catalogues, lists. Run as `python -m scripts.NAME`."""
