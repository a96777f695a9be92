"""The queue of posts that wait for a human: what is most pressing, who may decide, and putting their word on record."""
