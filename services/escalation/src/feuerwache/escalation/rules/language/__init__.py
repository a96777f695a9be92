"""What rules are written in: CEL over the names of a context, and all that is looked at before it is used."""
