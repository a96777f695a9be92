from feuerwache.cli.main import main

main()
