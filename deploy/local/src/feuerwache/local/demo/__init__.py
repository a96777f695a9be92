"""`feuerwache demo`: plays a written Saturday night, or your own posts, and checks what came of it."""
