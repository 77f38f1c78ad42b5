"""A model hub for tests: serves a folder as OWNER/NAME in a hub's layout, on a free port of the loopback interface.

    model_hub.py FOLDER [--cut FILE:BYTES] [--corrupt FILE] [--missing FILE] [--no-ranges]

Prints its port. Redirects large files to another path, with their SHA-256 in X-Linked-ETag, as hubs do; small files have git's
SHA-1 as ETag. --cut closes the first connection after the given number of bytes. Exits when its standard input closes.
"""

import argparse
import hashlib
import http.server
import pathlib
import sys
import threading

LARGE = 1 << 20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--cut")
    parser.add_argument("--corrupt")
    parser.add_argument("--missing")
    parser.add_argument("--no-ranges", action="store_true")
    options = parser.parse_args()
    cuts = dict([options.cut.rsplit(":", 1)]) if options.cut else {}
    requests = []

    class Hub(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments):
            pass

        def do_GET(self):
            requests.append((self.path, self.headers.get("Range")))
            if self.path == "/requests":
                return self.answer(200, repr(requests).encode())
            parts = self.path.strip("/").split("/")
            if parts[:5] == ["cdn"] or parts[0] == "cdn":
                return self.send_file("/".join(parts[1:]), {})
            if len(parts) < 5 or parts[2:4] != ["resolve", "main"]:
                return self.answer(404)
            name = "/".join(parts[4:])
            file = options.folder / name
            if name == options.missing or not file.is_file():
                return self.answer(404)
            content = file.read_bytes()
            if len(content) >= LARGE:
                tag = hashlib.sha256(content).hexdigest()
                headers = {"Location": f"/cdn/{name}", "X-Linked-ETag": f'"{tag}"'}
                return self.answer(302, headers=headers)
            tag = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            return self.send_file(name, {"ETag": f'"{tag}"'})

        def send_file(self, name, headers):
            content = (options.folder / name).read_bytes()
            if name == options.corrupt:
                content = bytes([content[0] ^ 1]) + content[1:]
            start = 0
            if (span := self.headers.get("Range")) and not options.no_ranges:
                start = int(span.removeprefix("bytes=").removesuffix("-"))
                if start >= len(content):
                    return self.answer(416)
                headers = headers | {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
            body = content[start:]
            self.send_response(206 if start else 200)
            for key, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(key, value)
            self.end_headers()
            if name in cuts:
                self.wfile.write(body[: int(cuts.pop(name))])
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()
                return
            self.wfile.write(body)

        def answer(self, status, body=b"", headers={}):
            self.send_response(status)
            for key, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


main()
