"""The same POST sent again makes one appeal: the key of the sender, the digest of the body, the answer."""

from django.conf import settings
from django.db import models


class FilingKey(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="a_sender_uses_a_key_once")]

    def __str__(self):
        return self.key
