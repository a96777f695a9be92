"""The local stack: embedded Apache Kafka and Redis, all services, the demo."""
