"""Messages between the grader and its children: a head in JSON and a body of bytes, both of limited length.

Nothing is ever unpickled, and a child that stalls, floods or writes nonsense costs no more than the time it is given.
"""

import json
import socket
import struct
import time

LENGTHS = struct.Struct("!IQ")  # of the head and of the body
MAX_HEAD = 2**16


class MessageError(ValueError):
    """What came is no message: broken JSON, or longer than it may be."""


class Channel:
    """One end of a connected stream socket."""

    def __init__(self, end: socket.socket):
        self.socket = end

    def send(self, head: dict, body: bytes = b"", seconds: float | None = None) -> None:
        """Send a message. OSError when nobody takes it within `seconds`, or at all."""
        text = json.dumps(head).encode()
        self.socket.settimeout(seconds)
        self.socket.sendall(LENGTHS.pack(len(text), len(body)) + text)
        if body:
            self.socket.sendall(body)

    def receive(self, seconds: float | None = None, most: int = 0, head_most: int = MAX_HEAD) -> tuple[dict, bytes]:
        """The next message, whole: (head, body of at most `most` bytes).

        TimeoutError after `seconds`, EOFError when the other end is closed, MessageError for what is no message.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        head_length, body_length = LENGTHS.unpack(self._read(LENGTHS.size, deadline))
        if head_length > head_most or body_length > most:
            raise MessageError(f"a message of {head_length} + {body_length} bytes is too long")
        text, body = self._read(head_length, deadline), self._read(body_length, deadline)
        try:
            head = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise MessageError("the head of a message is not JSON") from error
        if not isinstance(head, dict):
            raise MessageError("the head of a message is not an object")
        return head, body

    def _read(self, length: int, deadline: float | None) -> bytes:
        parts, missing = [], length
        while missing:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                self.socket.settimeout(left)
            else:
                self.socket.settimeout(None)
            try:
                part = self.socket.recv(min(missing, 2**20))
            except ConnectionError as error:
                raise EOFError from error
            if not part:
                raise EOFError
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        self.socket.close()
