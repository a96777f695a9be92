"""What a batch adds to the statistics of the communities."""
