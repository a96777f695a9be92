from feuerwache.ingest.outbound.bootstrap import main

if __name__ == "__main__":
    main()
