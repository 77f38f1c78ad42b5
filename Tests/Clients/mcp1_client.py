"""Runs the official MCP client for Python, 1.x, against a running contextd.

    mcp1_client.py --url http://127.0.0.1:8080 --key KEY
    mcp1_client.py --stdio COMMAND ARGUMENT…
"""

import argparse
import sys

import anyio
import httpx
from mcp import ClientSession, McpError, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from pydantic import AnyUrl

from checks import CheckFailed, check, finish, leaves
from mcp_checks import Battery, ProtocolError, check_challenge, own_settings, wrong_keys


async def wire(awaitable):
    """Returns the response as it was on the wire."""
    try:
        answer = await awaitable
    except McpError as error:
        raise ProtocolError(error.error.code, error.error.message) from error
    return answer.model_dump(by_alias=True, mode="json", exclude_none=True)


def page(cursor):
    return types.PaginatedRequestParams(cursor=cursor)


class Connection:
    expected_version = "2025-11-25"

    def __init__(self, session, greeting):
        self.session = session
        facts = greeting.model_dump(by_alias=True, mode="json", exclude_none=True)
        self.facts = {name: facts[name] for name in ("protocolVersion", "capabilities", "serverInfo")}

    async def list_tools(self, cursor):
        return await wire(self.session.list_tools(params=page(cursor)))

    async def list_resources(self, cursor):
        return await wire(self.session.list_resources(params=page(cursor)))

    async def list_templates(self, cursor):
        return await wire(self.session.list_resource_templates(params=page(cursor)))

    async def list_prompts(self, cursor):
        return await wire(self.session.list_prompts(params=page(cursor)))

    async def call(self, tool, arguments):
        return await wire(self.session.call_tool(tool, arguments))

    async def read(self, uri):
        return await wire(self.session.read_resource(AnyUrl(uri)))

    async def prompt(self, name, arguments):
        return await wire(self.session.get_prompt(name, arguments))

    async def complete(self, template, argument, value):
        reference = types.ResourceTemplateReference(type="ref/resource", uri=template)
        return await wire(self.session.complete(reference, {"name": argument, "value": value}))


async def converse(read, write, body):
    async with ClientSession(read, write) as session:
        greeting = await session.initialize()
        await body(session, greeting)


async def over_http(url, key, body):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(headers=headers, timeout=60) as http:
        async with streamable_http_client(url.rstrip("/") + "/mcp", http_client=http) as (read, write, _):
            await converse(read, write, body)


async def over_stdio(command, body):
    server = StdioServerParameters(command=command[0], args=command[1:], env=own_settings())
    async with stdio_client(server) as (read, write):
        await converse(read, write, body)


async def refused(url, key):
    """Returns whether a client with this key fails at the handshake."""

    async def greeted(_session, _greeting):
        raise CheckFailed(f"the handshake succeeded with the key {key!r}")

    try:
        with anyio.fail_after(30):
            await over_http(url, key, greeted)
    except Exception as error:  # The exception differs between releases of the client.
        return not any(isinstance(leaf, CheckFailed) for leaf in leaves(error))


async def battery(session, greeting):
    await session.send_ping()
    check("ping", True)
    await Battery(Connection(session, greeting)).run()


async def run(options):
    if options.stdio:
        await over_stdio(options.stdio, battery)
        return
    await over_http(options.url, options.key, battery)
    for key in wrong_keys(options.key):
        check_challenge(options.url, key)
        check("a wrong key: the client fails", await refused(options.url, key), key)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--key")
    parser.add_argument("--stdio", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.stdio and not (options.url and options.key):
        parser.error("either --url and --key, or --stdio COMMAND, are required")
    sys.exit(finish(lambda: anyio.run(run, options)))


if __name__ == "__main__":
    main()
