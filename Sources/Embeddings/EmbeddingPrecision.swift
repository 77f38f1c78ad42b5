/// The arithmetic of the encoder's matrix products. Vectors of different precisions are never compared.
public enum EmbeddingPrecision: String, Sendable, CaseIterable {
    case float32
    /// 8-bit weights and word embeddings, and 8-bit activations in each product: more than twice as fast as float32 in half
    /// the memory. The cosine to the float32 vectors is around 0.9995.
    case int8
}
