from feuerwache.escalation.rules.bootstrap import main

main()
