"""Platforms that have to be asked: a poller each, one at a time over all processes, with its cursor in Kafka."""
