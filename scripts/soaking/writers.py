"""Writers: each has documents of its own, and keeps account of what was acknowledged."""

import json

from .model import GONE, Down, path

WORDS = "harbour lantern granite willow copper meadow thunder saddle velvet kestrel barley anchor quarry ember sparrow tidal".split()
DOCUMENTS = 60


def text(rng, model, words=None):
    sentences = words or rng.choice((8, 20, 60, 200))
    body = " ".join(
        f"The {rng.choice(WORDS)} of {rng.choice(WORDS)} number {rng.randrange(10_000)} is {rng.choice(WORDS)}." for _ in range(sentences))
    return f"{model.marker} {body}"


def write(client, model, rng, findings):
    """One write, of a kind by chance."""
    action = rng.random()
    if action < 0.45:
        upload(client, model, rng, findings, waits=False)
    elif action < 0.7:
        upload(client, model, rng, findings, waits=True)
    elif action < 0.85:
        delete(client, model, rng, findings)
    else:
        bring_many(client, model, rng, findings)


def pick(model, rng):
    return f"{model.prefix}{rng.randrange(DOCUMENTS)}"


def upload(client, model, rng, findings, waits):
    document, content = pick(model, rng), text(rng, model)
    model.begin(document, content)
    query = "?wait=true" if waits else ""
    if rng.random() < 0.5:
        request = ("PUT", path(document) + query, content.encode(), {"Content-Type": "text/plain"})
    else:
        request = ("POST", "/v1/documents" + query, {"id": document, "text": content, "metadata": {"n": rng.randrange(9)}}, None)
    try:
        status, answer = client.send(*request)
    except Down:
        return
    if status in (200, 202):
        model.acknowledge(document, content, json.loads(answer)["job_id"])
    elif status in (429, 503, 507):
        # With `wait` the upload may be kept although its end could not be told.
        if not waits:
            model.refuse(document, content)
    else:
        findings.add("an upload is refused", f"{status} {answer!r}")


def delete(client, model, rng, findings):
    document = pick(model, rng)
    model.begin(document, GONE)
    try:
        status, answer = client.send("DELETE", path(document))
    except Down:
        return
    if status in (204, 404):
        # 404: there is none, and none on its way.
        model.acknowledge(document, GONE)
    elif status in (429, 503, 507):
        model.refuse(document, GONE)
    else:
        findings.add("a deletion is refused", f"{status} {answer!r}")


def bring_many(client, model, rng, findings):
    """An import. What its progress counts is acknowledged, in the order of the lines."""
    documents = rng.sample(range(DOCUMENTS), rng.choice((3, 20)))
    lines = [(f"{model.prefix}{number}", text(rng, model, 8)) for number in documents]
    for document, content in lines:
        model.begin(document, content)
    body = "".join(json.dumps({"_id": document, "text": content}) + "\n" for document, content in lines).encode()
    try:
        status, answer = client.send("POST", "/v1/documents/import", body, {"Content-Type": "application/x-ndjson"})
    except Down:
        return
    if status in (429, 503, 507):
        for document, content in lines:
            model.refuse(document, content)
        return
    if status != 200:
        findings.add("an import is refused", f"{status} {answer!r}")
        return
    processed = max((json.loads(line).get("processed", 0) for line in answer.splitlines()), default=0)
    for document, content in lines[:processed]:
        model.acknowledge(document, content)
