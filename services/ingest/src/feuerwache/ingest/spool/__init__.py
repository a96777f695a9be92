"""What is accepted while Kafka is away lies on disk, synced, until Kafka has it."""
