"""The peer on Celery: `celery -A benchmarks.peers.on_celery worker`."""

from celery import Celery

from benchmarks.peers import work

app = Celery(broker=work.BROKER, broker_connection_retry_on_startup=True)
app.conf.task_ignore_result = True
app.conf.task_acks_late = True


@app.task(name="look")  # type: ignore[untyped-decorator]
def look(number: int) -> None:
    """Look at one domain."""
    work.look(number)
