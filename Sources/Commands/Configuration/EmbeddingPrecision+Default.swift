import Embeddings

extension EmbeddingPrecision {
    /// The precision of a new data directory.
    static let standard = EmbeddingPrecision.int8

    /// The precision for a data directory that holds vectors of these models, where no setting says it: directories made when float32
    /// was the default keep it.
    init(besideVectorsOf tags: [String]) {
        let keepsFloat32 = tags.contains { ModelIdentity.precision(ofTag: $0) == EmbeddingPrecision.float32.rawValue }
        self = keepsFloat32 ? .float32 : .standard
    }
}
