"""Uses the client that openapi-python-client made.

    openapi_attrs.py URL KEY
"""

import io
import sys

from contextd_client import AuthenticatedClient
from contextd_client import models
from contextd_client.api.answers import create_chat_completion
from contextd_client.api.documents import (delete_document, get_document, get_document_content, import_documents, list_documents,
                                           put_document, upload_document)
from contextd_client.api.models import get_model
from contextd_client.api.search import search
from contextd_client.types import File

from checks import check, equal, finish


def main(url, key):
    client = AuthenticatedClient(base_url=url, token=key)
    new = models.NewDocument(id="at/tides", text="High water is at six.", title="Tides")
    equal("upload: waits", upload_document.sync(client=client, body=new, wait=True).status, "ready")
    form = models.DocumentForm(file=File(payload=io.BytesIO(b"# Fog\n\nThe horn sounds."), file_name="fog.md", mime_type="text/markdown"),
                               id="at/fog")
    equal("upload: a file", upload_document.sync(client=client, body=form, wait=True).id, "at/fog")
    put = put_document.sync("at/raw", client=client, body=File(payload=io.BytesIO(b"Landing is not possible.")), wait=True)
    check("put: a file", isinstance(put, models.WrittenDocument), put)
    equal("read: title", get_document.sync("at/tides", client=client).title, "Tides")
    equal("read: content", get_document_content.sync("at/tides", client=client), "High water is at six.")
    body = File(payload=io.BytesIO(b'{"id":"at/bread","text":"A loaf is baked for forty minutes."}\n'))
    check("import: ends", b'"done":true' in import_documents.sync(client=client, body=body).payload.read())
    page = list_documents.sync(client=client, limit=1)
    check("list: a page and the next", len(page.data) == 1 and page.next_cursor, page)
    found = search.sync(client=client, body=models.Search(query="foghorn", limit=3))
    check("search: found", "at/fog" in [one.document_id for one in found.results], found)
    request = models.ChatRequest(messages=[models.ChatRequestMessage(
        role=models.ChatRequestMessageRole.USER, content="How long is bread baked?")])
    check("chat: an answer", create_chat_completion.sync(client=client, body=request).choices[0].message.content)
    error = get_document.sync("nothing", client=client)
    equal("error: a problem", (type(error), error.code), (models.Problem, "not_found"))
    error = get_model.sync("nothing", client=client)
    equal("error of OpenAI's routes", error.error.code, "model_not_found")
    equal("delete", delete_document.sync_detailed("at/fog", client=client).status_code, 204)


if __name__ == "__main__":
    sys.exit(finish(lambda: main(sys.argv[1], sys.argv[2])))
