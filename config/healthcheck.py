"""Ask this machine's web server whether it is well: `python -m config.healthcheck`, for containers."""

import http.client
import sys

from config import env

PORT = 8000


def is_well() -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": _host(), "Accept": "text/plain"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _host() -> str:
    """A name the web server answers to."""
    first = (env.ALLOWED_HOSTS or ["localhost"])[0]
    return "localhost" if first == "*" else first.lstrip(".")


if __name__ == "__main__":
    sys.exit(not is_well())
