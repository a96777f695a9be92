"""What clients of platforms are asked and answered, one module per platform: the suite runs all of it for each."""
