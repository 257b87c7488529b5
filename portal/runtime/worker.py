"""The Celery worker of the embedded portal: a thread on the in-memory broker."""

import threading

from django.utils.module_loading import import_string


def run_worker(stop: threading.Event) -> None:
    """Work on tasks, one at a time, until told to stop. What is queued then is lost with us."""
    app = import_string("portal.celery.app")
    worker = app.WorkController(
        app=app,
        pool="solo",
        concurrency=1,
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )

    def end() -> None:
        stop.wait()
        worker.stop()

    threading.Thread(target=end, name="worker-end", daemon=True).start()
    worker.start()
