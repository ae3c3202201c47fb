"""What is true: pure decisions that know no clock, dice, network or environment."""
