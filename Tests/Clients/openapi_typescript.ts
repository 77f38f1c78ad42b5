// Uses the client that openapi-generator made for typescript-fetch: main.ts URL KEY

import { AnswersApi, Configuration, DocumentsApi, ModelsApi, ResponseError, SearchApi } from "./index.ts";

function check(name: string, holds: unknown, seen?: unknown) {
    if (!holds) throw new Error(`${name}: ${JSON.stringify(seen)}`);
    console.log(`ok  ${name}`);
}

const [basePath, key] = Deno.args;
const configuration = new Configuration({ basePath, accessToken: key });
const documents = new DocumentsApi(configuration);

const written = await documents.uploadDocument({
    wait: true, newDocument: { id: "ts/tides", title: "Tides", text: "High water is at six.", metadata: { year: 2026 } },
});
check("upload: waits", written.id === "ts/tides", written);
const read = await documents.getDocument({ id: "ts/tides" });
check("read: title and metadata", read.title === "Tides" && read.metadata?.year === 2026, read);
check("read: content", await documents.getDocumentContent({ id: "ts/tides" }) === "High water is at six.");
const lines = await documents.importDocuments({
    body: new Blob(['{"id":"ts/bread","text":"A loaf is baked for forty minutes."}\n']),
});
check("import: ends", (await lines.text()).includes('"done":true'));
const page = await documents.listDocuments({ limit: 1 });
check("list: a page and the next", page.data.length === 1 && page.nextCursor, page);
const found = await new SearchApi(configuration).search({
    search: { query: "high water", limit: 3, filter: { key: "year", op: "gte", value: 2026 } as never },
});
check("search: found", found.results.some((one) => one.documentId === "ts/tides"), found);
const answer = await new AnswersApi(configuration).createChatCompletion({
    chatRequest: { messages: [{ role: "user", content: "How long is bread baked?" }] },
});
check("chat: an answer", answer.choices[0].message.content, answer);
for (const [name, ask] of [
    ["document", () => documents.getDocument({ id: "nothing" })], ["model", () => new ModelsApi(configuration).getModel({ id: "nothing" })],
] as [string, () => Promise<unknown>][]) {
    const error = await ask().catch((error) => error);
    check(`error of a ${name}`, error instanceof ResponseError && error.response.status === 404, error);
}
await documents.deleteDocument({ id: "ts/tides" });
