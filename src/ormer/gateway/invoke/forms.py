"""What a client's requests have in common: the head of one that was answered, with what changes left open.

A client sends the same head again and again, but for the time, the signature, the body's length and a few more. So a
head that was read, judged and answered is kept as a form. A later one that is the same, byte for byte, outside of the
open places was judged with it; what stands in those places is read and judged each time, and so is everything that may
have changed here meanwhile: key, permission, route. What does not fit the form is read by the HTTP parser as ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter

from ormer.engines.hosting.exchanges import Asked
from ormer.gateway.invoke.admission import MAY_BE_LOOSE, SIGNATURE_CHARACTERS, Signer
from ormer.gateway.invoke.entrances import INFERENCE, Entrance

STAMP, SIGNATURE, LENGTH = b"x-amz-date", b"authorization", b"content-length"
# What SDKs name each attempt by: a UUID.
ATTEMPT = b"amz-sdk-invocation-id"
# Headers that change from request to request, and how many characters of them do; 0 where that changes too.
OPEN = {STAMP: 16, SIGNATURE: SIGNATURE_CHARACTERS, LENGTH: 0, INFERENCE: 0, ATTEMPT: 36, MAY_BE_LOOSE: 64}
# What may stand in an open place that is not compared with anything later; no blanks that a signature would not cover.
PLAIN = {ATTEMPT: re.compile(rb"[0-9A-Za-z-]+"), INFERENCE: re.compile(rb"(?=.{1,64}\Z)[!-~]+(?: [!-~]+)*")}
# With these a request may end elsewhere than its length says, or a connection means something else afterwards.
UNUSUAL = frozenset({b"transfer-encoding", b"connection", b"upgrade", b"expect", b"te", b"trailer"})
HEAD_BYTES_MAX = 8 << 10
LENGTH_DIGITS_MAX = 5


class Form:
    """A head with open places.

    stamp, signature, declared: which of the open places those headers are (declared: x-amz-content-sha256, -1 in forms
    without it). token: the session token, b"" without one.
    """

    def __init__(
        self,
        entrance: Entrance,
        signer: Signer,
        token: bytes,
        asked: Asked,
        names: Sequence[bytes],
        pieces: list[bytes],
    ) -> None:
        """names: of the open places. pieces: what stands before each of them, and behind the last one."""
        self.entrance = entrance
        self.signer = signer
        self.token = token
        self._asked = (asked.content_type, asked.accept, asked.custom_attributes, asked.target_variant)
        place = {name: number for number, name in enumerate(names)}
        self.stamp, self.signature, self._length = place[STAMP], place[SIGNATURE], place[LENGTH]
        self.declared, self._inference = place.get(MAY_BE_LOOSE, -1), place.get(INFERENCE, -1)
        self._steps = [
            (piece, len(piece), OPEN[name], PLAIN.get(name)) for name, piece in zip(names, pieces, strict=False)
        ]
        self._tail = pieces[-1]
        self._canonical = b""
        self._chosen: itemgetter[int] = itemgetter(0)

    def sign(self, path: bytes, headers: dict[bytes, bytes], names: Sequence[bytes]) -> None:
        """Keep what the canonical request is made of."""
        lines, chosen = [b"POST", path, b""], []
        for name in self.signer.signed:
            value = b" ".join(headers.get(name, b"").split()).replace(b"%", b"%%")
            if name in names:
                value = b"%b"
                chosen.append(list(names).index(name))
            lines.append(name + b":" + value)
        self._canonical = b"\n".join([*lines, b"", self.signer.names, b"%b"])
        self._chosen = itemgetter(*chosen, len(names))

    def read(self, data: bytes) -> tuple[list[bytes], bytes] | None:
        """(what stands in the open places, the body) of a whole request; None for one that does not fit."""
        at, values = 0, []
        for fixed, length, characters, plain in self._steps:
            if not data.startswith(fixed, at):
                return None
            at += length
            end = at + characters if characters else data.find(b"\r", at)
            value = data[at:end]
            if plain is not None and plain.fullmatch(value) is None:
                return None
            values.append(value)
            at = end
        if not data.startswith(self._tail, at):
            return None
        body = data[at + len(self._tail) :]
        length_sent = values[self._length]
        if not length_sent.isdigit() or len(length_sent) > LENGTH_DIGITS_MAX or int(length_sent) != len(body):
            return None
        return values, body

    def asked(self, values: Sequence[bytes], body: bytes) -> Asked:
        """The request to the model."""
        inference = values[self._inference].decode() if self._inference >= 0 else ""
        kind, accept, attributes, variant = self._asked
        return Asked(body, kind, accept, attributes, variant, "", "", inference)

    def canonical(self, values: Sequence[bytes], payload: bytes) -> bytes:
        """The canonical request. payload: the body's SHA-256 in hex."""
        return self._canonical % self._chosen((*values, payload))


def form_of(
    entrance: Entrance, signer: Signer, asked: Asked, data: bytes, path: bytes, headers: Sequence[tuple[bytes, bytes]]
) -> Form | None:
    """The form of a request that was answered, from its bytes and what the parser made of its head.

    None for a head that is written in an unusual way, or says something unusual.
    """
    head, _, body = data.partition(b"\r\n\r\n")
    known = dict(headers)
    first, *lines = head.split(b"\r\n")
    if first != b"POST %b HTTP/1.1" % path or len(lines) != len(headers) or len(head) > HEAD_BYTES_MAX:
        return None
    if len(known) != len(headers) or UNUSUAL & known.keys() or not {STAMP, SIGNATURE, LENGTH} <= known.keys():
        return None
    if body != asked.body or SIGNATURE in signer.signed:
        return None
    names, pieces = [], [first]
    for line, (name, value) in zip(lines, headers, strict=True):
        start = line[: len(name)] + b": "
        if start.lower() != name + b": " or line != start + value:
            return None
        pieces[-1] += b"\r\n" + start
        if name not in OPEN:
            pieces[-1] += value
            continue
        kept = len(value) - OPEN[name] if OPEN[name] else 0
        if kept < 0 or (kept and name != SIGNATURE):
            return None
        pieces[-1] += value[:kept]
        names.append(name)
        pieces.append(b"")
    pieces[-1] += b"\r\n\r\n"
    form = Form(entrance, signer, known.get(b"x-amz-security-token", b""), asked, names, pieces)
    form.sign(path, known, names)
    return form
