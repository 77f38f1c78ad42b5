/// A BERT encoder with its weights; `ForwardPass` runs it.
struct BertEncoder: Sendable {
    let sizes: BertConfiguration
    let weights: BertWeights
    let pooling: Pooling
    let precision: EmbeddingPrecision
}
