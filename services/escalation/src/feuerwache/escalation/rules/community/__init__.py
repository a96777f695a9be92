"""What is remembered of a community: texts, threads, quarrels, circles of reporters. Approximate by nature."""
