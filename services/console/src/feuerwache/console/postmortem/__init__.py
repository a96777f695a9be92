"""The post-mortem of an incident: a draft with what is on record, and blanks for what only people know. Pure."""
