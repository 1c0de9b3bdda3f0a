"""moto_server as the tests need it; xtask/src/moto.rs starts it with `-H HOST -p PORT`.

moto handles requests in threads and locks nothing, so of two conditional writes that race, both may win. With
DynamoDB, one does. Here requests are handled one after the other.

It ends when its standard input does, which is when whoever started it has ended, in whatever way.
"""

import io
import os
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import main


def one_at_a_time(handle):
    lock = threading.Lock()

    def handle_alone(self, environ, start_response):
        # Read before the lock: a client that is slow to send must not hold up the others.
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        with lock:
            return handle(self, environ, start_response)

    return handle_alone


def end_with_standard_input():
    sys.stdin.buffer.read()
    os._exit(0)


DomainDispatcherApplication.__call__ = one_at_a_time(DomainDispatcherApplication.__call__)
threading.Thread(target=end_with_standard_input, daemon=True).start()
main(sys.argv[1:])
