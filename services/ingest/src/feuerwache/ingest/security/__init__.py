"""What keeps a caller from more than is theirs: scopes of tokens, quotas, signed calls that count once."""
