"""OpenAI's routes: models, errors, the built-in model's parameters, embeddings."""

import base64
import json
import struct

from harness import add, events, row

MODELS = "15 models-retrieve"


def is_error(answer, status):
    error = (answer.json or {}).get("error") if isinstance(answer.json, dict) else None
    return answer.status == status and isinstance(error, dict) and {"message", "type", "param", "code"} <= set(error) and isinstance(error["message"], str)


def is_model(answer, name):
    model = answer.json or {}
    return answer.status == 200 and model.get("id") == name and model.get("object") == "model" and isinstance(model.get("created"), int) and isinstance(model.get("owned_by"), str)


def requested(name, method, path, holds, body=None, key=True):
    def check(world):
        answer = world.tenant("models").request(method, path, body, key=key)
        return holds(answer), str(answer)
    add(MODELS, name, check)


requested("extractive", "GET", "/v1/models/extractive", lambda answer: is_model(answer, "extractive"))
requested("embedding", "GET", "/v1/models/all-MiniLM-L6-v2", lambda answer: is_model(answer, "all-MiniLM-L6-v2"))
requested("unknown", "GET", "/v1/models/nope", lambda answer: is_error(answer, 404))
requested("no-key", "GET", "/v1/models/extractive", lambda answer: is_error(answer, 401), key=False)
requested("responses", "POST", "/v1/responses", lambda answer: is_error(answer, 404), {"model": "extractive", "input": "hello"})
requested("files", "GET", "/v1/files", lambda answer: is_error(answer, 404))
requested("assistants", "GET", "/v1/assistants", lambda answer: is_error(answer, 404))
requested("list", "GET", "/v1/models", lambda answer: answer.status == 200 and answer.json["object"] == "list" and "extractive" in [model["id"] for model in answer.json["data"]])
requested("sibling-percent-encoded", "GET", "/v1/models/all%2DMiniLM%2DL6%2Dv2", lambda answer: is_model(answer, "all-MiniLM-L6-v2"))
requested("sibling-provider", "GET", "/v1/models/bare-data", lambda answer: is_model(answer, "bare-data"))
requested("sibling-moderations", "POST", "/v1/moderations", lambda answer: is_error(answer, 404), {"input": "hello"})
requested("sibling-audio", "POST", "/v1/audio/transcriptions", lambda answer: is_error(answer, 404), {"model": "x"})
requested("sibling-unknown-with-slash", "GET", "/v1/models/owner%2Fnope", lambda answer: is_error(answer, 404))


# The built-in model

PARAMETERS = "22 extractive-parameters"
FERRY = "The ferry to Hesper Rock leaves at 07:15 from the east quay."
QUESTION = "When does the ferry to Hesper Rock leave?"


def ferry(world, name="ferry"):
    client = world.tenant(name)
    world.once(name, lambda: client.post({"id": "ferry", "text": FERRY}))
    return client


def asked(name, fields, holds, refused=True, path="chat"):
    """Registers a row: `holds` is true of the first choice and the body, or the request is refused with 400."""
    def check(world):
        client = ferry(world)
        if path == "chat":
            answer = client.chat(QUESTION, model="extractive", **fields)
        else:
            answer = client.request("POST", "/v1/completions", {"model": "extractive", "prompt": QUESTION, **fields})
        if answer.status == 400:
            return refused, str(answer)
        if answer.status != 200:
            return False, str(answer)
        if fields.get("stream"):
            parts = events(answer.body)
            choices = [choice for part in parts if part != "[DONE]" for choice in part.get("choices", [])]
            choice = {"message": {"content": "".join(choice["delta"].get("content") or "" for choice in choices)},
                      "finish_reason": next((choice["finish_reason"] for choice in choices if choice.get("finish_reason")), None)}
            usage = next((part["usage"] for part in parts if part != "[DONE]" and part.get("usage")), None)
            body = {"choices": [choice], "usage": usage, "done": parts[-1:] == ["[DONE]"]}
        else:
            body = answer.json
        choice = body["choices"][0]
        return holds(choice, body), {"choices": [{key: one.get(key) for key in ("message", "text", "finish_reason") if key in one} for one in body["choices"]], "usage": body.get("usage")}
    add(PARAMETERS, name, check)


def content(choice):
    return choice["text"] if "text" in choice else choice["message"]["content"] or ""


def short(tokens):
    return lambda choice, body: body["usage"]["completion_tokens"] <= tokens and choice["finish_reason"] == "length" and 0 < len(content(choice).split()) <= tokens


def stopped(choice, body):
    return "07:15" not in content(choice) and "east quay" not in content(choice) and choice["finish_reason"] == "stop" and content(choice).strip() != ""


def never(choice, body):
    return False


def parses(choice, body):
    try:
        json.loads(content(choice))
        return True
    except ValueError:
        return False


