"""Rules as they are written, and the sets of them that communities name: read, checked, tested, compiled."""
