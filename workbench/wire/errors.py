"""What can be wrong with bytes or messages of the protocol."""


class WireError(Exception):
    """Bytes that are not a valid message: cut, a length beyond the frame, an illegal null."""


class UnsupportedFieldError(Exception):
    """A field is set that the version cannot carry and may not be dropped (not `ignorable` in the schema)."""


class UnsupportedVersionError(Exception):
    """The message has no such version."""
