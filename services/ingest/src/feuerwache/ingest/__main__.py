from feuerwache.ingest.bootstrap import main

if __name__ == "__main__":
    main()
