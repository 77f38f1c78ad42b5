"""Lets schemathesis send the import's NDJSON, a media type that it does not know."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value.encode() if isinstance(value, str) else value
