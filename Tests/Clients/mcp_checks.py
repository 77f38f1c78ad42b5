"""Checks that every official MCP client must pass, in every era and over every transport.

A connection (of mcp1_client or mcp2_client) returns every response as the dictionary that was on the wire, and raises
`ProtocolError` with the JSON-RPC code for an error response.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request

from checks import check, corpus, equal

MODERN = "2026-07-28"
RESOURCE_PREFIX = "contextd://documents/"
TEMPLATE = "contextd://documents/{id}"
INVALID_PARAMS = -32602
LEGACY_RESOURCE_NOT_FOUND = -32002

# A question, and a part of the only text that answers it.
QUESTIONS = [
    ("Which ferry keeps bees and sells their honey?", "beehive"),
    ("On which ferry does a band play on Sundays?", "A brass band"),
    ("Where can a couple get married by a captain?", "Couples are married"),
    ("Where do children skate on ice?", "children skate"),
    ("The ferry Whimbrel", "The ferry Whimbrel sails"),
]


class ProtocolError(Exception):
    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


async def error_code(awaitable):
    """Returns the JSON-RPC error code of a request, or its result if it succeeded."""
    try:
        return await awaitable
    except ProtocolError as error:
        return error.code


async def every_page(fetch, member, at_most=50):
    """Returns all entries of a paged list, and the number of pages."""
    entries, cursor, seen, pages = [], None, set(), 0
    while True:
        page = await fetch(cursor)
        entries += page[member]
        pages += 1
        cursor = page.get("nextCursor")
        if cursor is None:
            return entries, pages
        check(f"{member}: page {pages} has a cursor not seen before", cursor not in seen and pages < at_most, cursor)
        seen.add(cursor)


def own_settings():
    """Returns the variables that a server started over stdio inherits; by default a client passes on only PATH, HOME and a few others."""
    return {name: value for name, value in os.environ.items() if name.startswith("CONTEXTD_")}


def wrong_keys(key):
    """Returns no key, a malformed key, and a key with another secret."""
    return ["", "nonsense", key[:-1] + ("a" if key[-1] != "a" else "b")]


def reason_for(key):
    """Returns the message of the error that a request with this wrong key gets."""
    return "the key is malformed, unknown or revoked" if key else "this route requires an API key: Authorization: Bearer ctx_…"


def check_challenge(url, key):
    """Checks that POST /mcp with this key responds with 401, names the scheme, and gives the reason as an error of JSON-RPC."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url.rstrip("/") + "/mcp", body, headers), timeout=60) as answer:
            status, challenge, body = answer.status, None, answer.read()
    except urllib.error.HTTPError as error:
        status, challenge, body = error.code, error.headers.get("WWW-Authenticate"), error.read()
    equal(f"a wrong key ({len(key)} characters): status", status, 401)
    check(f"a wrong key ({len(key)} characters): challenge", (challenge or "").lower().startswith("bearer"), challenge)
    equal(f"a wrong key ({len(key)} characters): reason", json.loads(body)["error"]["message"], reason_for(key))


def payload(name, result):
    """Returns the object of a tool's result: in structuredContent, and the same as JSON in the one text item."""
    check(f"{name}: is not an error", not result.get("isError"), result)
    content = result["content"]
    check(f"{name}: has one text item", len(content) == 1 and content[0]["type"] == "text", content)
    structured = result.get("structuredContent")
    equal(f"{name}: structured content repeats the text", structured, json.loads(content[0]["text"]))
    return structured


