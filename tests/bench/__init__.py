"""Throughput, latency and memory of Feuerwache, each beside a raw relay measured in the same run: `make bench`."""
