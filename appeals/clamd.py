"""A word with the virus scanner (clamd) over its socket: INSTREAM, in pieces, one answer."""

import socket
import struct
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_PIECE = 64 * 1024
_PATIENCE = 30  # seconds
_LONGEST_ANSWER = 4096


class ScannerFailed(OSError):
    """It gave no verdict: `str()` is what it said."""


def found_in(data: bytes, *, url: str) -> str:
    """The name of what clamd finds in `data`, or nothing. `url` is tcp://host:port or unix:///path.

    Raises OSError where it cannot be reached or gives no verdict.
    """
    with _connected(url) as line:
        line.sendall(b"zINSTREAM\0")
        for begin in range(0, len(data), _PIECE):
            piece = data[begin : begin + _PIECE]
            line.sendall(struct.pack("!L", len(piece)) + piece)
        line.sendall(struct.pack("!L", 0))
        return _verdict(_answer(line))


def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(_PATIENCE)
        try:
            line.connect(unquote(parts.path))
        except OSError:
            line.close()
            raise
        return line
    if parts.scheme == "tcp" and parts.hostname:
        return socket.create_connection((parts.hostname, parts.port or 3310), timeout=_PATIENCE)
    raise ImproperlyConfigured(f"CLAMD_URL has to be tcp://host:port or unix:///path; this is {url!r}.")


def _answer(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < _LONGEST_ANSWER and (more := line.recv(_LONGEST_ANSWER)):
        said += more
    return said.rstrip(b"\0").decode("utf-8", "replace").strip()


def _verdict(answer: str) -> str:
    said = answer.removeprefix("stream:").strip()
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    raise ScannerFailed(answer or "no answer")
