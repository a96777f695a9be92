"""`python -m feuerwache.escalation.crisis`: the crisis detectors as a process."""

from feuerwache.escalation.crisis.bootstrap import main

main()
