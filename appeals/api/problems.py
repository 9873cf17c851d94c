"""Every error of the API as RFC 9457 problem+json: title, status, detail, and `errors` by field."""

from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, NotAuthenticated, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from appeals.states import Refused, Why

CONTENT_TYPE = "application/problem+json"
_STATUS = {Why.FORBIDDEN: 403, Why.CONFLICT: 409, Why.STALE: 409, Why.INVALID: 400, Why.LIMITED: 429}


class TooLarge(APIException):
    status_code = 413


def answer(exception: Exception, context: dict) -> Response | None:
    """DRF's EXCEPTION_HANDLER; None for what is a fault of ours."""
    if isinstance(exception, Refused):
        return _refused(exception, context)
    if isinstance(exception, RequestDataTooBig):
        exception = TooLarge(_("The body is too large."))
    response = exception_handler(exception, context)
    if response is not None:
        response.data = _problem_of(exception, response)
        response.content_type = CONTENT_TYPE
    return response


def _refused(refused: Refused, context) -> Response:
    status = _STATUS[refused.why]
    problem = body(status, str(refused.reason))
    if refused.errors:
        problem["errors"] = refused.errors
    if status == HTTPStatus.CONFLICT and hasattr(context["view"], "newer_state"):
        problem |= context["view"].newer_state()
    headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else None
    return Response(problem, status=status, headers=headers, content_type=CONTENT_TYPE)


def _problem_of(exception, response) -> dict:
    if isinstance(exception, ValidationError):
        errors = response.data if isinstance(response.data, dict) else {"body": response.data}
        return body(response.status_code, _("Please check what you sent.")) | {"errors": errors}
    detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
    if isinstance(exception, NotAuthenticated):
        detail = _("Send “Authorization: Token …”; POST /api/v1/auth/token/ gives one.")
    return body(response.status_code, str(detail))


def body(status: int, detail: str) -> dict:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "detail": detail}


@csrf_exempt
def nowhere(request, rest=""):
    """Every path under /api/ that is none."""
    return JsonResponse(
        body(404, _("There is nothing here. Paths end with a slash.")), status=404, content_type=CONTENT_TYPE
    )


nowhere.login_required = False
