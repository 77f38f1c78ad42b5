"""Runs the official MCP client for Python, 2.x, against a running contextd.

    mcp2_client.py [--mode modern|pinned|legacy] --url http://127.0.0.1:8080 --key KEY
    mcp2_client.py [--mode modern|pinned|legacy] --stdio COMMAND ARGUMENT…

modern lets the client detect the protocol era and expects the modern one; pinned uses 2026-07-28 without detection;
legacy uses the handshake of earlier revisions.
"""

import argparse
import sys

import anyio
import httpx2
import mcp_types as types
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from checks import CheckFailed, check, finish, leaves
from mcp_checks import MODERN, Battery, ProtocolError, check_challenge, own_settings, reason_for, wrong_keys

LEGACY = "2025-11-25"
MODES = {"modern": ("auto", MODERN), "pinned": (MODERN, MODERN), "legacy": ("legacy", LEGACY)}


async def wire(awaitable):
    """Returns the response as it was on the wire."""
    try:
        answer = await awaitable
    except MCPError as error:
        raise ProtocolError(error.code, error.message) from error
    return answer.model_dump(by_alias=True, mode="json", exclude_none=True)


class Connection:
    def __init__(self, client, mode):
        self.client = client
        self.expected_version = MODES[mode][1]
        # A pinned client has not requested the server's identity.
        asked = mode != "pinned"
        self.facts = {
            "protocolVersion": client.protocol_version,
            "capabilities": client.server_capabilities.model_dump(by_alias=True, exclude_none=True) if asked else None,
            "serverInfo": client.server_info.model_dump(by_alias=True) if asked and client.server_info else None,
        }

    async def list_tools(self, cursor):
        return await wire(self.client.list_tools(cursor=cursor))

    async def list_resources(self, cursor):
        return await wire(self.client.list_resources(cursor=cursor))

    async def list_templates(self, cursor):
        return await wire(self.client.list_resource_templates(cursor=cursor))

    async def list_prompts(self, cursor):
        return await wire(self.client.list_prompts(cursor=cursor))

    async def call(self, tool, arguments):
        return await wire(self.client.call_tool(tool, arguments))

    async def read(self, uri):
        return await wire(self.client.read_resource(uri))

    async def prompt(self, name, arguments):
        return await wire(self.client.get_prompt(name, arguments))

    async def complete(self, template, argument, value):
        reference = types.ResourceTemplateReference(uri=template)
        return await wire(self.client.complete(reference, {"name": argument, "value": value}))


async def over_http(options, key, body):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(options.url.rstrip("/") + "/mcp", http_client=http)
        async with Client(transport, mode=MODES[options.mode][0], read_timeout_seconds=60) as client:
            await body(client)


async def over_stdio(options, body):
    server = StdioServerParameters(command=options.stdio[0], args=options.stdio[1:], env=own_settings())
    async with Client(server, mode=MODES[options.mode][0], read_timeout_seconds=60) as client:
        await body(client)


async def refusal(options, key):
    """Returns what the client says when it is refused with this key."""

    async def ask(client):
        await client.list_tools()
        raise CheckFailed(f"tools were listed with the key {key!r}")

    try:
        await over_http(options, key, ask)
    except Exception as error:  # The exception differs between releases of the client.
        return "; ".join(str(leaf) for leaf in leaves(error))


async def run(options):
    async def battery(client):
        await Battery(Connection(client, options.mode)).run()

    if options.stdio:
        await over_stdio(options, battery)
        return
    await over_http(options, options.key, battery)
    for key in wrong_keys(options.key):
        check_challenge(options.url, key)
        said = await refusal(options, key)
        check("a wrong key: the client gives the reason", reason_for(key) in said, said)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=MODES, default="modern")
    parser.add_argument("--url")
    parser.add_argument("--key")
    parser.add_argument("--stdio", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.stdio and not (options.url and options.key):
        parser.error("either --url and --key, or --stdio COMMAND, are required")
    sys.exit(finish(lambda: anyio.run(run, options)))


if __name__ == "__main__":
    main()
