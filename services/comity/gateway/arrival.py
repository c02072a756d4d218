"""The body of a request on its way in: not larger than is taken, and not longer on its way than is waited."""

import asyncio

from comity.gateway.http import Message, Receive, UnreadableError

_MOST_DIGITS = 18


class Arrival:
    """Receives one body; what is wrong with it stays in ``problem``, whatever the application makes of the error."""

    def __init__(self, receive: Receive, *, limit: int, seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._size = 0
        self._seconds = seconds
        self._deadline: float | None = asyncio.get_running_loop().time() + seconds
        self.is_oversized = False
        """Whether the body is said to be too large: then none of it is read."""
        self.problem: UnreadableError | None = None

    def expect(self, content_length: bytes) -> None:
        """Take note of how large the body is said to be."""
        self.is_oversized = content_length.isdigit() and int(content_length[:_MOST_DIGITS]) > self._limit

    async def receive(self) -> Message:
        """Return the next part.

        Raises:
            UnreadableError: it is one too many, or did not come in time.
        """
        if self.is_oversized:
            raise self._too_large()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            self.problem = UnreadableError(408, f"the request took longer than {self._seconds:g} seconds to arrive")
            raise self.problem from error
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise self._too_large()
        if not message.get("more_body", False):
            self._deadline = None
        return message

    def _too_large(self) -> UnreadableError:
        self.problem = UnreadableError(413, f"the body is larger than {self._limit} bytes")
        return self.problem
