"""Fuzzing, led by coverage (atheris, on libFuzzer), of what reads the octets of strangers: whatever they are."""
