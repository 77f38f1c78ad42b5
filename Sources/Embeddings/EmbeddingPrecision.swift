/// The arithmetic of the encoder's matrix products. Vectors of one are never compared with those of the other.
public enum EmbeddingPrecision: String, Sendable, CaseIterable {
    case float32
    /// Weights and word embeddings in 8 bits, activations in 8 bits for each product: more than twice as fast in half
    /// the memory, at cosines to float32 around 0.9995.
    case int8
}
