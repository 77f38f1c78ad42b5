"""A provider's streams of `Hello `, `world.`, a finish and 7 completion tokens, with one oddity each; embedding providers."""

import json
import re

from harness import add, events, row
from stub import STREAMS, vector

BEAT, ODD, SSE, ORDER = "24 upstream-heartbeat", "25 upstream-odd-json", "43 upstream-sse", "44 embedding-order"


def chunk(delta, finish=None, **fields):
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "stub", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **fields}


def usage(tokens=7):
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "stub", "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": tokens, "total_tokens": 5 + tokens}}


def event(data, end="\n", space=" "):
    return f"data:{space}{data if isinstance(data, str) else json.dumps(data)}{end}{end}"


HELLO, WORLD, FINISH, DONE = chunk({"role": "assistant", "content": "Hello "}), chunk({"content": "world."}), chunk({}, "stop"), "[DONE]"


def stream(first=HELLO, between="", second=WORLD, before="", after="", tail=None, **form):
    parts = [event(part, **form) for part in (tail or [FINISH, usage(), DONE])]
    return before + event(first, **form) + between + event(second, **form) + after + "".join(parts)


def is_hello(text):
    return text == "Hello world."


def relayed(kind, name, body, holds=is_hello):
    """Registers a row: the stream gives the text and 7 completion tokens, streamed on and as a whole answer."""
    STREAMS[name] = body.encode() if isinstance(body, str) else body

    def check(world):
        client = world.tenant("upstream")
        answer = client.chat("Hi", model=name, stream=True, stream_options={"include_usage": True})
        whole = client.chat("Hi", model=name)
        if answer.status != 200:
            return False, f"streamed {answer}; whole {whole}"
        parts = events(answer.body)
        chunks = [part for part in parts if part != "[DONE]"]
        streamed = "".join(choice["delta"].get("content") or "" for part in chunks for choice in part.get("choices") or [])
        counted = [part["usage"]["completion_tokens"] for part in chunks if part.get("usage")]
        message, tokens = (whole.json["choices"][0]["message"]["content"], whole.json["usage"]["completion_tokens"]) if whole.status == 200 else (str(whole), None)
        errors = [part for part in chunks if "error" in part]
        good = holds(streamed) and holds(message) and counted[-1:] == [7] and tokens == 7 and not errors and parts[-1:] == ["[DONE]"]
        return good, f"streamed {streamed!r} {counted}{' ' + str(errors) if errors else ''}{'' if parts[-1:] == ['[DONE]'] else ' without [DONE]'}; whole {message!r} {tokens}"
    add(kind, name, check)


relayed(BEAT, "bare-data", stream(between="data:\n\n"))
relayed(BEAT, "event-ping", stream(before="event: ping\ndata: {}\n\n"))
relayed(BEAT, "empty-object", stream(between="data: {}\n\n"))
relayed(BEAT, "choices-null", stream(between=event({**chunk({}), "choices": None})))
relayed(BEAT, "delta-null", stream(between=event(chunk(None))))
relayed(BEAT, "usage-after-done", stream(tail=[FINISH, DONE, usage()]))
relayed(BEAT, "comments", stream(between=": keep-alive\n\n:\n\n"))
relayed(BEAT, "sibling-bare-data-space", stream(before="data: \n\n", between="data:   \n\n"))
relayed(BEAT, "sibling-event-keepalive", stream(between='event: keepalive\ndata: {"type":"keepalive"}\n\n'))
relayed(BEAT, "sibling-no-choices", stream(between=event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "stub"})))
relayed(BEAT, "sibling-finish-delta-null", stream(tail=[chunk(None, "stop"), usage(), DONE]))
relayed(BEAT, "sibling-delta-missing", stream(between=event({**HELLO, "choices": [{"index": 0, "finish_reason": None}]})))


def raw(content, **fields):
    """Returns a chunk as text, with the content's JSON as it is given."""
    return json.dumps(chunk({"content": "@"}, **fields)).replace('"@"', f'"{content}"')


def emoji_or_replaced(text):
    return text == "Hello \U0001f600world." or re.fullmatch("Hello \ufffd+world.", text)


