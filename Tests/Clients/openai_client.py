"""Runs the official OpenAI client for Python against a running contextd: models, embeddings, chat, completions, and the errors
it raises.

    openai_client.py --url http://127.0.0.1:8080 --key KEY [--model all-MiniLM-L6-v2]
"""

import argparse
import math
import sys

import openai

from checks import check, equal, finish

TEXTS = ["The ferry leaves at eight.", "Our boat departs at 8 o'clock.", "Bees make honey."]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def raised(kind, call):
    """Returns the error of this kind that `call` raised; otherwise its result, or a description of another error."""
    try:
        return call()
    except kind as error:
        return error
    except openai.OpenAIError as error:
        return f"{type(error).__name__}: {error}"


def check_shapes(client, model):
    answer = client.embeddings.create(model=model, input=TEXTS[0])
    equal("one text: object", (answer.object, answer.data[0].object), ("list", "embedding"))
    equal("one text: one vector", [one.index for one in answer.data], [0])
    check("one text: usage is reported", 0 < answer.usage.prompt_tokens <= answer.usage.total_tokens, answer.usage)
    check("one text: the model is reported", bool(answer.model), answer.model)
    norm = math.sqrt(dot(answer.data[0].embedding, answer.data[0].embedding))
    check("one text: unit length", abs(norm - 1) < 1e-4, norm)
    return answer.data[0].embedding


def check_lists(client, model, single):
    # Without encoding_format this client requests base64 and decodes it.
    vectors = [one.embedding for one in client.embeddings.create(model=model, input=TEXTS[:3]).data]
    equal("a list: one vector per text", len(vectors), 3)
    equal("a list: all vectors have the same dimension", {len(vector) for vector in vectors}, {len(single)})
    check("a list: the same vector as for a single text", dot(vectors[0], single) > 1 - 1e-5, dot(vectors[0], single))
    near, far = dot(vectors[0], vectors[1]), dot(vectors[0], vectors[2])
    check("a list: similar texts have similar vectors", near > far + 0.2, (near, far))
    floats = client.embeddings.create(model=model, input=TEXTS[:3], encoding_format="float").data
    difference = max(abs(x - y) for one, vector in zip(floats, vectors, strict=True)
                     for x, y in zip(one.embedding, vector, strict=True))
    check("float and base64 are the same numbers", difference < 1e-6, difference)


def check_errors(client, stranger, model):
    error = raised(openai.AuthenticationError, lambda: stranger.embeddings.create(model=model, input="x"))
    check("a wrong key raises AuthenticationError", isinstance(error, openai.AuthenticationError), error)
    equal("a wrong key: status", error.status_code, 401)
    check("a wrong key: has a message", isinstance(error.body, dict) and bool(error.body.get("message")), error.body)
    error = raised(openai.BadRequestError, lambda: client.embeddings.create(model=model, input=[]))
    check("an empty list raises BadRequestError", isinstance(error, openai.BadRequestError), error)
    equal("an empty list: the error names the parameter", error.param, "input")
    error = raised(openai.BadRequestError, lambda: client.embeddings.create(model=model, input={"text": "x"}))
    check("an object raises BadRequestError", isinstance(error, openai.BadRequestError), error)
    error = raised(openai.NotFoundError, lambda: client.embeddings.create(model="no-such-model", input="x"))
    check("an unknown model raises NotFoundError", isinstance(error, openai.NotFoundError), error)


def check_token_ids(client, model):
    error = raised(openai.BadRequestError, lambda: client.embeddings.create(model=model, input=[[101, 7592, 102]]))
    check("token ids: the error says what to set", "check_embedding_ctx_length=False" in str(error), error)
    words = client.embeddings.create(model=model, input="hello").data[0].embedding
    ids = client.embeddings.create(model=model, input=[[101, 7592, 102]], extra_body={"token_ids": "model"}).data[0].embedding
    check("token ids of the model: the same vector as for the text", dot(ids, words) > 1 - 1e-5, dot(ids, words))


