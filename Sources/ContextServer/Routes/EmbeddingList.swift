import Embeddings
import Foundation
import Hummingbird
import JSON
import NIOCore

/// Vectors in OpenAI's format. Many vectors are written row by row as the client reads: a number takes four bytes as a float and ten times
/// that as a JSON value.
struct EmbeddingList: Sendable {
    let batch: EmbeddingBatch
    let model: String
    let usesBase64: Bool

    /// Maximum number of vectors that are written at once.
    private static let smallCount = 16

    var response: Response {
        guard batch.count > Self.smallCount else {
            var bytes = opening
            for row in 0..<batch.count { write(row, into: &bytes) }
            return .json(bytes: bytes + Self.ending)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                // This does not run on a connection's event loop: thousands of numbers take milliseconds.
                try await withTaskExecutorPreference(globalConcurrentExecutor) { try await write(to: &writer) }
            })
    }

    @concurrent private func write(to writer: inout any ResponseBodyWriter) async throws {
        var piece = opening
        for row in 0..<batch.count {
            write(row, into: &piece)
            guard piece.count >= ResponseBody.pieceBytes / 2 else { continue }
            try await writer.write(ByteBuffer(bytes: piece))
            piece.removeAll(keepingCapacity: true)
        }
        try await writer.write(ByteBuffer(bytes: piece + Self.ending))
        try await writer.finish(nil)
    }

    private static let ending = Array("]}".utf8)

    private var opening: [UInt8] {
        let tokens = JSONValue(batch.tokenCounts.reduce(0, +))
        let head: JSONValue = [
            "object": "list", "model": .string(model), "usage": ["prompt_tokens": tokens, "total_tokens": tokens], "data": [],
        ]
        return head.serialized().dropLast(Self.ending.count)
    }

    private func write(_ row: Int, into bytes: inout [UInt8]) {
        if row > 0 { bytes.append(UInt8(ascii: ",")) }
        let vector: JSONValue = ["object": "embedding", "index": .init(row), "embedding": Self.vector(batch.vector(row), usesBase64)]
        vector.write(into: &bytes)
    }

    private static func vector(_ vector: ArraySlice<Float>, _ usesBase64: Bool) -> JSONValue {
        guard usesBase64 else { return .array(vector.map { .number($0.shortest) }) }
        var bytes = Data(capacity: vector.count * 4)
        for component in vector { withUnsafeBytes(of: component.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
        return .string(bytes.base64EncodedString())
    }
}