class Battery:
    def __init__(self, connection):
        self.connection = connection
        self.documents = {document["id"]: document for document in corpus()}

    async def run(self):
        await self.check_handshake()
        await self.check_tools()
        await self.check_resources()
        await self.check_search()
        await self.check_search_arguments()
        await self.check_fetch()
        await self.check_read()
        await self.check_prompt()
        await self.check_completion()

    async def check_handshake(self):
        facts = self.connection.facts
        equal("protocol version", facts["protocolVersion"], self.connection.expected_version)
        if facts["capabilities"] is not None:
            missing = {"tools", "resources", "prompts", "completions"} - set(facts["capabilities"])
            check("capabilities: tools, resources, prompts, completions", not missing, facts["capabilities"])
            equal("server name", facts["serverInfo"]["name"], "contextd")
            check("server version", bool(facts["serverInfo"]["version"]))

    async def check_tools(self):
        tools, _ = await every_page(self.connection.list_tools, "tools")
        by_name = {tool["name"]: tool for tool in tools}
        equal("tools", sorted(by_name), ["fetch", "search"])
        for name, argument in (("search", "query"), ("fetch", "id")):
            tool = by_name[name]
            check(f"tool {name}: has a description", bool(tool.get("description")))
            equal(f"tool {name}: required arguments", tool["inputSchema"].get("required"), [argument])
            check(f"tool {name}: arguments are an object", tool["inputSchema"]["type"] == "object", tool["inputSchema"])
            check(f"tool {name}: has an output schema", tool["outputSchema"]["type"] == "object", tool.get("outputSchema"))
            check(f"tool {name}: is read-only", tool["annotations"]["readOnlyHint"] is True, tool.get("annotations"))

    async def check_resources(self):
        resources, pages = await every_page(self.connection.list_resources, "resources")
        check("resources: there is more than one page", pages > 1, pages)
        uris = [resource["uri"] for resource in resources]
        check("resources: no duplicates", len(set(uris)) == len(uris), uris)
        check("resources: URIs have contextd's scheme", all(uri.startswith(RESOURCE_PREFIX) for uri in uris), uris)
        ids = {urllib.parse.unquote(uri.removeprefix(RESOURCE_PREFIX)) for uri in uris}
        equal("resources: every document", sorted(ids), sorted(self.documents))
        check("resources: each has a name and a type", all(one.get("name") and one.get("mimeType") for one in resources))
        equal("resources: an invalid cursor is rejected", await error_code(self.connection.list_resources("!")), INVALID_PARAMS)
        templates, _ = await every_page(self.connection.list_templates, "resourceTemplates")
        equal("resource templates", [template["uriTemplate"] for template in templates], [TEMPLATE])

    async def search(self, name, **arguments):
        return payload(name, await self.connection.call("search", arguments))["results"]

    async def check_search(self):
        for question, answer in QUESTIONS:
            name = f"search {question!r}"
            results = await self.search(name, query=question)
            check(f"{name}: found", bool(results))
            best = results[0]
            check(f"{name}: the best result contains the answer", answer in best["text"], best)
            self.check_hit(name, best)
            scores = [result["score"] for result in results]
            check(f"{name}: best first", scores == sorted(scores, reverse=True), scores)
            check(f"{name}: at most ten results", len(results) <= 10, len(results))
        equal("search: limit", len(await self.search("search with limit", query="ferry", limit=3)), 3)

    def check_hit(self, name, hit):
        document = self.documents[hit["id"]]
        equal(f"{name}: title", hit["title"], document["title"])
        check(f"{name}: has a URL", bool(hit["url"]) and hit["url"] == document.get("url", hit["url"]), hit)
        equal(f"{name}: metadata", hit["metadata"], document["metadata"])
        span = hit["span"]
        text = document["text"].encode()
        check(f"{name}: the span is in the text", 0 <= span["start"] < span["end"] <= len(text), span)

    async def check_search_arguments(self):
        west = {"key": "line", "op": "eq", "value": "west"}
        old = {"key": "year", "op": "lt", "value": 1960}
        hits = await self.search("search with a filter", query="ferry", limit=50, filter={"and": [west, old]})
        fitting = {
            identifier
            for identifier, document in self.documents.items()
            if document["metadata"]["line"] == "west" and document["metadata"]["year"] < 1960
        }
        equal("search with a filter: exactly the matching documents", {hit["id"] for hit in hits}, fitting)
        for arguments in ({}, {"query": ""}, {"query": "ferry", "limit": 0}, {"query": "ferry", "limit": 10**9},
                          {"query": 7}, {"query": "ferry", "filter": {"key": "line"}}):
            result = await self.connection.call("search", arguments)
            check(f"search {arguments}: says what to change", result.get("isError") and result["content"][0]["text"], result)
        code = await error_code(self.connection.call("no-such-tool", {}))
        equal("an unknown tool is rejected", code, INVALID_PARAMS)

    def remarkable(self):
        """Returns the ids that must be encoded in a URI, and a plain one."""
        return [identifier for identifier in self.documents if not identifier.startswith("ferry-")] + ["ferry-021"]

    async def check_fetch(self):
        for identifier in self.remarkable():
            name, document = f"fetch {identifier!r}", self.documents[identifier]
            fetched = payload(name, await self.connection.call("fetch", {"id": identifier}))
            equal(f"{name}: id", fetched["id"], identifier)
            equal(f"{name}: title", fetched["title"], document["title"])
            equal(f"{name}: text", fetched["text"].strip(), document["text"].strip())
            check(f"{name}: has a URL", bool(fetched["url"]), fetched)
            equal(f"{name}: metadata", fetched["metadata"], document["metadata"])
        for identifier in ("no such document", "", "../ferry-001"):
            result = await self.connection.call("fetch", {"id": identifier})
            check(f"fetch {identifier!r}: is an error", result.get("isError") is True, result)

    async def check_read(self):
        for identifier in self.remarkable():
            uri = RESOURCE_PREFIX + urllib.parse.quote(identifier, safe="")
            contents = (await self.connection.read(uri))["contents"]
            equal(f"read {identifier!r}: URI", [content["uri"] for content in contents], [uri])
            equal(f"read {identifier!r}: text", contents[0]["text"].strip(), self.documents[identifier]["text"].strip())
        modern = self.connection.expected_version == MODERN
        missing = INVALID_PARAMS if modern else LEGACY_RESOURCE_NOT_FOUND
        equal("read of a missing document", await error_code(self.connection.read(RESOURCE_PREFIX + "missing")), missing)

    async def check_prompt(self):
        prompts, _ = await every_page(self.connection.list_prompts, "prompts")
        equal("prompts", [prompt["name"] for prompt in prompts], ["answer_with_context"])
        arguments = prompts[0]["arguments"]
        equal("prompt: arguments", [(one["name"], one.get("required")) for one in arguments], [("question", True)])
        question, answer = QUESTIONS[0]
        messages = (await self.connection.prompt("answer_with_context", {"question": question}))["messages"]
        text = "\n".join(message["content"]["text"] for message in messages)
        check("prompt: contains the question and the source", question in text and answer in text, text)
        code = await error_code(self.connection.prompt("answer_with_context", {}))
        equal("prompt: a missing argument is rejected", code, INVALID_PARAMS)
        code = await error_code(self.connection.prompt("no-such-prompt", {}))
        equal("prompt: an unknown prompt is rejected", code, INVALID_PARAMS)

    async def check_completion(self):
        for prefix in ("ferry-01", "fäh", "nothing begins so"):
            completion = (await self.connection.complete(TEMPLATE, "id", prefix))["completion"]
            want = sorted(identifier for identifier in self.documents if identifier.startswith(prefix))
            equal(f"completion of {prefix!r}", sorted(completion["values"]), want)
        completion = (await self.connection.complete(TEMPLATE, "id", ""))["completion"]
        check("completion of an empty prefix: at most 100", 0 < len(completion["values"]) <= 100, completion)
