"""MCP: arguments that clients add or write as strings, paths, Accept, batches."""

import json

from harness import MCP_HEADERS, add, row

EXTRA, STRINGS = "19 mcp-extra-arguments", "20 mcp-stringly-arguments"


def loaded(world):
    client = world.tenant("mcp")
    world.once("mcp", lambda: client.load([{"id": f"d{n}", "text": f"Kettle number {n} stands on shelf {n}.", "metadata": {"n": n}} for n in range(12)]))
    return client


def results(result):
    return ((result.get("structuredContent") or {}).get("results") or []) if isinstance(result, dict) else []


def call(kind, name, tool, arguments, count=None, runs=True):
    """Registers a row: the call runs (or not), with results, exactly `count` of them if given."""
    def check(world):
        ran, result = loaded(world).tool(tool, **arguments)
        found = len(results(result))
        holds = ran == runs and (count is None or found == count) and (not runs or tool != "search" or found > 0)
        return holds, f"{'ran' if ran else 'failed'} with {found} results" if ran else result
    add(kind, name, check)


call(EXTRA, "tool-call-id", "search", {"query": "kettle", "toolCallId": "call_1"})
call(EXTRA, "session-id", "search", {"query": "kettle", "sessionId": "s1"})
call(EXTRA, "n8n-set", "search", {"query": "kettle", "sessionId": "s1", "action": "sendMessage", "chatInput": "kettle", "toolCallId": "call_1"})
call(EXTRA, "fetch", "fetch", {"id": "d3", "toolCallId": "call_1"})
call(EXTRA, "plain", "search", {"query": "kettle"})
call(EXTRA, "sibling-object", "search", {"query": "kettle", "context": {"user": {"id": 7}}, "tags": ["a"]})
call(EXTRA, "sibling-fetch-session", "fetch", {"id": "d4", "sessionId": "s1", "chatInput": "x"})
call(EXTRA, "sibling-reasoning", "search", {"query": "kettle", "limit": 3, "reasoning": "I need kettles.", "_thought": None}, 3)
call(EXTRA, "sibling-misses-query", "search", {"sessionId": "s1"}, runs=False)


def call_raw(kind, name, version, fields):
    """Registers a row of the revision without a handshake."""
    def check(world):
        params = {"name": "search", "arguments": {"query": "kettle", **fields},
                  "_meta": {"io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": {}}}
        answer = loaded(world).mcp("tools/call", params, {"Mcp-Method": "tools/call", "Mcp-Name": "search"}, version=version)
        result = (answer.json or {}).get("result") or {}
        return answer.status == 200 and result.get("isError") is False and len(results(result)) > 0, str(answer)[:160]
    add(kind, name, check)


call_raw(EXTRA, "sibling-modern", "2026-07-28", {"toolCallId": "call_1"})

call(STRINGS, "limit-5", "search", {"query": "kettle", "limit": "5"}, 5)
call(STRINGS, "limit-empty", "search", {"query": "kettle", "limit": ""})
call(STRINGS, "filter-empty", "search", {"query": "kettle", "filter": ""}, 10)
call(STRINGS, "filter-object", "search", {"query": "kettle", "filter": {}}, 10)
call(STRINGS, "nulls", "search", {"query": "kettle", "limit": None, "filter": None}, 10)
call(STRINGS, "limit-word", "search", {"query": "kettle", "limit": "many"}, runs=False)
call(STRINGS, "sibling-limit-float", "search", {"query": "kettle", "limit": 4.0}, 4)
call(STRINGS, "sibling-limit-and-filter", "search", {"query": "kettle", "limit": "2", "filter": ""}, 2)
call(STRINGS, "sibling-limit-too-large", "search", {"query": "kettle", "limit": "5000"}, runs=False)
call_raw(STRINGS, "sibling-modern-limit", "2026-07-28", {"limit": "4", "filter": {}})


@row(STRINGS, "sibling-filter-as-string")
def filter_as_string(world):
    """A filter in a string is applied or refused, never ignored."""
    ran, result = loaded(world).tool("search", query="kettle", filter=json.dumps({"key": "n", "op": "lt", "value": 3}))
    return not ran or len(results(result)) == 3, f"ran with {len(results(result))} results" if ran else result


def lists(name, method, field, params):
    def check(world):
        answer = loaded(world).request("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, MCP_HEADERS)
        listed = ((answer.json or {}).get("result") or {}).get(field)
        return answer.status == 200 and bool(listed), str(answer)[:160]
    add(STRINGS, name, check)


lists("params-null", "tools/list", "tools", None)
lists("sibling-prompts-null", "prompts/list", "prompts", None)
lists("sibling-cursor-null", "resources/list", "resources", {"cursor": None})


# U+FEFF before a message

def ping(name, headers=None, version="2025-06-18", prefix=b"\xef\xbb\xbf"):
    def check(world):
        answer = loaded(world).request("POST", "/mcp", prefix + b'{"jsonrpc":"2.0","id":1,"method":"ping"}', {**MCP_HEADERS, "MCP-Protocol-Version": version, **(headers or {})})
        return answer.status == 200 and answer.json.get("result") == {}, str(answer)
    add("18 json-bom", name, check)


ping("mcp")
ping("sibling-mcp-old", version="2025-03-26")


# Paths, Accept, batches

def pinged(kind, name, path="/mcp", headers=None):
    def check(world):
        answer = loaded(world).mcp("ping", path=path, headers=headers)
        return answer.status == 200 and answer.json.get("result") == {}, str(answer)
    add(kind, name, check)


pinged("45 trailing-slash", "mcp", "/mcp/")
pinged("46 accept", "any", headers={"Accept": "*/*"})
pinged("46 accept", "extra", headers={"Accept": "application/json, application/mcp+json"})
pinged("46 accept", "sibling-quality", headers={"Accept": "text/event-stream;q=0.5, application/json;q=0.9"})
pinged("46 accept", "sibling-type-any", headers={"Accept": "application/*"})


@row("45 trailing-slash", "sibling-mcp-query")
def slash_and_query(world):
    answer = loaded(world).mcp("tools/list", path="/mcp/?session=1")
    return answer.status == 200 and bool(answer.json["result"]["tools"]), str(answer)[:160]


@row("45 trailing-slash", "sibling-mcp-get")
def slash_get(world):
    answer = loaded(world).get("/mcp/", headers={"Accept": "text/event-stream"})
    return answer.status == 405, str(answer)[:160]


def batch(name, messages, holds):
    def check(world):
        answer = loaded(world).request("POST", "/mcp", messages, {**MCP_HEADERS, "MCP-Protocol-Version": "2025-03-26"})
        return holds(answer), str(answer)
    add("47 batch", name, check)


NOTE = {"jsonrpc": "2.0", "method": "notifications/initialized"}
PING = {"jsonrpc": "2.0", "id": 7, "method": "ping"}
batch("notification", [NOTE], lambda answer: answer.status == 202 and answer.body == b"")
batch("sibling-two-notifications", [NOTE, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 3}}], lambda answer: answer.status == 202 and answer.body == b"")
batch("sibling-mixed", [NOTE, PING], lambda answer: answer.status == 200 and answer.json == [{"jsonrpc": "2.0", "id": 7, "result": {}}])
