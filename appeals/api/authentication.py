"""Who sends a request: by token."""

import knox.auth
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed


class TokenAuthentication(knox.auth.TokenAuthentication):
    """Knox, for one query a request, and for headers that hold anything but a token."""

    def authenticate_credentials(self, token: bytes):
        if not token.isalnum():
            raise AuthenticationFailed(_("This is not a token."))
        return super().authenticate_credentials(token)

    def _cleanup_token(self, auth_token) -> bool:
        # Expired tokens are swept when their owner asks for a new one.
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()


class Nobody(BaseAuthentication):
    """An old token in the header keeps nobody from a new one; a wrong password is a 401 all the same."""

    def authenticate(self, request):
        return None

    def authenticate_header(self, request):
        return "Token"
