/// The sizes of a BERT encoder, from `config.json`.
struct BertConfiguration: Sendable, Equatable {
    let hiddenSize: Int
    let headCount: Int
    let layerCount: Int
    let intermediateSize: Int
    let vocabularySize: Int
    /// Number of rows of the position table.
    let positionCount: Int
    let typeCount: Int
    let layerNormEpsilon: Float

    /// Number of columns of one head.
    var headSize: Int { hiddenSize / headCount }

    /// - Throws: `.unsupported` for another architecture or activation, `.modelInvalid` for invalid sizes.
    init(_ file: ModelFile) throws(EmbeddingError) {
        let type = try file.string("model_type", default: "bert")
        guard type == "bert" else { throw .unsupported(file.name, "model_type", "must be \"bert\", got \"\(type)\"") }
        let activation = try file.string("hidden_act", default: "gelu")
        guard activation == "gelu" else {
            throw .unsupported(file.name, "hidden_act", "must be \"gelu\", got \"\(activation)\"")
        }
        let positions = try file.string("position_embedding_type", default: "absolute")
        guard positions == "absolute" else {
            throw .unsupported(file.name, "position_embedding_type", "must be \"absolute\", got \"\(positions)\"")
        }
        // The limits keep every product of two sizes far from overflow; no model in use comes near them.
        hiddenSize = try file.integer("hidden_size", in: 1...65_536)
        headCount = try file.integer("num_attention_heads", in: 1...4_096)
        layerCount = try file.integer("num_hidden_layers", in: 1...1_024)
        intermediateSize = try file.integer("intermediate_size", in: 1...1_048_576)
        vocabularySize = try file.integer("vocab_size", in: 1...16_777_216)
        positionCount = try file.integer("max_position_embeddings", in: 2...1_048_576)
        typeCount = try file.integer("type_vocab_size", in: 1...1_024)
        layerNormEpsilon = Float(try file.number("layer_norm_eps", default: 1e-12))
        guard hiddenSize % headCount == 0 else {
            throw .invalid(file.name, "num_attention_heads", "\(headCount) does not divide hidden_size \(hiddenSize)")
        }
        guard layerNormEpsilon >= 0, layerNormEpsilon < 1 else {
            throw .invalid(file.name, "layer_norm_eps", "must be between 0 and 1")
        }
    }
}
