"""Serves a folder to this machine only, with the standard library."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tierwise.kernel.errors import fail

LOOPBACK = "127.0.0.1"
PORT = 8765


class _Handler(SimpleHTTPRequestHandler):
    """Only the report and what it is made of are worth a look; requests are not logged."""

    def log_message(self, *_: Any) -> None:
        """Says nothing: the terminal belongs to the summary."""

    def end_headers(self) -> None:
        """Never from a cache: the report may have been built anew."""
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def do_GET(self) -> None:
        if self.headers.get("Host", "").rsplit(":", 1)[0] not in (LOOPBACK, "localhost"):
            self.send_error(421)  # another name that leads here is no friend
            return
        super().do_GET()

    def list_directory(self, path: Any) -> None:
        """No listings."""
        self.send_error(404)


class Server(ThreadingHTTPServer):
    """A running server; ``url`` is where the report is."""

    daemon_threads = True
    report = "report.html"

    @property
    def url(self) -> str:
        """The address of the report."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.report}"


def serve(folder: Path, port: int | None = None) -> Server:
    """A server of a folder on this machine, bound and ready for ``serve_forever``.

    Without a port it takes the usual one, or any free one if that is taken. **Raises** ``demo.port-taken``.
    """
    handler = partial(_Handler, directory=str(folder))
    for wanted in (PORT, 0) if port is None else (port,):
        try:
            return Server((LOOPBACK, wanted), handler)
        except OSError:
            continue
    raise fail(
        "demo.port-taken", "port {port} is taken; choose another", "端口 {port} 已被占用，请换一个", port=port
    )
