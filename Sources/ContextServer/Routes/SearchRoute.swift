import Catalog
import Foundation
import HTTPTypes
import Hummingbird
public import JSON
public import Retrieval
import Tenancy

/// `POST /v1/search`.
struct SearchRoute: Sendable {
    let services: ServerServices
    let limits: ServerConfiguration

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.post, "/v1/search", needs: .read) { request, context, caller in
            let start = ContinuousClock.now
            let fields = try await request.jsonFields(upTo: limits.maximumRequestBytes, in: context)
            let explains = try fields.optionalBool("explain") ?? false
            let results = try await services.retriever.search(Self.request(fields), in: caller.scope)
            let elapsed = (ContinuousClock.now - start) / .milliseconds(1)
            return .json([
                "results": .array(results.map { $0.json(explains: explains) }),
                "took_ms": .number((elapsed * 100).rounded() / 100),
            ])
        }
    }

    private static func request(_ fields: JSONFields) throws -> SearchRequest {
        try fields.rejectUnknown(except: ["query", "limit", "mode", "filter", "group_by", "explain", "diversity"])
        let mode = try fields.optionalChoice("mode", of: SearchMode.allCases.map(\.rawValue))
        let filter = fields.value("filter")
        return SearchRequest(
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
            "document_id": .string(document.rawValue), "chunk_id": .string(chunkID),
            "title": title.map(JSONValue.string) ?? .null, "url": url.map(JSONValue.string) ?? .null,
            "text": .string(text), "score": .number(score.shortest),
            "span": ["start": .init(span.lowerBound), "end": .init(span.upperBound)],
            "headings": .init(headings), "metadata": .object(metadata),
        ]
        if explains {
            object["explain"] = .object(parts.json)
        }
        return .object(object)
    }
}

extension ScoreParts {
    fileprivate var json: JSONObject {
        func number(_ part: Float?) -> JSONValue { part.map { .number($0.shortest) } ?? .null }
        return [
            "dense": number(dense), "lexical": number(lexical), "proximity": number(proximity), "coverage": number(coverage),
            "title": number(title), "dense_weight": number(denseWeight),
        ]
    }
}

extension Float {
    /// The double whose decimal form is as short as this float's: 0.1 and not 0.10000000149011612.
    var shortest: Double { Double(description) ?? Double(self) }
}
