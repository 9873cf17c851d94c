"""A person at the API: JSON in, JSON out, by token."""

import json

from django.test import Client
from knox.models import AuthToken


class Api:
    def __init__(self, user=None):
        self.http = Client(raise_request_exception=True)
        self.headers = {"Accept-Language": "en"}
        if user is not None:
            self.headers["Authorization"] = f"Token {AuthToken.objects.create(user)[1]}"

    def get(self, path, **params):
        return self.http.get(f"/api/v1/{path}", params, headers=self.headers)

    def post(self, path, body=None, *, key=None, **headers):
        text = body if isinstance(body, str | bytes) else json.dumps(body or {})
        more = {"Idempotency-Key": key} if key is not None else {}
        return self.http.post(
            f"/api/v1/{path}", text, content_type="application/json", headers={**self.headers, **more, **headers}
        )

    def step(self, case, verb, **values):
        """Take `verb` with the version that `case` has, unless `version` says otherwise."""
        return self.post(f"appeals/{case.number}/{verb}/", {"version": case.version, **values})


def assert_problem(response, status, *fields):
    """RFC 9457, with an error at each of `fields` and nowhere else."""
    assert response.status_code == status, response.content.decode()
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status and body["title"] and body["detail"]
    assert set(body.get("errors", {})) == set(fields), body
    return body
