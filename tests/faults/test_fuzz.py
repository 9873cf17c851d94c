"""Every operation of the OpenAPI document is asked whatever it may be asked, and what it must not: the answers conform.

No 5xx, no status, content type or body that the document does not name. `-m slow` asks more than 2,000 times.
"""

from collections import Counter
from datetime import timedelta
from itertools import count, cycle

import pytest
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from knox.models import AuthToken
from schemathesis import GenerationMode, openapi
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import Failure, FailureGroup

from appeals.models import Appeal
from appeals.states import Status
from tests.factory import City, make_appeal

pytestmark = pytest.mark.django_db

_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_STATUSES = (
    Status.TRIAGE,
    Status.DISPATCHED,
    Status.SIGNED,
    Status.REPLIED,
    Status.VISITING,
    Status.CLOSED,
    Status.DECLINED,
)
_MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture(autouse=True)
def _one_connection():
    """The requests stay in the transaction of the test; between them a server would look after its connections."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


class Asker:
    """Sends what is generated: on cases that are there, mostly with the version that they have, each role in turn."""

    def __init__(self):
        city = City()
        began = timezone.now() - timedelta(hours=5)
        self.cases = [make_appeal(status, city=city, filed_at=began) for status in _STATUSES]
        people = (city.member, city.triage, city.handler, city.director)
        self.tokens = cycle([AuthToken.objects.create(person)[1] for person in people])
        self.turn = count()
        self.told = Counter()

    def ask(self, case):
        turn = next(self.turn)
        number = self._known(case, turn)
        if isinstance(case.body, dict) and number and turn % 8:
            case.body["version"] = Appeal.objects.get(number=number).version
        with transaction.atomic():
            answer = case.call(headers={"Authorization": f"Token {next(self.tokens)}"})
            transaction.set_rollback(True)
        self.told[answer.status_code] += 1
        case.validate_response(answer, checks=_CHECKS)

    def _known(self, case, turn) -> str | None:
        parameters = case.path_parameters or {}
        if "number" not in parameters:
            return None
        parameters["number"] = self.cases[turn % len(self.cases)].number
        return parameters["number"]


def _fuzz(examples: int) -> Counter:
    """Ask each operation `examples` times what the document allows, and as often what it does not."""
    asker = Asker()
    failures = []
    for result in openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application()).get_all_operations():
        operation = result.ok()
        for mode in _MODES:
            try:
                _ask_of(operation, mode, examples, asker)
            except (Failure, FailureGroup) as failure:
                failures.append(f"{operation.label} ({mode.value}):\n{_words(failure)}")
    assert not failures, f"{len(failures)}:\n" + "\n\n".join(failures)
    return asker.told


def _ask_of(operation, mode, examples, asker):
    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        asker.ask(case)

    try:
        ask()
    except Unsatisfiable:  # what takes nothing cannot be asked wrongly
        assert mode == GenerationMode.NEGATIVE


def _words(failure) -> str:
    parts = getattr(failure, "exceptions", None)
    return "\n".join(map(_words, parts)) if parts else f"{type(failure).__name__}: {failure}"[:1500]


def test_answers_conform_to_the_document():
    told = _fuzz(1)
    assert told.total() >= 100
    assert {200, 400, 403, 404, 409} <= set(told)


@pytest.mark.slow
def test_answers_conform_to_the_document_however_often_it_is_asked():
    told = _fuzz(16)
    print(f"{told.total()} requests: {dict(sorted(told.items()))}")  # noqa: T201 -- to be quoted
    assert told.total() >= 2000