SCHEMA = {"type": "json_schema", "json_schema": {"name": "departure", "strict": True, "schema": {
    "type": "object", "properties": {"time": {"type": "string"}}, "required": ["time"], "additionalProperties": False}}}
TOOLS = [{"type": "function", "function": {"name": "departure", "parameters": {"type": "object", "properties": {"time": {"type": "string"}}}}}]

asked("max-tokens", {"max_tokens": 3}, short(3))
asked("max-completion-tokens", {"max_completion_tokens": 3}, short(3))
asked("stop-list", {"stop": ["07:15"]}, stopped)
asked("stop-stream", {"stop": ["07:15"], "stream": True}, lambda choice, body: stopped(choice, body) and body["done"])
asked("json-schema", {"response_format": SCHEMA}, parses)
asked("tool-required", {"tools": TOOLS, "tool_choice": "required"}, lambda choice, body: bool(choice["message"].get("tool_calls")))
asked("top-logprobs", {"logprobs": True, "top_logprobs": 99}, never)
asked("max-tokens-negative", {"max_tokens": -1}, never)
asked("legacy-max-tokens", {"max_tokens": 3}, short(3), path="completions")
asked("n-2", {"n": 2}, lambda choice, body: len(body["choices"]) == 2)
asked("enough", {"max_tokens": 100, "stop": ["zebra"], "response_format": {"type": "text"}, "tool_choice": "none"},
      lambda choice, body: FERRY in content(choice) and choice["finish_reason"] == "stop", refused=False)
asked("sibling-max-tokens-stream", {"max_tokens": 2, "stream": True, "stream_options": {"include_usage": True}}, short(2))
asked("sibling-stop-string", {"stop": "leaves"}, lambda choice, body: "leaves" not in content(choice) and "07:15" not in content(choice) and choice["finish_reason"] == "stop")
asked("sibling-json-object", {"response_format": {"type": "json_object"}}, parses)
asked("sibling-max-tokens-word", {"max_tokens": "three"}, never)
asked("sibling-legacy-stop", {"stop": ["07:15"]}, stopped, path="completions")
asked("sibling-temperature", {"temperature": 0.2, "top_p": 0.9, "seed": 7, "user": "u"}, lambda choice, body: FERRY in content(choice) and choice["finish_reason"] == "stop", refused=False)


# Embeddings

EXTRA = "23 embeddings-extra-fields"
EMBEDDER = "all-MiniLM-L6-v2"


def embedded(world, **fields):
    return world.tenant("embeddings").request("POST", "/v1/embeddings", {"model": EMBEDDER, "input": "kettle", **fields})


def near(one, other):
    return len(one) == len(other) and max(abs(a - b) for a, b in zip(one, other)) < 1e-5


def with_fields(name, fields, same=True):
    def check(world):
        plain = world.once("kettle", lambda: embedded(world).json["data"][0]["embedding"])
        answer = embedded(world, **fields)
        return answer.status == 200 and (not same or near(answer.json["data"][0]["embedding"], plain)), str(answer)[:160]
    add(EXTRA, name, check)


with_fields("truncate-tokens", {"truncate_prompt_tokens": 200})
with_fields("truncate", {"truncate": True})
with_fields("normalize", {"normalize": True})
with_fields("metadata", {"metadata": {"trace": "a"}})
with_fields("litellm", {"litellm_call_id": "c1", "timeout": 600})
with_fields("embedding-type", {"embedding_type": "float"})
with_fields("input-type-query", {"input_type": "search_query"}, same=False)
with_fields("user", {"user": "u1", "encoding_format": "float"})
with_fields("sibling-input-type-document", {"input_type": "search_document"}, same=False)
with_fields("sibling-nested", {"extra_body": {"a": [1, {"b": None}]}, "add_special_tokens": True})
with_fields("sibling-null-options", {"user": None, "dimensions": None, "encoding_format": None})
with_fields("sibling-truncation-side", {"truncation_direction": "right", "prompt_name": "query", "task": "text-matching"}, same=False)


def same_as_base64(name, **fields):
    def check(world):
        numbers = embedded(world, encoding_format="float", **fields).json["data"]
        coded = embedded(world, encoding_format="base64", **fields).json["data"]
        pairs = [(one["embedding"], struct.unpack(f"<{len(one['embedding'])}f", base64.b64decode(other["embedding"]))) for one, other in zip(numbers, coded)]
        return len(numbers) == len(coded) and all(near(*pair) for pair in pairs), f"{len(pairs)} vectors"
    add("40 embeddings-base64", name, check)


same_as_base64("same")
same_as_base64("sibling-three", input=["kettle", "lamp", "Öltank"])
same_as_base64("sibling-tokens", input=[[7592, 2088], [2023]], token_ids="model")


# Shapes of chat

@row("41 chat-shapes", "parts")
def parts(world):
    answer = ferry(world).chat([
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "When does the ferry to "}, {"type": "text", "text": "Hesper Rock leave?"}]}], model="extractive", stream_options=None)
    return answer.status == 200 and "07:15" in answer.json["choices"][0]["message"]["content"], str(answer)