# What clients of OpenAI call that this server does not have or does not allow, and the status.
REFUSED = [
    ("responses", 404, lambda client: client.responses.create(model="extractive", input="x")),
    ("files", 404, lambda client: client.files.list()),
    ("batches", 404, lambda client: client.batches.list()),
    ("moderations", 404, lambda client: client.moderations.create(input="x")),
    ("images", 404, lambda client: client.images.generate(prompt="x")),
    ("speech", 404, lambda client: client.audio.speech.create(input="x", model="m", voice="alloy")),
    ("fine-tuning", 404, lambda client: client.fine_tuning.jobs.list()),
    ("vector stores", 404, lambda client: client.vector_stores.list()),
    ("threads", 404, lambda client: client.post("/threads", cast_to=object, body={})),
    ("a stored chat completion", 404, lambda client: client.chat.completions.retrieve("abc")),
    ("a trailing slash", 404, lambda client: client.post("/chat/completions/", cast_to=object, body={})),
    ("the root", 404, lambda client: client.get("/", cast_to=object)),
    ("a list of chat completions", 405, lambda client: client.chat.completions.list()),
    ("deletion of a model", 405, lambda client: client.models.delete("extractive")),
    ("PUT of a chat", 405, lambda client: client.put("/chat/completions", cast_to=object, body={})),
    ("GET of embeddings", 405, lambda client: client.get("/embeddings", cast_to=object)),
    ("a large body", 413, lambda client: client.embeddings.create(model="all-MiniLM-L6-v2", input="a" * (5 << 20))),
    ("another media type", 415, lambda client: client.post(
        "/embeddings", cast_to=object, body={}, options={"headers": {"Content-Type": "text/plain"}})),
    ("another host", 421, lambda client: client.post(
        "/embeddings", cast_to=object, body={}, options={"headers": {"Host": "example.org"}})),
    ("a large head", 431, lambda client: client.get("/models", cast_to=object, options={"headers": {"X-Large": "a" * 90_000}})),
]


def check_refusals(client):
    for name, status, call in REFUSED:
        error = raised(openai.APIStatusError, lambda: call(client))
        check(f"{name}: status {status}", getattr(error, "status_code", None) == status, error)
        check(f"{name}: the client prints the reason", isinstance(error.body, dict) and error.body["message"] in str(error), error)


def check_models(client, model):
    models = client.models.list().data
    names = [one.id for one in models]
    check("models: those that chat come first", names.index("extractive") < names.index(model), names)
    check("models: created is a real time", all(1_700_000_000 < one.created < 4_000_000_000 for one in models), models)
    check("models: owned_by shows no address", all(one.owned_by and "/" not in one.owned_by for one in models), models)


QUESTION = [{"role": "user", "content": "How many cars does the ferry Aurelia take?"}]


def check_chat(client):
    names = [model.id for model in client.models.list().data]
    check("models: the built-in one is listed", "extractive" in names, names)
    for name in names:
        model = client.models.retrieve(name)
        check(f"models: {name} is found by its name", model.id == name and model.created > 0 and model.owned_by != "", model)
    error = raised(openai.NotFoundError, lambda: client.models.retrieve("no-such-model"))
    equal("an unknown model: the error's code", error.code, "model_not_found")
    error = raised(openai.NotFoundError, lambda: client.responses.create(model="extractive", input="x"))
    check("a route that does not exist raises NotFoundError with a message", isinstance(error.body, dict) and bool(error.body.get("message")), error.body)
    answer = client.chat.completions.create(model="extractive", messages=QUESTION)
    choice = answer.choices[0]
    equal("chat: object and finish reason", (answer.object, choice.finish_reason, choice.message.role), ("chat.completion", "stop", "assistant"))
    check("chat: the answer has text", bool(choice.message.content), choice)
    check("chat: usage adds up", answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0, answer.usage)
    check("chat: each annotation matches a marker", all(
        choice.message.content[one.url_citation.start_index:one.url_citation.end_index].startswith("[")
        for one in choice.message.annotations or []), choice.message)
    check("chat: citation numbers are distinct", len(answer.citations) == len({c["n"] for c in answer.citations}), answer.citations)
    text, usage, citations = "", None, None
    for chunk in client.chat.completions.create(
        model="extractive", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    ):
        usage = chunk.usage or usage
        citations = getattr(chunk, "citations", None) or citations
        text += "".join(one.delta.content or "" for one in chunk.choices)
    equal("a stream: the same text", text, choice.message.content)
    equal("a stream: the same usage", usage, answer.usage)
    equal("a stream: the same citations", citations or [], answer.citations)
    short = client.chat.completions.create(model="extractive", messages=QUESTION, max_tokens=2).choices[0]
    check("max_tokens: the answer is cut", short.finish_reason == "length" and 0 < len(short.message.content.split()) <= 2, short)
    error = raised(openai.BadRequestError, lambda: client.chat.completions.create(
        model="extractive", messages=QUESTION, response_format={"type": "json_object"}))
    equal("JSON is refused: the error names the parameter", error.param, "response_format")
    options = {"retrieval": {"limit": 1, "mode": "lexical"}}
    answer = client.chat.completions.create(model="extractive", messages=QUESTION, extra_body=options)
    check("chat: retrieval options are applied", len(answer.citations) <= 1, answer.citations)


