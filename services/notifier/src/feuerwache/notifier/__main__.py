from feuerwache.notifier.bootstrap import main

main()
