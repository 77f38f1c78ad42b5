"""Runs the `websockets` package for Python against a running contextd: questions and answers on /api/mcp/ws.

    websocket_client.py --url http://127.0.0.1:8080 --key KEY
"""

import argparse
import json
import sys

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from checks import check, equal, finish

QUESTION = "How many cars does the ferry Aurelia take?"


def say(socket, **message):
    socket.send(json.dumps(message))


def hear(socket):
    return json.loads(socket.recv(timeout=60))


def closed(socket):
    """Returns the code with which the server closes the connection."""
    try:
        while True:
            socket.recv(timeout=60)
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else None


def check_answers(open_socket, key):
    with open_socket() as socket:
        say(socket, type="auth", key=key)
        say(socket, query=QUESTION)
        whole = hear(socket)
        equal("an answer: its type", whole["type"], "answer")
        check("an answer: content, citations, usage, model", bool(whole["content"]) and whole["citations"] and whole["model"], whole)
        equal("an answer: usage adds up", whole["usage"]["total_tokens"],
              whole["usage"]["prompt_tokens"] + whole["usage"]["completion_tokens"])
        say(socket, query=QUESTION, stream=True, id="s")
        text, part = "", hear(socket)
        while part["type"] == "token":
            equal("a stream: a token has the request's id", part["id"], "s")
            text, part = text + part["content"], hear(socket)
        equal("a stream: the same text", (text, part["content"]), (whole["content"], whole["content"]))
        equal("a stream: the same citations and usage", (part["citations"], part["usage"]), (whole["citations"], whole["usage"]))
        # Twelve questions may be pending: four at a time, the others queued.
        for number in range(12):
            say(socket, query=QUESTION, id=number)
        answers = [hear(socket) for _ in range(12)]
        equal("many: each gets one answer", sorted(one["id"] for one in answers), list(range(12)))
        equal("many: all answers are the same", {one["content"] for one in answers}, {whole["content"]})
        # One message in 30 fragments.
        message = json.dumps({"query": QUESTION, "context": "x" * 100_000})
        socket.send([message[at:at + 4000] for at in range(0, len(message), 4000)])
        equal("a fragmented message: gets the answer", hear(socket)["content"], whole["content"])
        say(socket, query="")
        error = hear(socket)
        equal("an invalid message: gets an error", (error["type"], error["error"]["code"]), ("error", "invalid_request"))
        check("a ping gets a pong", socket.ping().wait(60))


def check_ends(open_socket, key):
    with open_socket() as socket:
        say(socket, key="nonsense")
        equal("a wrong key: close code", closed(socket), 4401)
    with open_socket() as socket:
        say(socket, key=key)
        socket.send(b"bytes")
        equal("a binary message: close code", closed(socket), 1003)
    with open_socket() as socket:
        say(socket, key=key)
        say(socket, query=QUESTION, context="x" * (5 << 20))
        equal("a message that is too large: close code", closed(socket), 1009)
    try:
        with open_socket(origin="https://evil.example"):
            check("a request from a foreign origin is rejected", False)
    except InvalidStatus as error:
        equal("a request from a foreign origin is rejected", error.response.status_code, 403)


def run(options):
    url = options.url.replace("http", "ws", 1).rstrip("/") + "/api/mcp/ws"

    def open_socket(**more):
        return connect(url, open_timeout=60, **more)

    check_answers(open_socket, options.key)
    check_ends(open_socket, options.key)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--key", required=True)
    options = parser.parse_args()
    sys.exit(finish(lambda: run(options)))


if __name__ == "__main__":
    main()
