"""What a page says, in the words, language and time zone of the person who gets it. Pure."""
