"""What is remembered of an author: the journal, what it counts, and what repeated violations lead to."""
