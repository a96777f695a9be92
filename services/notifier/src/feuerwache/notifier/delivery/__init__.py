"""From a requested page to a settled one: who it means, claim, send, settle. Nothing dies silently, nobody twice."""