def check_completions(client, stranger):
    prompt = QUESTION[0]["content"]
    chat = client.chat.completions.create(model="extractive", messages=QUESTION)
    answer = client.completions.create(model="extractive", prompt=prompt)
    choice = answer.choices[0]
    equal("completions: object and finish reason", (answer.object, choice.index, choice.finish_reason), ("text_completion", 0, "stop"))
    equal("completions: the same text as chat", choice.text, chat.choices[0].message.content)
    equal("completions: the same usage and citations", (answer.usage, answer.citations), (chat.usage, chat.citations))
    text, usage, citations = "", None, None
    for chunk in client.completions.create(model="extractive", prompt=[prompt], stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        citations = getattr(chunk, "citations", None) or citations
        text += "".join(one.text for one in chunk.choices)
    equal("completions: a stream has the same content", (text, usage, citations or []), (choice.text, answer.usage, answer.citations))
    error = raised(openai.BadRequestError, lambda: client.completions.create(model="extractive", prompt=["a", "b"]))
    check("completions: several prompts raise BadRequestError", isinstance(error, openai.BadRequestError), error)
    equal("completions: several prompts: the error names the parameter", error.param, "prompt")
    error = raised(openai.BadRequestError, lambda: client.completions.create(model="extractive", prompt=prompt, echo=True))
    equal("completions: the error names an unsupported parameter", getattr(error, "param", error), "echo")
    error = raised(openai.AuthenticationError, lambda: stranger.completions.create(model="extractive", prompt=prompt))
    check("completions: a wrong key raises AuthenticationError", isinstance(error, openai.AuthenticationError), error)


def check_chat_errors(client, stranger):
    def chat(client, **change):
        return lambda: client.chat.completions.create(**{"model": "extractive", "messages": QUESTION, **change})

    error = raised(openai.AuthenticationError, chat(stranger))
    check("chat: a wrong key raises AuthenticationError", isinstance(error, openai.AuthenticationError), error)
    error = raised(openai.NotFoundError, chat(client, model="no-such-model"))
    check("chat: an unknown model raises NotFoundError", isinstance(error, openai.NotFoundError), error)
    equal("chat: an unknown model's code", error.code, "model_not_found")
    error = raised(openai.BadRequestError, chat(client, messages=[], stream=True))
    check("chat: no messages raise BadRequestError", isinstance(error, openai.BadRequestError), error)
    equal("chat: no messages: the error names the parameter", error.param, "messages")


def run(options):
    def client(key):
        return openai.OpenAI(base_url=options.url.rstrip("/") + "/v1", api_key=key, max_retries=0, timeout=60)

    single = check_shapes(client(options.key), options.model)
    check_lists(client(options.key), options.model, single)
    check_errors(client(options.key), client("nonsense"), options.model)
    check_token_ids(client(options.key), options.model)
    check_refusals(client(options.key))
    check_models(client(options.key), options.model)
    check_chat(client(options.key))
    check_chat_errors(client(options.key), client("nonsense"))
    check_completions(client(options.key), client("nonsense"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--model", default="all-MiniLM-L6-v2")
    options = parser.parse_args()
    sys.exit(finish(lambda: run(options)))


if __name__ == "__main__":
    main()
