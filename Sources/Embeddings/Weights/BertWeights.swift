internal import Kernels

/// The tensors of a BERT encoder. The layers' matrices are copied into the layout of the kernels, and the file's pages of
/// them given back; queries, keys and values stand side by side, so that one product gives all three. Word and position
/// embeddings stay mapped: of them, memory holds what texts have needed.
struct BertWeights: Sendable {
    struct Norm: Sendable {
        let scale: [Float]
        let shift: [Float]
    }

    struct Layer: Sendable {
        let queryKeyValue: PackedMatrix
        let queryKeyValueBias: [Float]
        let attentionOutput: PackedMatrix
        let attentionOutputBias: [Float]
        let attentionNorm: Norm
        let intermediate: PackedMatrix
        let intermediateBias: [Float]
        let output: PackedMatrix
        let outputBias: [Float]
        let outputNorm: Norm
    }

    let word: FloatTensor
    let position: FloatTensor
    /// The row of type 0: a text alone has no second type.
    let type: [Float]
    let embeddingNorm: Norm
    let layers: [Layer]

    init(_ file: SafetensorsFile, _ sizes: BertConfiguration) throws(EmbeddingError) {
        let reader = Reader(file: file, sizes: sizes)
        let hidden = sizes.hiddenSize
        word = try reader.matrix("embeddings.word_embeddings", sizes.vocabularySize, hidden)
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
        /// A model saved together with a task's head has its encoder's names under `bert.`.
        let prefix: String

        init(file: SafetensorsFile, sizes: BertConfiguration) {
            self.file = file
            self.sizes = sizes
            prefix = file.contains("bert.embeddings.word_embeddings.weight") ? "bert." : ""
        }

        func matrix(_ name: String, _ rows: Int, _ columns: Int) throws(EmbeddingError) -> FloatTensor {
            try file.tensor("\(prefix)\(name).weight", shape: [rows, columns])
        }

        /// The matrices below one another, laid out for the kernels.
        func packed(_ names: [String], _ rows: Int, _ columns: Int) throws(EmbeddingError) -> PackedMatrix {
            var tensors: [FloatTensor] = []
            for name in names { tensors.append(try matrix(name, rows, columns)) }
            let whole = tensors.count == 1 ? tensors[0] : FloatTensor(stacking: tensors)
            return whole.withSpan { PackedMatrix(packing: $0, outputs: names.count * rows, inputs: columns) }
        }

        func bias(_ name: String, _ count: Int) throws(EmbeddingError) -> [Float] {
            try file.tensor("\(prefix)\(name).bias", shape: [count]).copy()
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
                queryKeyValue: try packed(projections, hidden, hidden),
                queryKeyValueBias: biases,
                attentionOutput: try packed(["\(name).attention.output.dense"], hidden, hidden),
                attentionOutputBias: try bias("\(name).attention.output.dense", hidden),
                attentionNorm: try norm("\(name).attention.output.LayerNorm"),
                intermediate: try packed(["\(name).intermediate.dense"], inner, hidden),
                intermediateBias: try bias("\(name).intermediate.dense", inner),
                output: try packed(["\(name).output.dense"], hidden, inner),
                outputBias: try bias("\(name).output.dense", hidden),
                outputNorm: try norm("\(name).output.LayerNorm"))
        }
    }
}
