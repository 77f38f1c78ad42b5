"""What a tenant's documents have to be, by what the server has acknowledged."""

import json
import threading
import urllib.parse

from .server import Down

GONE = None


class Model:
    """One writer's documents of one tenant. A document is in one state that was acknowledged, or, where the server was killed in the middle of
    a write, in that state or in one of those that were being written. Each writer has ids of its own, so its writes come one after another."""

    def __init__(self, tenant, writer, marker):
        self.tenant, self.prefix, self.marker = tenant, f"{tenant}-{writer}-", marker
        self.lock = threading.Lock()
        self.states = {}  # id: [acknowledged, in doubt, in doubt …], each a text or GONE
        self.jobs = {}  # id: the job of the last upload that was acknowledged
        self.acknowledged = 0

    def begin(self, document, text):
        with self.lock:
            self.states.setdefault(document, [GONE]).append(text)

    def acknowledge(self, document, text, job=None):
        with self.lock:
            self.states[document] = [text]
            self.jobs[document] = job
            self.acknowledged += 1

    def refuse(self, document, text):
        """The server said no: nothing was written."""
        with self.lock:
            states = self.states[document]
            states.reverse()
            states.remove(text)
            states.reverse()


def path(document):
    return "/v1/documents/" + urllib.parse.quote(document, safe="")


class Findings:
    """What is wrong, and how often; the first few of each kind in words."""

    def __init__(self):
        self.lock, self.counts, self.examples = threading.Lock(), {}, {}

    def add(self, kind, example):
        with self.lock:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.examples.setdefault(kind, [])
            if len(self.examples[kind]) < 5:
                self.examples[kind].append(str(example)[:400])


def wait_for_jobs(client, model, findings, seconds, clock):
    """Waits until every acknowledged upload has come to its end."""
    deadline = clock() + seconds
    for document, job in list(model.jobs.items()):
        while job is not None:
            status, answer = client.send("GET", f"/v1/jobs/{job}")
            if status != 200:
                findings.add("an acknowledged job is missing", f"{document}: {job}: {status} {answer!r}")
                break
            record = json.loads(answer)
            if record["stage"] in ("ready", "cancelled"):
                break
            if record["stage"] == "failed":
                findings.add("an acknowledged upload failed", f"{document}: {record}")
                break
            if clock() > deadline:
                findings.add("an acknowledged upload is not ready in time", f"{document}: {record}")
                break


def verify(client, models, tenant, findings):
    """Compares all documents of a tenant with its models. Returns how many were compared."""
    listed, cursor = set(), ""
    while True:
        status, answer = client.send("GET", "/v1/documents?limit=500" + (f"&cursor={cursor}" if cursor else ""))
        if status != 200:
            findings.add("documents cannot be listed", f"{status} {answer!r}")
            return 0
        page = json.loads(answer)
        listed |= {document["id"] for document in page["data"]}
        cursor = page["next_cursor"]
        if not cursor:
            break
    compared = 0
    for model in models:
        for document, states in model.states.items():
            status, answer = client.send("GET", path(document) + "/content")
            found = answer.decode() if status == 200 else GONE
            compared += 1
            if found not in states:
                kind = "an acknowledged document is lost" if found is GONE else "a document differs from its acknowledged version"
                if states == [GONE]:
                    kind = "a deleted document reappeared"
                findings.add(kind, f"{document}: {status}, {str(found)[:80]!r}, expected one of {[str(s)[:80] for s in states]}")
            if (found is not GONE) != (document in listed):
                findings.add("the list of documents does not match the documents", document)
    for document in listed:
        if not document.startswith(tenant + "-"):
            findings.add("a tenant lists another tenant's document", document)
    return compared


def check_hits(answer, tenant, strangers_marker, findings):
    """No search of a tenant shows anything of another."""
    text = answer.decode()
    if strangers_marker in text:
        findings.add("a search shows another tenant's text", text)
    for hit in json.loads(text).get("results", []):
        if not hit["document_id"].startswith(tenant + "-"):
            findings.add("a search shows another tenant's document", hit["document_id"])


__all__ = ["Down", "Findings", "GONE", "Model", "check_hits", "path", "verify", "wait_for_jobs"]
