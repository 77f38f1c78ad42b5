"""Runs LangChain's clients against a running contextd: OpenAIEmbeddings and ChatOpenAI over OpenAI's API, and the adapters for MCP.

    langchain_client.py --url http://127.0.0.1:8080 --key KEY [--model all-MiniLM-L6-v2]
"""

import argparse
import asyncio
import json
import math
import sys

import openai
import tiktoken
from langchain_core.messages import HumanMessage
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.resources import load_mcp_resources
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from checks import check, corpus, equal, finish

TEXTS = ["The ferry leaves at eight.", "Bees make honey."]
FIRST_PAGE = 10


def use_a_local_tokenizer():
    """Replaces the tokenizers that the package would download: each byte is a token, which is as foreign to the model as any other."""
    encoding = tiktoken.Encoding(
        "bytes", pat_str=r"[\s\S]", mergeable_ranks={bytes([byte]): byte for byte in range(256)}, special_tokens={})
    tiktoken.encoding_for_model = tiktoken.get_encoding = lambda _name: encoding


def check_embeddings(options):
    def client(**change):
        return OpenAIEmbeddings(
            model=options.model, base_url=options.url + "/v1", api_key=options.key, max_retries=0, **change)

    try:
        vectors = client().embed_documents(TEXTS)
        check("embeddings: token ids of another tokenizer are refused", False, vectors[0][:3])
    except openai.BadRequestError as error:
        check("embeddings: the error names the option to set", "check_embedding_ctx_length=False" in str(error), error)
        equal("embeddings: the error's code", error.code, "token_ids_refused")
    vectors = client(check_embedding_ctx_length=False).embed_documents(TEXTS)
    plain = openai.OpenAI(base_url=options.url + "/v1", api_key=options.key).embeddings.create(model=options.model, input=TEXTS).data
    for vector, row in zip(vectors, plain, strict=True):
        cosine = sum(a * b for a, b in zip(vector, row.embedding, strict=True)) / math.hypot(*vector) / math.hypot(*row.embedding)
        check("embeddings: with the option, the right vector", cosine > 0.9999, cosine)


def check_chat(options):
    chat = ChatOpenAI(model="extractive", base_url=options.url + "/v1", api_key=options.key, max_retries=0)
    question = [HumanMessage("Which ferry keeps bees and sells their honey?")]
    whole = chat.invoke(question)
    check("chat: the answer has text", bool(whole.content), whole)
    check("chat: usage adds up", whole.usage_metadata["total_tokens"] > whole.usage_metadata["input_tokens"] > 0, whole.usage_metadata)
    equal("chat: a stream has the same text", "".join(part.content for part in chat.stream(question)), whole.content)


async def check_mcp(options):
    headers = {"Authorization": f"Bearer {options.key}"}
    client = MultiServerMCPClient({"contextd": {"transport": "streamable_http", "url": options.url + "/mcp", "headers": headers}})
    tools = {tool.name: tool for tool in await client.get_tools()}
    equal("MCP: tools", sorted(tools), ["fetch", "search"])
    found = await tools["search"].ainvoke({"query": "Which ferry keeps bees and sells their honey?", "limit": 1})
    text = found if isinstance(found, str) else found[0]["text"]
    check("MCP: search finds the passage", "beehive" in json.loads(text)["results"][0]["text"], text)
    async with client.session("contextd") as session:
        blobs = await load_mcp_resources(session)
        newest = [document["text"].strip() for document in reversed(corpus())][:FIRST_PAGE]
        equal("MCP: loading all resources reads the newest documents only", [blob.as_string().strip() for blob in blobs], newest)


def run(options):
    use_a_local_tokenizer()
    check_embeddings(options)
    check_chat(options)
    asyncio.run(check_mcp(options))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--model", default="all-MiniLM-L6-v2")
    options = parser.parse_args()
    options.url = options.url.rstrip("/")
    sys.exit(finish(lambda: run(options)))


if __name__ == "__main__":
    main()
