from feuerwache.classifier.bootstrap import main

main()
