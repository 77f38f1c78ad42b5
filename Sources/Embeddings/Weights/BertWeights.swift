internal import Kernels

/// The tensors of a BERT encoder. The layers' matrices are copied into the layout of the kernels, and the file's pages of
/// them given back; queries, keys and values stand side by side, so that one product gives all three. In float32, word
/// embeddings stay mapped, as position embeddings do: of them, memory holds what texts have needed.
struct BertWeights: Sendable {
    struct Norm: Sendable {
        let scale: [Float]
        let shift: [Float]
    }

    struct Layer: Sendable {
        let queryKeyValue: LinearWeight
        let queryKeyValueBias: [Float]
        let attentionOutput: LinearWeight
        let attentionOutputBias: [Float]
        let attentionNorm: Norm
        let intermediate: LinearWeight
        let intermediateBias: [Float]
        let output: LinearWeight
        let outputBias: [Float]
        let outputNorm: Norm
    }

    let word: WordTable
    let position: FloatTensor
    /// The row of type 0: a text alone has no second type.
    let type: [Float]
    let embeddingNorm: Norm
    let layers: [Layer]

    /// - Throws: `.modelInvalid` for a tensor that is missing, of another shape, or for `.int8` not finite; `.unsupported`
    ///   for a type that is not read.
    init(_ file: SafetensorsFile, _ sizes: BertConfiguration, _ precision: EmbeddingPrecision) throws(EmbeddingError) {
        let reader = Reader(file: file, sizes: sizes, precision: precision)
        let hidden = sizes.hiddenSize
        word = try reader.words(hidden)
        position = try reader.matrix("embeddings.position_embeddings", sizes.positionCount, hidden)
        type = Array(try reader.matrix("embeddings.token_type_embeddings", sizes.typeCount, hidden).copy()[..<hidden])
        embeddingNorm = try reader.norm("embeddings.LayerNorm")
        var layers: [Layer] = []
        for index in 0..<sizes.layerCount { layers.append(try reader.layer("encoder.layer.\(index)")) }
        self.layers = layers
        file.releasePages()
    }

    private struct Reader {
        let file: SafetensorsFile
        let sizes: BertConfiguration
        let precision: EmbeddingPrecision
        /// A model saved together with a task's head has its encoder's names under `bert.`.
        let prefix: String

        init(file: SafetensorsFile, sizes: BertConfiguration, precision: EmbeddingPrecision) {
            self.file = file
            self.sizes = sizes
            self.precision = precision
            prefix = file.contains("bert.embeddings.word_embeddings.weight") ? "bert." : ""
        }

        func matrix(_ name: String, _ rows: Int, _ columns: Int) throws(EmbeddingError) -> FloatTensor {
            try file.tensor("\(prefix)\(name).weight", shape: [rows, columns])
        }

        func words(_ width: Int) throws(EmbeddingError) -> WordTable {
            let table = try matrix("embeddings.word_embeddings", sizes.vocabularySize, width)
            guard precision == .int8 else { return .float32(table) }
            try requireFinite(table, "embeddings.word_embeddings.weight")
            return .int8(table.withSpan { QuantizedTable(quantizing: $0, rows: sizes.vocabularySize, columns: width) })
        }

        /// The matrices below one another, laid out for the kernels.
        func linear(_ names: [String], _ rows: Int, _ columns: Int) throws(EmbeddingError) -> LinearWeight {
            var tensors: [FloatTensor] = []
            for name in names {
                let tensor = try matrix(name, rows, columns)
                if precision == .int8 { try requireFinite(tensor, "\(name).weight") }
                tensors.append(tensor)
            }
            let whole = tensors.count == 1 ? tensors[0] : FloatTensor(stacking: tensors)
            return whole.withSpan { LinearWeight($0, outputs: names.count * rows, inputs: columns, precision) }
        }

        /// What is not finite shows in float32's vectors; 8 bits would hide it.
        private func requireFinite(_ tensor: FloatTensor, _ name: String) throws(EmbeddingError) {
            guard tensor.isFinite else { throw .invalid(file.name, "\(prefix)\(name)", "has NaN or ∞") }
        }

        func bias(_ name: String, _ count: Int) throws(EmbeddingError) -> [Float] {
            let tensor = try file.tensor("\(prefix)\(name).bias", shape: [count])
            if precision == .int8 { try requireFinite(tensor, "\(name).bias") }
            return tensor.copy()
        }

        /// Older files call a norm's scale and shift gamma and beta.
        func norm(_ name: String) throws(EmbeddingError) -> Norm {
            let name = prefix + name
            let old = file.contains("\(name).gamma")
            let scale = try file.tensor("\(name).\(old ? "gamma" : "weight")", shape: [sizes.hiddenSize])
            let shift = try file.tensor("\(name).\(old ? "beta" : "bias")", shape: [sizes.hiddenSize])
            return Norm(scale: scale.copy(), shift: shift.copy())
        }

        func layer(_ name: String) throws(EmbeddingError) -> Layer {
            let (hidden, inner) = (sizes.hiddenSize, sizes.intermediateSize)
            let projections = ["query", "key", "value"].map { "\(name).attention.self.\($0)" }
            var biases: [Float] = []
            for projection in projections { biases += try bias(projection, hidden) }
            return Layer(
                queryKeyValue: try linear(projections, hidden, hidden),
                queryKeyValueBias: biases,
                attentionOutput: try linear(["\(name).attention.output.dense"], hidden, hidden),
                attentionOutputBias: try bias("\(name).attention.output.dense", hidden),
                attentionNorm: try norm("\(name).attention.output.LayerNorm"),
                intermediate: try linear(["\(name).intermediate.dense"], inner, hidden),
                intermediateBias: try bias("\(name).intermediate.dense", inner),
                output: try linear(["\(name).output.dense"], hidden, inner),
                outputBias: try bias("\(name).output.dense", hidden),
                outputNorm: try norm("\(name).output.LayerNorm"))
        }
    }
}
