"""What keeps strangers out and the known within bounds: who may do what, how much, and how deep a document may be."""
