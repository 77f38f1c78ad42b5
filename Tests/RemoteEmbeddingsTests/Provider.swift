import Embeddings
import Foundation
import JSON
import RemoteEmbeddings
import ScriptedUpstream
import Synchronization
import TestSupport
import Upstream

/// A provider of synthetic vectors: each text always gets the same one, of any non-zero length.
enum Provider {
    static let dimension = 8

    /// Not normalised, since that is the embedder's task.
    static func vector(_ input: String, dimension: Int = dimension) -> [Float] {
        var seed: UInt64 = 14_695_981_039_346_656_037
        for byte in input.utf8 { seed = (seed ^ UInt64(byte)) &* 1_099_511_628_211 }
        var rng = SplitMix64(seed: seed)
        return randomVector(dimension, &rng).map { $0 * 3 }
    }

    /// Returns a request's inputs: texts unchanged, token arrays as their ids.
    static func inputs(_ request: ScriptedRequest) -> [String] {
        (request.json["input"]?.arrayValue ?? []).map { $0.stringValue ?? $0.description }
    }

    static func row(_ index: Int, _ vector: [Float]) -> JSONValue {
        ["object": "embedding", "index": .init(index), "embedding": .array(vector.map { .number(Double($0)) })]
    }

    /// Responds in OpenAI's format.
    static func answer(_ request: ScriptedRequest, dimension: Int = dimension, usage: JSONValue? = nil) -> JSONValue {
        let rows = inputs(request).enumerated().map { row($0, vector($1, dimension: dimension)) }
        var answer: JSONObject = ["object": "list", "model": request.json["model"] ?? .null, "data": .array(rows)]
        answer["usage"] = usage
        return .object(answer)
    }

    static let script: ScriptedUpstream.Script = { .json(answer($0)) }

    /// Runs `body` with an embedder that uses a provider with the given script.
    static func serve<Value: Sendable>(
        _ script: @escaping ScriptedUpstream.Script = script, options: RemoteEmbeddingOptions = .init(model: "m", dimension: dimension),
        _ body: @escaping @Sendable (RemoteEmbedder, ScriptedUpstream) async throws -> Value
    ) async throws -> Value {
        try await ScriptedUpstream.serve(script) { server in try await body(embedder(server, options), server) }
    }

    static func embedder(_ server: ScriptedUpstream, _ options: RemoteEmbeddingOptions) async throws -> RemoteEmbedder {
        try await RemoteEmbedder.connect(options, client: client(server.base))
    }

    /// Retries immediately; "random" returns the maximum.
    static func client(_ base: String) throws -> UpstreamClient {
        let pacing = UpstreamPacing(now: { 0 }, sleep: { _ in try Task.checkCancellation() }, random: { $0.upperBound })
        return try UpstreamClient(base: BaseURL(base), key: Secret("sk-verysecret"), transport: UpstreamTransport(), pacing: pacing)
    }
}
