"""The words after `manage.py demo`, known before settings are read and servers start."""

import argparse
import os
import socket
import sys

HOST = "127.0.0.1"


def add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="of the web server on this machine (8000)")
    parser.add_argument("--appeals", type=int, default=400, help="how many sample appeals a new demo files (400)")
    parser.add_argument("--reset", action="store_true", help="forget the demo's data and begin anew")
    parser.add_argument("--data", metavar="DIR", help="where the demo keeps its data, as QIYING_DATA (.qiying/)")


def take_early(words: list[str]) -> None:
    """`--data DIR` becomes QIYING_DATA for this process and its children; a port in use ends it all at once."""
    parser = argparse.ArgumentParser(prog="manage.py demo", add_help=False, exit_on_error=False)
    add_to(parser)
    try:
        chosen, _others = parser.parse_known_args(words)
    except argparse.ArgumentError:
        return  # the command itself says what is wrong
    if chosen.data:
        os.environ.update(QIYING_DATA=os.path.abspath(chosen.data))
    if "-h" not in words and "--help" not in words and not _is_free(chosen.port):
        sys.exit(f"Port {chosen.port} is in use; choose another one: manage.py demo --port {chosen.port + 1}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True
