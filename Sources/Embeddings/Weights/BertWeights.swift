internal import Kernels

/// The tensors of a BERT encoder. The layers' matrices are packed for the kernels, and their pages in the mapped file released. A head's
/// query, key and value weights are packed side by side, so that one product computes all three. In float32, the word embeddings stay
/// mapped, as the position embeddings do: memory holds only the rows that texts have used.
struct BertWeights: Sendable {
    struct Norm: Sendable {
        let scale: [Float]
        let shift: [Float]
    }

    struct Layer: Sendable {
        /// The weights of each head: queries, keys, values side by side.
        let queryKeyValue: [LinearWeight]
        let queryKeyValueBias: [[Float]]
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
    /// Row 0 of the token type embeddings: a single text has no second type.
    let type: [Float]
    let embeddingNorm: Norm
    let layers: [Layer]

    /// - Throws: `.modelInvalid` for a tensor that is missing, has another shape or, for `.int8`, is not finite; `.unsupported`
    ///   for an unsupported element type.
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
        /// The prefix of tensor names: `bert.` in a model that was saved together with a task's head, otherwise empty.
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

        /// Returns a linear layer's weight, rows × columns.
        func linear(_ name: String, _ rows: Int, _ columns: Int) throws(EmbeddingError) -> FloatTensor {
            let tensor = try matrix(name, rows, columns)
            if precision == .int8 { try requireFinite(tensor, "\(name).weight") }
            return tensor
        }

        /// Packs the matrices for the kernels; in float32 into one block of memory, allocated once the file is known to hold them.
        private func pack(_ matrices: [FloatTensor]) -> [LinearWeight] {
            let rooms = matrices.map { PackedMemory.room(inputs: $0.shape[1], outputs: $0.shape[0]) }
            let memory = precision == .float32 ? PackedMemory(floats: rooms.reduce(0, +)) : nil
            return matrices.map { matrix in
                let (outputs, inputs) = (matrix.shape[0], matrix.shape[1])
                return matrix.withSpan { LinearWeight($0, outputs: outputs, inputs: inputs, precision, memory) }
            }
        }

        /// Throws if an element is not finite: 8-bit quantization would hide it, whereas it shows in the vectors of float32.
        private func requireFinite(_ tensor: FloatTensor, _ name: String) throws(EmbeddingError) {
            guard tensor.isFinite else { throw .invalid(file.name, "\(prefix)\(name)", "contains NaN or infinity") }
        }

        func bias(_ name: String, _ count: Int) throws(EmbeddingError) -> [Float] {
            let tensor = try file.tensor("\(prefix)\(name).bias", shape: [count])
            if precision == .int8 { try requireFinite(tensor, "\(name).bias") }
            return tensor.copy()
        }

        /// Returns a norm; older files name its scale and shift gamma and beta.
        func norm(_ name: String) throws(EmbeddingError) -> Norm {
            let name = prefix + name
            let old = file.contains("\(name).gamma")
            let scale = try file.tensor("\(name).\(old ? "gamma" : "weight")", shape: [sizes.hiddenSize])
            let shift = try file.tensor("\(name).\(old ? "beta" : "bias")", shape: [sizes.hiddenSize])
            return Norm(scale: scale.copy(), shift: shift.copy())
        }

        func layer(_ name: String) throws(EmbeddingError) -> Layer {
            let (hidden, inner) = (sizes.hiddenSize, sizes.intermediateSize)
            var projections: [FloatTensor] = []
            var biases: [[Float]] = []
            for projection in ["query", "key", "value"].map({ "\(name).attention.self.\($0)" }) {
                projections.append(try linear(projection, hidden, hidden))
                biases.append(try bias(projection, hidden))
            }
            let heads = (0..<sizes.headCount).map { $0 * sizes.headSize..<($0 + 1) * sizes.headSize }
            let others = [
                try linear("\(name).attention.output.dense", hidden, hidden),
                try linear("\(name).intermediate.dense", inner, hidden),
                try linear("\(name).output.dense", hidden, inner),
            ]
            let weights = pack(heads.map { FloatTensor(stacking: $0, of: projections) } + others)
            return Layer(
                queryKeyValue: Array(weights[..<heads.count]),
                queryKeyValueBias: heads.map { rows in biases.flatMap { $0[rows] } },
                attentionOutput: weights[heads.count],
                attentionOutputBias: try bias("\(name).attention.output.dense", hidden),
                attentionNorm: try norm("\(name).attention.output.LayerNorm"),
                intermediate: weights[heads.count + 1],
                intermediateBias: try bias("\(name).intermediate.dense", inner),
                output: weights[heads.count + 2],
                outputBias: try bias("\(name).output.dense", hidden),
                outputNorm: try norm("\(name).output.LayerNorm"))
        }
    }
}
