"""One worker process, set up by the environment: what the tests of the live path start and kill."""

import ctypes
import signal
import sys

import faust

from alerts.redis_store import RedisStore
from streams.agents import build_worker
from streams.observer import observed
from streams.settings import read_settings

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Run the worker until it is stopped, or the test run that started it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    settings = read_settings()
    worker = build_worker(settings, RedisStore(settings.redis, settings.redis_namespace))
    runner = faust.Worker(worker.live.app, loglevel=settings.log_level, blocking_timeout=None, redirect_stdouts=False)
    with observed(worker):
        runner.execute_from_commandline()


if __name__ == "__main__":
    main()
