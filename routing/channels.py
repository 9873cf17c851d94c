"""The ways out of the house. Each takes a notice and returns "" or, for another try, what went wrong."""

from email.utils import formataddr
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation

from routing import wording
from routing.models import Notice


def send_mail(notice: Notice) -> str:
    """Mail `notice` in the default language of the house; its Message-ID is the same at every try."""
    with translation.override(settings.LANGUAGE_CODE):
        subject, body = wording.words(notice)
    link = f"{settings.SITE_URL}/appeals/{notice.number}/" if notice.number else settings.SITE_URL
    mail = EmailMessage(
        subject=subject,
        body=f"{body}\n\n{link}",
        from_email=formataddr(("企呼我应", settings.DEFAULT_FROM_EMAIL)),
        to=[notice.recipient.email],
        headers={"Message-ID": f"<notice-{notice.pk}@{settings.SITE_URL.split('//')[-1].split(':')[0]}>"},
    )
    try:
        mail.send()
    except (SMTPException, OSError) as failure:
        return str(failure) or type(failure).__name__
    return ""
