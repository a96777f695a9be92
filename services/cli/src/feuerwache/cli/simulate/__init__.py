"""`feuerwache simulate`: a recorded weekend through the pure cores of all services, without any of them running."""
