"""A mail server that takes everything and remembers it: what has really gone out."""

import socketserver
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from threading import Lock, Thread


@dataclass(frozen=True)
class Mail:
    message_id: str
    to: str


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 sink")
        to = []
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"RCPT":
                to.append(line.partition(b"<")[2].partition(b">")[0].decode())
            if word == b"DATA":
                self._say("354 go on")
                self._take(to)
                to = []
            self._say("221 bye" if word == b"QUIT" else "250 ok")
            if word == b"QUIT":
                return

    def _take(self, to):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        # Before the answer: a sender who dies without having heard it has sent all the same.
        self.server.take(message_from_bytes(b"".join(lines))["Message-ID"], to)

    def _say(self, words):
        self.wfile.write(f"{words}\r\n".encode())


class Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[Mail] = []
        self._lock = Lock()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def take(self, message_id, recipients):
        with self._lock:
            self.mails += [Mail(message_id, to) for to in recipients]

    def handle_error(self, request, client_address):
        """Whoever sent has been killed."""


@contextmanager
def listening():
    sink = Sink()
    Thread(target=sink.serve_forever, daemon=True).start()
    yield sink
    sink.shutdown()
    sink.server_close()
