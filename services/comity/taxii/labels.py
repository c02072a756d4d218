"""How labels travel between services: custom properties of an envelope (TAXII 2.1, 7.1.1), beside untouched objects.

``x_comity_labels`` lists the texts of the labels in an envelope, ``x_comity_label_of`` for each object the place of its
label in that list. A client that does not know them reads an ordinary envelope.
"""

from collections.abc import Sequence

import msgspec

from comity.errors import InvalidRequestError

_encoder = msgspec.json.Encoder()


class Envelope(msgspec.Struct, kw_only=True):
    """What a client sends: objects still as they were written, and their labels where the client is a service."""

    type: object = None
    """That of a bundle, where a client sends one in place of an envelope."""
    objects: list[msgspec.Raw] = []
    x_comity_labels: list[str] | None = None
    x_comity_label_of: list[int] | None = None
    more: bool = False
    next: str | None = None

    def labels(self) -> list[str]:
        """Return the text of the label of each object.

        Raises:
            InvalidRequestError: an object has none.
        """
        texts, places = self.x_comity_labels or [], self.x_comity_label_of or []
        if len(places) != len(self.objects) or not all(0 <= place < len(texts) for place in places):
            raise InvalidRequestError("x_comity_label_of is not as expected: one place in x_comity_labels an object")
        return [texts[place] for place in places]


_decoder = msgspec.json.Decoder(Envelope)


def parse_envelope(body: bytes) -> Envelope:
    """Return the envelope in *body*; a STIX bundle, which some clients send in its place, is taken as one.

    Raises:
        InvalidRequestError: *body* is no JSON object with a list of objects.
    """
    try:
        body.decode("utf-8")
        envelope = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError("the body is no envelope, expected a JSON object with a list 'objects'") from error
    if isinstance(envelope.type, str) and envelope.type != "bundle" and not envelope.objects:
        raise InvalidRequestError("the body is an object by itself, expected it in the list 'objects' of an envelope")
    return envelope


def label_members(labels: Sequence[str]) -> bytes:
    """Return the JSON members that give each object of an envelope its label, each followed by a comma."""
    texts = list(dict.fromkeys(labels))
    place = {text: number for number, text in enumerate(texts)}
    return b"".join(
        (
            b'"x_comity_labels":',
            _encoder.encode(texts),
            b',"x_comity_label_of":',
            _encoder.encode([place[text] for text in labels]),
            b",",
        )
    )
