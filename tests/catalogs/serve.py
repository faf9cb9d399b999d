"""A web server for one folder, with byte ranges, as those that hand out data have them."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Handler(SimpleHTTPRequestHandler):
    """Counts what is asked for; ``redirects`` lead from one path to a URL."""

    requests: list[str]
    redirects: dict[str, str]
    has_ranges: bool

    def do_GET(self) -> None:
        self.requests.append(self.path)
        if self.path in self.redirects:
            self.send_response(302)
            self.send_header("Location", self.redirects[self.path])
            self.end_headers()
            return
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not self.has_ranges or not asked or not path.is_file():
            super().do_GET()
            return
        content = path.read_bytes()
        start = int(asked[1]) if asked[1] else len(content) - int(asked[2])
        end = int(asked[2]) + 1 if asked[1] and asked[2] else len(content)
        part = content[start:end]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def end_headers(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.is_file():
            self.send_header("ETag", f'"{path.stat().st_mtime_ns}"')
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class Server:
    """Where the folder is served, and what was asked for."""

    def __init__(self, port: int, handler: type[Handler]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.requests, self.redirects = handler.requests, handler.redirects


@contextmanager
def serving(folder: Path, *, has_ranges: bool = True) -> Iterator[Server]:
    """Serve a folder; without ranges as ``python -m http.server`` does."""
    said = {"requests": [], "redirects": {}, "has_ranges": has_ranges}
    handler = type("Counting", (Handler,), said)
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
    ) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Server(server.server_port, handler)
        finally:
            server.shutdown()
            thread.join()
