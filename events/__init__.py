"""What we say: every event, one class each, and its envelope."""
