"""Who has a case open right now (谁正在看): in the cache for a minute, among staff only; without it, nobody."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import redis
from django.conf import settings

from appeals.models import Appeal, Draft
from appeals.states import Actor, Part, parts_of

FRESH = timedelta(seconds=60)
_OUTSIDE = {Part.MEMBER, Part.CHANNEL}


@dataclass(frozen=True)
class Looker:
    user_id: int
    name: str
    part: Part


@lru_cache(maxsize=1)
def _server() -> redis.Redis:
    kept = settings.CACHES["default"]
    return redis.Redis.from_url(kept["LOCATION"], decode_responses=True, **kept["OPTIONS"])


def look(case: Appeal, *, by: Actor, now: datetime) -> list[Looker]:
    """Note that `by`, of the staff, has `case` open, and say who else has; nobody where the cache is down."""
    part = next(part for part in parts_of(by, case) if part not in _OUTSIDE)
    key, mine = f"presence:{case.pk}", json.dumps([now.timestamp(), by.name, part])
    try:
        # One hash a case, written field by field: two who look at the same moment do not wipe each other out.
        with _server().pipeline() as ask:
            ask.hset(key, str(by.user_id), mine).expire(key, FRESH).hgetall(key)
            seen = ask.execute()[-1]
    except redis.RedisError:
        return []
    return _fresh(seen, but=by, since=(now - FRESH).timestamp())


def _fresh(seen, *, but, since) -> list[Looker]:
    found = []
    for user_id, text in seen.items():
        at, name, part = json.loads(text)
        if at > since and int(user_id) != but.user_id:
            found.append(Looker(int(user_id), name, Part(part)))
    return sorted(found, key=lambda one: one.name)


def writing(case: Appeal, *, besides: Actor, now: datetime) -> Sequence[str]:
    """The names of others who are writing a reply."""
    drafts = Draft.objects.on(case).being_written("reply", now).select_related("user")
    return sorted({str(draft.user) for draft in drafts if draft.user_id != besides.user_id})
