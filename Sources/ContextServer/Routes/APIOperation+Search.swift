import Catalog
import Embeddings
import JSON

// The descriptions of the routes that search, embed and report.
extension APIOperation {
    /// Errors of an embedder that is a provider.
    private static let embedderErrors = [502, 504]

    static func search(maximumBytes: Int) -> APIOperation {
        APIOperation(
            "search", .search, "Search passages of the documents",
            body: APIBody(.json("Search", example: APIExample.search), maximumBytes: maximumBytes), errors: embedderErrors,
            returns: .json("SearchResults", "The passages, best first.", example: APIExample.searchResults))
    }

    static let getIndexStatistics = APIOperation(
        "getIndexStatistics", .search, "Get index statistics", "Contents, memory, disk use and measured recall of the tenant's index.",
        errors: [504], returns: .json("IndexStatistics", "The statistics.", example: APIExample.statistics))

    static let getUsage = APIOperation(
        "getUsage", .usage, "Get model usage and quota", "Single requests, newest first, or with `group_by` their sums.",
        parameters: [
            .query("from", "The start: a date (midnight UTC) or an RFC 3339 time. By default 30 days before `to`.", moment),
            .query("to", "The end, exclusive. By default the end of today (UTC).", moment),
            .query(
                "group_by", "Groups the sums by these.",
                [
                    "type": "array", "items": APISchema.choice(UsageGrouping.allCases.map(\.rawValue)), "uniqueItems": true,
                ], example: ["day", "model"]),
            .query("limit", "Maximum number of rows.", APISchema.integer(UsageQuery.limits, default: UsageRoutes.defaultLimit)),
            .query("cursor", "`next_cursor` of the page before, with the same `group_by`.", APISchema.cursor),
        ], errors: [504], returns: .json("Usage", "A page of usage, and the sums over all pages.", example: APIExample.usage))

    private static let moment = APISchema.text("RFC 3339, such as 2026-11-01 or 2026-11-01T09:30:00Z.", pattern: "^\(date)(\(time))?$")
    private static let date =
        #"(19[7-9]\d|[2-9]\d{3})-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|[12]\d))"#
    private static let time =
        #"[Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"#

    static func createEmbeddings(model: ModelIdentity, maximumInputs: Int, maximumBytes: Int) -> APIOperation {
        let request = APISchema.embeddingRequest(dimension: model.dimension, maximumInputs: maximumInputs, maximumBytes: maximumBytes)
        return APIOperation(
            "createEmbeddings", .embeddings, "Create embeddings", "Compatible with OpenAI's API.",
            parameters: [.idempotencyKey],
            body: APIBody(.json("EmbeddingRequest", example: APIExample.embedding(model.name)), maximumBytes: maximumBytes),
            schemas: ["EmbeddingRequest": request], errors: [404] + embedderErrors,
            returns: .json("EmbeddingList", "The vectors, in the order of the texts.", example: APIExample.embeddings(model.name)))
    }

    static let listModels = APIOperation(
        "listModels", .models, "List models", "Chat models and aliases first, the embedding model last.", errors: [504],
        returns: .json("ModelList", "The models that this tenant may use.", example: APIExample.models))

    static let getModel = APIOperation(
        "getModel", .models, "Get a model",
        parameters: [.path("id", "The model's name.", APISchema.text(length: 1...256), example: "extractive")], errors: [404, 504],
        returns: .json("Model", "The model.", example: APIExample.model))
}
