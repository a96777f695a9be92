"""What every Feuerwache service stands on: events, the Kafka runner, configuration, clocks, health, metrics.

Nothing here knows a service. Services import this package and never each other.
"""
