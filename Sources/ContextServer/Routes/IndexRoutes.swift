import Hummingbird
public import Index
public import JSON
import Retrieval
import Tenancy

/// `GET /v1/index/stats`: contents, memory use and recall of the tenant's index.
struct IndexRoutes: Sendable {
    let indexes: IndexRegistry

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.get, "/v1/index/stats", .getIndexStatistics, needs: .read) { _, _, caller in
            .json(.object(try await indexes.statistics(in: caller.scope).json))
        }
    }
}

extension IndexStatistics {
    public var json: JSONObject {
        [
            "chunks": .init(chunks), "documents": .init(documents), "deleted_rows": .init(deletedRows), "mode": .string(mode.rawValue),
            "graph_rows": .init(graphRows), "recall": recall.map { .object($0.json) } ?? .null,
            "bytes": [
                "memory": .init(bytesInMemory), "dense": .init(bytesDense), "lexical": .init(bytesLexical), "disk": .init(bytesOnDisk),
            ],
            "sequence": .init(Int(sequence)),
        ]
    }
}

extension RecallEstimate {
    fileprivate var json: JSONObject {
        [
            "at": 10, "mean": .number(mean), "confidence": ["level": 0.95, "lower": .number(lower), "upper": .number(upper)],
            "sample": .init(sampleSize), "queries": .init(queries), "ef": .init(ef),
        ]
    }
}
