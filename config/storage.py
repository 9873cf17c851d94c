"""Where the files of appeals lie, from STORAGE_URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def folder(url: str, *, default: Path) -> Path:
    """The folder that `url` names, `default` without one. Raises ImproperlyConfigured for anything but file:///path.

    Several hosts share one folder (NFS, a cluster's volume); there is no client for object stores here.
    """
    if not url:
        return default
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc or len(parts.path) < 2:
        raise ImproperlyConfigured(f"STORAGE_URL has to be file:///an/absolute/folder; this is {url!r}.")
    return Path(unquote(parts.path))
