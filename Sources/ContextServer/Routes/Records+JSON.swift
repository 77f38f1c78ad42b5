import Catalog
import JSON
import Tenancy

extension DocumentRecord {
    /// A ready document in the API's format.
    var json: JSONObject {
        [
            "id": .string(id.rawValue), "status": "ready", "title": title.map(JSONValue.string) ?? .null,
            "url": url.map(JSONValue.string) ?? .null, "metadata": .object(metadata), "media_type": .string(mediaType),
            "size_bytes": .init(textBytes), "chunks": .init(chunkCount), "created_at": .string(createdAt.iso8601),
            "updated_at": .string(updatedAt.iso8601), "etag": .string(version.entityTag),
        ]
    }
}

extension ChunkCounts {
    var json: JSONValue { ["embedded": .init(embedded), "reused": .init(reused), "removed": .init(removed)] }
}

extension JobRecord {
    var json: JSONObject {
        [
            "id": .string(id), "document_id": .string(document.rawValue), "stage": .string(stage.rawValue), "chunks": counts.json,
            "error": error, "retryable": .bool(isRetryable), "etag": version.map { .string($0.entityTag) } ?? .null,
            "created_at": .string(createdAt.iso8601), "updated_at": .string(updatedAt.iso8601),
        ]
    }

    var error: JSONValue {
        errorCode.map { ["code": .string($0), "detail": .string(errorDetail ?? "")] } ?? .null
    }

    /// A document without a ready version, described by its job.
    var documentJSON: JSONObject {
        let status = stage == .failed ? "failed" : stage == .running ? "processing" : "queued"
        return [
            "id": .string(document.rawValue), "status": .string(status), "job_id": .string(id), "error": error,
            "created_at": .string(createdAt.iso8601), "updated_at": .string(updatedAt.iso8601),
        ]
    }
}
