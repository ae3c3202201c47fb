"""The same work as people write it without Signet: one message per domain, on dramatiq and on Celery."""
