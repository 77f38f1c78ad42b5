import Catalog
import Citing
import Foundation
import HTTPTypes
import Hummingbird
import Index
public import JSON
public import Retrieval
import Scheduling
import Tenancy

/// `POST /v1/search`.
struct SearchRoute: Sendable {
    let retriever: Retriever
    let work: TenantWork
    /// Maximum size of a request, in bytes.
    let maximumBytes: Int

    /// Maximum size of results that are written on an event loop, in bytes; larger ones are written on the workers.
    private static let smallResponse = 64 << 10

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.post, "/v1/search", .search(maximumBytes: maximumBytes), needs: .read) { request, context, caller in
            let start = ContinuousClock.now
            let fields = try await request.jsonFields(upTo: maximumBytes, in: context)
            let explains = try fields.optionalBool("explain") ?? false
            let search = try SearchRequest(fields)
            try await context.makeRoom(for: search.resultMemory)
            let results = try await retriever.search(search, in: caller.scope)
            let elapsed = (ContinuousClock.now - start) / .milliseconds(1)
            let bytes = results.reduce(0) { $0 + $1.chunk.text.utf8.count + $1.document.metadataBytes }
            guard bytes > Self.smallResponse else { return Self.response(results, elapsed, explains) }
            return try await work.onWorkers(for: caller, in: context, .brief) { _ in Self.response(results, elapsed, explains) }
        }
    }

    private static func response(_ results: [SearchResult], _ elapsed: Double, _ explains: Bool) -> Response {
        .json(bytes: SearchResponse(results: results, elapsedMilliseconds: elapsed, explains: explains).serialized())
    }
}

extension SearchRequest {
    /// Reads a request's fields.
    ///
    /// - Throws: `JSONFieldError`.
    package init(_ fields: JSONFields) throws {
        try fields.rejectUnknown(except: ["query", "limit", "mode", "filter", "group_by", "explain", "diversity"])
        let mode = try fields.optionalChoice("mode", of: SearchMode.allCases.map(\.rawValue))
        let filter = fields.value("filter")
        self.init(
            query: try fields.string("query"),
            limit: try fields.optionalInt("limit", in: 1...SearchRequest.maximumLimit) ?? 10,
            mode: mode.flatMap(SearchMode.init(rawValue:)) ?? .hybrid,
            filter: filter == nil || filter == .null ? nil : try filter.map(MetadataFilter.init),
            groupsByDocument: try fields.optionalChoice("group_by", of: ["document"]) != nil,
            diversity: Float(try fields.optionalDouble("diversity", in: 0...1) ?? 0))
    }
}

extension SearchResult {
    public func json(explains: Bool) -> JSONValue {
        var object: JSONObject = [
            "document_id": .string(document.id.rawValue), "chunk_id": .string(found.position.id),
            "title": document.title.map(JSONValue.string) ?? .null, "url": document.url.map(JSONValue.string) ?? .null,
            "text": .string(chunk.text), "score": .number(score.shortest), "span": chunk.span.json,
        ]
        object.add(chunk.parts.place)
        object["headings"] = .init(chunk.headings)
        object["metadata"] = .object(document.metadata)
        if explains {
            object["explain"] = .object(parts.json)
        }
        return .object(object)
    }
}

extension ScoreParts {
    var json: JSONObject {
        func number(_ part: Float?) -> JSONValue { part.map { .number($0.shortest) } ?? .null }
        return [
            "dense": number(dense), "lexical": number(evidence?.score), "proximity": number(evidence?.proximity),
            "coverage": number(evidence?.coverage), "title": number(evidence?.title), "dense_weight": number(denseWeight),
            "dense_plan": densePlan.map(\.json) ?? .null,
        ]
    }
}

extension DensePlan {
    fileprivate var json: JSONValue {
        switch self {
        case .scan: ["kind": .string(kind.rawValue)]
        case .graph(let ef): ["kind": .string(kind.rawValue), "ef": .init(ef)]
        case .binaryThenScan(let pool): ["kind": .string(kind.rawValue), "pool": .init(pool)]
        }
    }
}
