/// The caller that an embedding request is made for; the embedder knows nothing else about it.
///
/// The queue is fair between callers and limits each of them, and a vector computed for one caller is never returned to another:
/// response times must not reveal what other callers requested.
public struct EmbeddingCaller: Hashable, Sendable {
    public let name: String
    /// Distinguishes callers that use the same name one after the other.
    public let incarnation: String

    public init(_ name: String, incarnation: String = "") {
        self.name = name
        self.incarnation = incarnation
    }

    /// The caller of requests on nobody's behalf: operator tools, benchmarks.
    public static let anonymous = EmbeddingCaller("")
}
