"""`python -m feuerwache.escalation.incidents`: the incidents task as a process."""

from feuerwache.escalation.incidents.bootstrap import main

main()