@row("41 chat-shapes", "sibling-null-content")
def null_content(world):
    answer = ferry(world).chat([
        {"role": "user", "content": "Hello"}, {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "ok"}, {"role": "user", "name": "ann", "content": QUESTION}], model="extractive")
    return answer.status == 200 and "07:15" in answer.json["choices"][0]["message"]["content"], str(answer)


@row("41 chat-shapes", "sibling-null-options")
def null_options(world):
    answer = ferry(world).chat(QUESTION, model="extractive", stream=False, max_tokens=None, stop=None, tools=None, tool_choice=None, response_format=None, n=None, user=None)
    return answer.status == 200 and "07:15" in answer.json["choices"][0]["message"]["content"], str(answer)


def usage_stream(name, path, body):
    def check(world):
        answer = ferry(world).request("POST", path, {"model": "extractive", "stream": True, "stream_options": {"include_usage": True}, **body})
        chunks = events(answer.body)
        done, chunks = chunks[-1], chunks[:-1]
        earlier, last = chunks[:-1], chunks[-1]
        holds = done == "[DONE]" and earlier and all("usage" in chunk and chunk["usage"] is None for chunk in earlier) and last["choices"] == [] and last["usage"]["total_tokens"] > 0
        return holds, f"{len(chunks)} chunks, last {last}"
    add("42 stream-usage", name, check)


usage_stream("on", "/v1/chat/completions", {"messages": [{"role": "user", "content": QUESTION}]})
usage_stream("sibling-legacy", "/v1/completions", {"prompt": QUESTION})


@row("42 stream-usage", "sibling-off")
def usage_off(world):
    chunks = events(ferry(world).chat(QUESTION, model="extractive", stream=True, stream_options={"include_usage": False}).body)
    return chunks[-1] == "[DONE]" and all(not chunk.get("usage") and chunk["choices"] for chunk in chunks[:-1]), f"{len(chunks)} chunks, last {chunks[-2]}"


# Citations count code points and bytes

def emoji(name, text, question, cited):
    def check(world):
        client = world.tenant(f"48-{name}")
        client.post({"id": "crew", "text": text, "url": "https://example.org/crew"})
        answer = client.chat(question, model="extractive").json
        message = answer["choices"][0]["message"]
        stored = client.content("crew").encode()
        citations = [(stored[one["span"]["start"]:one["span"]["end"]].decode(), one["text"]) for one in answer["citations"]]
        spans = [message["content"][note["url_citation"]["start_index"]:note["url_citation"]["end_index"]] for note in message["annotations"]]
        holds = citations and all(cut == given for cut, given in citations) and any(cited in cut for cut, _ in citations)
        # An annotation's offsets cut either the statement or its marker, always at the marker's end.
        marked = spans and all(cut.strip() and (cut == "[1]" or cited in cut) for cut in spans)
        return holds and marked, {"content": message["content"], "citations": citations, "annotations": spans}
    add("48 emoji-spans", name, check)


emoji("joined", "The crew \U0001f468\u200d\U0001f469\u200d\U0001f467 sails at noon \u26f5 with a red flag. Lunch is cold.", "When does the crew sail?", "sails at noon")
emoji("sibling-flags", "\U0001f1f3\U0001f1f4 The pilot boat \U0001f6a4\U0001f3fd leaves at dusk. Lunch is cold.", "When does the pilot boat leave?", "leaves at dusk")
emoji("sibling-keycap-mathematical", "Step 1\ufe0f\u20e3: the \U0001d41b\U0001d428\U0001d425\U0001d42d and the anchor are greased in March. Lunch is cold.", "When is the anchor greased?", "greased in March")


# Long questions

LONG = "52 long-question"
AROUND = "I read a book on the train yesterday and liked its quiet tone. My neighbour grows tomatoes behind the shed. The radio played old songs all evening. "


def around(size):
    return (AROUND * (size // len(AROUND) + 1))[:size - 1].rsplit(" ", 1)[0].ljust(size - 1, ".") + " "


def long_question(name, before, after, question=QUESTION, there=True):
    def check(world):
        seen = ferry(world).answer((around(before) if before else "") + question + (" " + around(after).strip() if after else ""))
        return ("07:15" in seen) == there, seen
    add(LONG, name, check)


long_question("740-before", 740, 0)
long_question("740-after", 0, 740)
long_question("1480-before", 1480, 0)
long_question("370", 370, 0)
long_question("other-question", 740, 0, "What colour is the mayor's umbrella?", False)
long_question("sibling-1000-both", 1000, 1000)
long_question("sibling-4000-before", 4000, 0)
long_question("sibling-900-imperative", 900, 0, "Please tell me at what time the Hesper Rock ferry leaves.")
long_question("sibling-other-question-after", 0, 1200, "Who repaired the organ in the chapel?", False)
