"""`python -m feuerwache.console`: the console as a process."""

from feuerwache.console.bootstrap import main

if __name__ == "__main__":
    main()
