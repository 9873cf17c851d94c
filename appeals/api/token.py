from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from knox.models import get_token_model
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from appeals.api.authentication import Nobody
from appeals.api.document import problems
from appeals.states import Refused, Why
from chains.models import Audit
from chains.origin import note, note_wrong_password


class Credentials(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    otp = serializers.CharField(max_length=20, required=False, help_text="Where a second factor is required.")


Given = inline_serializer("Token", {"token": serializers.CharField(), "expiry": serializers.DateTimeField()})


class Token(APIView):
    authentication_classes = [Nobody]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="get_token",
        request=Credentials,
        responses={200: Given, **problems(400, 401, 413, 415, 429)},
        auth=[],
    )
    def post(self, request):
        """A token for `Authorization: Token …`. Ten wrong passwords in 15 minutes: 429."""
        sent = Credentials(data=request.data)
        sent.is_valid(raise_exception=True)
        username, password = sent.validated_data["username"], sent.validated_data["password"]
        # With Django's own request, on which the throttle of wrong passwords leaves its mark.
        user = authenticate(request._request, username=username, password=password)
        if user is None:
            note_wrong_password(request._request, username)
        if getattr(request._request, "axes_locked_out", False):
            wait = int(settings.AXES_COOLOFF_TIME.total_seconds())
            raise Refused(_("Too many wrong passwords; please try again later."), why=Why.LIMITED, retry_after=wait)
        if user is None:
            raise AuthenticationFailed(_("User name or password is wrong."))
        with transaction.atomic():
            user.auth_token_set.filter(expiry__lt=timezone.now()).delete()
            row, token = get_token_model().objects.create(user=user)
            note(request, Audit.Kind.TOKEN, by=user.pk)
        return Response({"token": token, "expiry": serializers.DateTimeField().to_representation(row.expiry)})
