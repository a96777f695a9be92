"""`python -m feuerwache.escalation.incidents`: the incidents task as a process."""

from feuerwache.escalation.incidents.bootstrap import main

if __name__ == "__main__":
    main()
