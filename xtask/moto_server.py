"""moto_server as the tests need it; xtask/src/moto.rs starts it with `-H HOST -p PORT`.

With `--tls PORT FOLDER` it listens there, too, over TLS, with a certificate whose authority is in FOLDER
(certificate.py). What is in it is the same over both.

moto handles requests in threads and locks nothing, so of two conditional writes that race, both may win. With
DynamoDB, one does. Here requests are handled one after the other.

It ends when its standard input does, which is when whoever started it has ended, in whatever way.
"""

import argparse
import io
import os
import sys
import threading
from pathlib import Path

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
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


def serve_tls(port, folder):
    """Connections stay open between requests, as those of AWS do: one handshake for several. Werkzeug's server
    always closes them."""
    import certificate
    from cheroot.ssl.builtin import BuiltinSSLAdapter
    from cheroot.wsgi import Server

    pem = str(certificate.make(folder))
    server = Server(("127.0.0.1", port), DomainDispatcherApplication(create_backend_app), server_name="moto")
    server.ssl_adapter = BuiltinSSLAdapter(pem, pem)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()


parser = argparse.ArgumentParser(add_help=False)
parser.add_argument("--tls", nargs=2, metavar=("PORT", "FOLDER"))
own, others = parser.parse_known_args()

DomainDispatcherApplication.__call__ = one_at_a_time(DomainDispatcherApplication.__call__)
threading.Thread(target=end_with_standard_input, daemon=True).start()
if own.tls:
    port, folder = own.tls
    serve_tls(int(port), Path(folder))
main(others)