relayed(ODD, "split-surrogates", stream(raw("Hello \\ud83d"), second=raw("\\ude00world.")), emoji_or_replaced)
relayed(ODD, "lone-surrogate", stream(raw("Hello \\ud83d")), lambda text: re.fullmatch("Hello \ufffd?world.", text))
relayed(ODD, "infinity", stream('{"id":"c1","object":"chat.completion.chunk","created":1,"model":"stub","choices":[{"index":0,"delta":{"content":"Hello "},"logprobs":'
                                '{"content":[{"token":"Hello ","logprob":-Infinity,"bytes":null,"top_logprobs":[]}]},"finish_reason":null}]}'))
relayed(ODD, "twice", stream('{"id":"c1","id":"c1","object":"chat.completion.chunk","created":1,"model":"stub","choices":[{"index":0,"delta":{"content":"Hello "},"finish_reason":null}]}'))
relayed(ODD, "paired", stream(raw("Hello \\ud83d\\ude00")), lambda text: text == "Hello \U0001f600world.")
relayed(ODD, "sibling-nan", stream('{"id":"c1","object":"chat.completion.chunk","created":1,"model":"stub","choices":[{"index":0,"delta":{"content":"Hello "},"score":NaN,"finish_reason":null}]}'))
relayed(ODD, "sibling-low-surrogate", stream(raw("Hello \\ude00")), lambda text: re.fullmatch("Hello \ufffd?world.", text))
relayed(ODD, "sibling-content-twice", stream('{"id":"c1","object":"chat.completion.chunk","created":1,"model":"stub","choices":[{"index":0,"delta":{"role":"assistant","role":"assistant","content":"Hello "},'
                                             '"finish_reason":null,"index":0}]}'))
relayed(ODD, "sibling-split-comment-between", stream(raw("Hello \\ud83d"), between=": wait\n\n", second=raw("\\ude00world.")), emoji_or_replaced)

relayed(SSE, "plain", stream())
relayed(SSE, "crlf", stream(end="\r\n"))
relayed(SSE, "no-space", stream(space=""))
relayed(SSE, "no-done", stream(tail=[FINISH, usage()]))
relayed(SSE, "usage-on-each", stream({**HELLO, "usage": usage(1)["usage"]}, second={**WORLD, "usage": usage(4)["usage"]}, tail=[{**FINISH, "usage": usage(7)["usage"]}, usage(), DONE]))
relayed(SSE, "sibling-cr", stream(end="\r"))
relayed(SSE, "sibling-bom", "\ufeff" + stream())
relayed(SSE, "sibling-fields", stream(before="id: 1\nretry: 500\n\n", between="id: 2\nevent: message\n: note\n\n"))


# Embedding providers

def ordered(name, texts):
    def check(world):
        answer = world.tenant("provider", "provider").request("POST", "/v1/embeddings", {"model": "stub", "input": texts})
        if answer.status != 200:
            return False, str(answer)
        seen = [item["embedding"] for item in answer.json["data"]]
        holds = len(seen) == len(texts) and all(max(abs(a - b) for a, b in zip(one, vector(text))) < 1e-4 for one, text in zip(seen, texts))
        return holds, f"{len(seen)} vectors {'in order' if holds else 'out of order'}"
    add(ORDER, name, check)


def refused(name, texts):
    def check(world):
        answer = world.tenant("provider", "provider").request("POST", "/v1/embeddings", {"model": "stub", "input": texts})
        return answer.status >= 400, str(answer)
    add(ORDER, name, check)


ordered("shuffled", ["reversed one", "reversed two", "reversed three", "reversed four"])
ordered("sibling-rotated", [f"rotated {n}" for n in range(9)])
refused("missing", ["withheld one", "withheld two", "withheld three"])
refused("sibling-repeated-index", ["repeated one", "repeated two", "repeated three"])


@row(ORDER, "sibling-documents")
def documents(world):
    client = world.tenant("provider-documents", "provider")
    texts = [f"reversed kettle {word}" for word in ("one", "two", "three", "four", "five")]
    client.load([{"id": f"d{n}", "text": text} for n, text in enumerate(texts)])
    seen = [client.search(text, mode="dense", limit=1)[0]["document_id"] for text in texts]
    return seen == [f"d{n}" for n in range(5)], seen
