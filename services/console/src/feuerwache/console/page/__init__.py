"""The page behind the link: pure, from what is known about an incident to what one person reads."""
