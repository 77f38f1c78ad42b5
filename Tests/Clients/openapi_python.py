"""Uses the client that openapi-generator made for Python.

    openapi_python.py URL KEY
"""

import sys

import openapi_client
from openapi_client import ApiException

from checks import check, equal, finish


def main(url, key):
    configuration = openapi_client.Configuration(host=url, access_token=key)
    with openapi_client.ApiClient(configuration) as client:
        documents, jobs = openapi_client.DocumentsApi(client), openapi_client.JobsApi(client)
        new = openapi_client.NewDocument(id="py/tides", title="Tides", text="High water is at six.", metadata={"year": 2026})
        equal("upload: waits", documents.upload_document(new, wait=True).status, "ready")
        accepted = documents.upload_document(openapi_client.NewDocument(text="Low water is at noon."))
        equal("upload: a job", jobs.get_job(accepted.job_id).document_id, accepted.id)
        equal("put", documents.put_document("py/fog", openapi_client.NewVersion(text="The horn sounds."), wait=True).id, "py/fog")
        document = documents.get_document("py/tides")
        equal("read: title and metadata", (document.title, document.metadata), ("Tides", {"year": 2026}))
        equal("read: content", documents.get_document_content("py/tides"), "High water is at six.")
        page = documents.list_documents(limit=1)
        check("list: a page and the next", len(page.data) == 1 and page.next_cursor, page)
        check("list: continues", documents.list_documents(limit=1, cursor=page.next_cursor).data[0].id != page.data[0].id)
        lines = documents.import_documents(b'{"id":"py/bread","text":"A loaf is baked for forty minutes."}\n')
        check("import: ends", b'"done":true' in bytes(lines), lines)
        condition = openapi_client.FilterComparison(key="year", op="gte", value=openapi_client.FilterComparisonValue(2026))
        found = openapi_client.SearchApi(client).search(openapi_client.Search(
            query="high water", limit=1, filter=openapi_client.Filter(condition)))
        equal("search: filtered", [one.document_id for one in found.results], ["py/tides"])
        vectors = openapi_client.EmbeddingsApi(client).create_embeddings(openapi_client.EmbeddingRequest(
            model="all-MiniLM-L6-v2", input=openapi_client.EmbeddingRequestInput(["a", "b"])))
        equal("embeddings: both", [one.index for one in vectors.data], [0, 1])
        answers = openapi_client.AnswersApi(client)
        answer = answers.create_chat_completion(openapi_client.ChatRequest(messages=[
            openapi_client.ChatRequestMessage(role="user", content=openapi_client.ChatRequestMessageContent("How long is bread baked?"))]))
        check("chat: an answer", answer.choices[0].message.content, answer)
        check("question: an answer", answers.answer_question(openapi_client.Question(query="How long is bread baked?")).content)
        check("usage: rows", openapi_client.UsageApi(client).get_usage(group_by=["day", "model"]).data)
        check("models: listed", openapi_client.ModelsApi(client).list_models().data)
        equal("health", openapi_client.OperationsApi(client).get_readiness().storage, "writable")
        check("metrics", "# HELP" in openapi_client.OperationsApi(client).get_metrics())
        rpc = openapi_client.RPCMessage(jsonrpc="2.0", id=openapi_client.RPCMessageId(1), method="tools/list")
        check("mcp: tools", openapi_client.MCPApi(client).send_mcp_message(rpc, mcp_protocol_version="2025-11-25").result["tools"])
        check_errors(client, documents)


def check_errors(client, documents):
    try:
        documents.get_document("nothing")
        check("error: raised", False)
    except ApiException as error:
        equal("error: a problem", (error.status, error.data.code), (404, "not_found"))
    try:
        openapi_client.ModelsApi(client).get_model("nothing")
        check("error of OpenAI's routes: raised", False)
    except ApiException as error:
        equal("error of OpenAI's routes", (error.status, error.data.error.code), (404, "model_not_found"))
    documents.delete_document("py/fog")
    check("delete: gone", all(one.id != "py/fog" for one in documents.list_documents().data))


if __name__ == "__main__":
    sys.exit(finish(lambda: main(sys.argv[1], sys.argv[2])))
