"""Reads of raw sockets, for requests that no HTTP client sends. The cases of `Tests/Cases` use them too."""

import re
import time


def received(connection, timeout=10, until=None):
    """Reads a socket until its end, the timeout, or until `until` holds for the data; also returns whether the peer closed it."""
    data, deadline = b"", time.monotonic() + timeout
    try:
        while (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            part = connection.recv(65536)
            if not part:
                return data, True
            data += part
            if until and until(data):
                return data, False
    except ConnectionResetError:
        return data, True
    except TimeoutError:
        pass
    return data, False


def status_of(data):
    """Returns the status of an HTTP response; None if there is none."""
    found = re.match(rb"HTTP/1\.[01] (\d{3})", data)
    return int(found[1]) if found else None
