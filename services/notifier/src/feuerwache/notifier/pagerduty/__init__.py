"""Plans of PagerDuty (REST API v2), taken over into `schedules.yaml`."""
