"""The door that Celery knocks at for the outbox."""

from celery import shared_task
from django.utils import timezone

from routing import outbox


@shared_task
def deliver_notices():
    outbox.fall_asleep()
    while outbox.deliver(timezone.now()):
        pass
