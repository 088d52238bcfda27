"""The built pages: files with hashes in their names, kept by browsers for good, and the page that loads them."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from ormer.gateway.messages import Request, Response
from ormer.studio.answers import NO_STORE
from ormer.studio.guards import HEADERS

FOLDER = Path(__file__).parent / "assets"
PAGE = "index.html"
# Vite writes a hash of the contents into every name under this folder.
HASHED = "static/"
FOR_GOOD = {"cache-control": "public, max-age=31536000, immutable"}
# Compressed when they are built; the better one first.
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
TYPES = {".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2", ".html": "text/html; charset=utf-8"}
MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>ormer Studio</title>
<h1>Studio's pages have not been built</h1>
<p>This ormer runs from its source. Build the pages once with <code>make studio</code>, then load this page again.</p>
<p>Everything else works without them: boto3, the AWS CLI and the SageMaker SDK.</p></html>
"""


class Assets:
    """Finds built files; nothing outside the folder, whatever a path says."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def names(self) -> frozenset[str]:
        """What there is, by path below the folder."""
        return frozenset(
            str(file.relative_to(self._folder))
            for file in self._folder.rglob("*")
            if file.is_file() and not file.is_symlink() and file.suffix not in (".br", ".gz")
        )

    def answer(self, request: Request, name: str) -> Response | None:
        """A built file, None when there is none of this name."""
        if name not in self.names():
            return None
        return self._file(request, name)

    def page(self, request: Request) -> Response:
        """The page that every address of Studio loads."""
        if not (self._folder / PAGE).is_file():
            return Response(503, {**HEADERS, **NO_STORE, "content-type": TYPES[".html"]}, MISSING.encode())
        return self._file(request, PAGE)

    def _file(self, request: Request, name: str) -> Response:
        file = self._folder / name
        headers = {**HEADERS, **(FOR_GOOD if name.startswith(HASHED) else NO_STORE), "vary": "accept-encoding"}
        headers["content-type"] = TYPES.get(file.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        wanted = request.headers.get("accept-encoding", "")
        for encoding, suffix in ENCODINGS:
            packed = file.with_name(file.name + suffix)
            if encoding in wanted and packed.is_file():
                return Response(200, {**headers, "content-encoding": encoding}, packed.read_bytes())
        return Response(200, headers, file.read_bytes())
