"""A sweep at once instead of at the next beat, where a timer was armed that is due already."""

from celery import current_app
from django.core.cache import cache
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

_AWAKE, _BEAT = "sweeper-awake", 30  # seconds


def wake_sweeper() -> None:
    """Call it once the timer is committed; with the broker down, the beat after its return sweeps.

    One call waiting is enough: it reads the timers only after it has called itself asleep again.
    """
    try:
        if cache.add(_AWAKE, True, timeout=_BEAT):
            current_app.send_task("appeals.tasks.sweep_timers", expires=_BEAT, retry=False)
    except (RedisError, BrokerError):
        return


def fall_asleep() -> None:
    """The sweeper begins to read: what is committed from now on has to wake it again."""
    try:
        cache.delete(_AWAKE)
    except RedisError:
        return
