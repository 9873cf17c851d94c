"""A virus scanner on a port of its own that speaks clamd's INSTREAM, and one that has been switched off."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer, ThreadingUnixStreamServer
from threading import Thread

from tests.appeals.files import EICAR


class _Line(StreamRequestHandler):
    def handle(self):
        if self.rfile.read(10) != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.server.scanned.append(content)
        self.wfile.write(self.server.says(content))


def _verdict(content: bytes) -> bytes:
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


@contextmanager
def scanner(says=_verdict, *, path: str = "") -> Iterator[tuple[str, list[bytes]]]:
    """Its CLAMD_URL and what it was given to scan."""
    server = ThreadingUnixStreamServer(path, _Line) if path else ThreadingTCPServer(("127.0.0.1", 0), _Line)
    server.says, server.scanned = says, []
    running = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    running.start()
    try:
        yield (f"unix://{path}" if path else f"tcp://127.0.0.1:{server.server_address[1]}"), server.scanned
    finally:
        server.shutdown()
        running.join()
        server.server_close()


def nobody_listens() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"
