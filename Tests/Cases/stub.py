"""A provider on loopback: scripted streams for chat, vectors made from each text for embeddings."""

import hashlib
import http.server
import json
import math
import struct
import threading

STREAMS = {}
DIMENSION = 16


def vector(text):
    """Returns a vector of length 1 that depends on the text alone."""
    digest = hashlib.shake_128(text.encode()).digest(4 * DIMENSION)
    values = [number / 2**31 - 1 for number in struct.unpack(f"<{DIMENSION}I", digest)]
    length = math.sqrt(sum(value * value for value in values))
    return [value / length for value in values]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = self.path.split("/")[1]
        if self.path.endswith("/embeddings"):
            self.send(json.dumps(self.embeddings(body)).encode(), "application/json")
        elif name in STREAMS:
            self.send(STREAMS[name], "text/event-stream")
        else:
            self.send_error(404)

    def embeddings(self, body):
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [{"object": "embedding", "index": index, "embedding": vector(text)} for index, text in enumerate(texts)]
        if any("reversed" in text for text in texts):
            data.reverse()
        if any("rotated" in text for text in texts):
            data = data[1:] + data[:1]
        if any("withheld" in text for text in texts):
            data = data[:-1]
        if any("repeated" in text for text in texts):
            data[-1]["index"] = 0
        return {"object": "list", "model": body.get("model"), "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}

    def send(self, body, media_type):
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Stub:
    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def completions(self):
        """Returns a configuration in which each scripted stream is a model of that name; `extractive` stays the default."""
        models = {name: {"provider": "openai", "model": name, "base_url": f"http://127.0.0.1:{self.port}/{name}/v1", "attempts": 1} for name in STREAMS}
        return {"completions": {"models": models, "default": "extractive"}}

    def embedding(self):
        return {"embedding": {"provider": "openai", "model": "stub", "base_url": f"http://127.0.0.1:{self.port}/embed/v1", "dimension": DIMENSION}}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
