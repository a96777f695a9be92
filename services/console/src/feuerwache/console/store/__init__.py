"""What the console keeps in SQL: a projection of the topics, and how far it has read them."""
