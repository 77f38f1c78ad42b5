/// Who asks for vectors; the embedder knows no more of them.
///
/// Callers take turns, each has a share of the queue of its own, and what was computed for one is never handed to another:
/// how fast an answer comes must not tell what others asked.
public struct EmbeddingCaller: Hashable, Sendable {
    public let name: String
    /// Tells apart callers that have the same name one after the other.
    public let generation: String

    public init(_ name: String, generation: String = "") {
        self.name = name
        self.generation = generation
    }

    /// Whoever asks on nobody's behalf: the operator's tools, benchmarks.
    public static let anonymous = EmbeddingCaller("")
}
