"""Written weekends with known fires: what the detectors are judged by (docs/detectors/scenarios.md)."""
