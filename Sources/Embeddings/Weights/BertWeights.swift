internal import Kernels

/// The tensors of a BERT encoder. The layers' matrices are packed for the kernels, and their pages in the mapped file released. A head's
/// query, key and value weights are packed side by side, so that one product computes all three. In float32, the word embeddings stay
/// mapped: memory holds only the rows that texts have used.
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

    let word: EmbeddingTable
    let position: [Float]
    /// Row 0 of the token type embeddings: a single text has no second type.
    let type: [Float]
    let embeddingNorm: Norm
    let layers: [Layer]

    /// - Throws: `.modelInvalid` for a tensor that is missing, has another shape or, for `.int8`, is not finite, and if the file was
    ///   truncated; `.unsupported` for an unsupported element type.
    init(_ file: SafetensorsFile, _ sizes: BertConfiguration, _ precision: EmbeddingPrecision) throws(EmbeddingError) {
        let reader = Reader(file: file, sizes: sizes, precision: precision)
        let hidden = sizes.hiddenSize
        word = try reader.words(hidden)
        position = try reader.matrix("embeddings.position_embeddings", sizes.positionCount, hidden).values()
        type = try reader.matrix("embeddings.token_type_embeddings", sizes.typeCount, hidden).rows(0..<1).values()
        embeddingNorm = try reader.norm("embeddings.LayerNorm")
        var layers: [Layer] = []
        for index in 0..<sizes.layerCount {
            layers.append(try reader.layer("encoder.layer.\(index)"))
            file.mapping.releasePages()
        }
        self.layers = layers
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

        func words(_ width: Int) throws(EmbeddingError) -> EmbeddingTable {
            let (table, rows) = (try matrix("embeddings.word_embeddings", sizes.vocabularySize, width), sizes.vocabularySize)
            if precision == .int8 {
                return .int8(
                    try QuantizedTable(rows: rows, columns: width) { rows throws(EmbeddingError) in try table.rows(rows).finiteValues() })
            }
            return table.isReadableInPlace ? .mapped(file.mapping, offset: table.offset, rows: rows) : .float32(try table.values())
        }

        /// Packs matrices for the kernels, each the given parts below one another; in float32 into one block of memory, allocated
        /// once the file is known to hold them. Only one matrix at a time is in memory unpacked.
        private func pack(_ matrices: [[FloatTensor]]) throws(EmbeddingError) -> [LinearWeight] {
            let shapes = matrices.map { parts in (outputs: parts.reduce(0) { $0 + $1.shape[0] }, inputs: parts[0].shape[1]) }
            let room = shapes.reduce(0) { $0 + PackedMemory.room(inputs: $1.inputs, outputs: $1.outputs) }
            let memory = precision == .float32 ? PackedMemory(floats: room) : nil
            var weights: [LinearWeight] = []
            for (parts, shape) in zip(matrices, shapes) {
                var matrix = try values(parts[0])
                for part in parts[1...] { matrix += try values(part) }
                weights.append(LinearWeight(matrix.span, outputs: shape.outputs, inputs: shape.inputs, precision, memory))
            }
            return weights
        }

        /// Returns the elements. Throws for `.int8` if one is not finite: 8-bit quantization would hide it, whereas it shows in the
        /// vectors of float32.
        private func values(_ tensor: FloatTensor) throws(EmbeddingError) -> [Float] {
            precision == .int8 ? try tensor.finiteValues() : try tensor.values()
        }

        func bias(_ name: String, _ count: Int) throws(EmbeddingError) -> [Float] {
            try values(file.tensor("\(prefix)\(name).bias", shape: [count]))
        }

        /// Returns a norm; older files name its scale and shift gamma and beta.
        func norm(_ name: String) throws(EmbeddingError) -> Norm {
            let name = prefix + name
            let old = file.contains("\(name).gamma")
            let scale = try file.tensor("\(name).\(old ? "gamma" : "weight")", shape: [sizes.hiddenSize])
            let shift = try file.tensor("\(name).\(old ? "beta" : "bias")", shape: [sizes.hiddenSize])
            return Norm(scale: try scale.values(), shift: try shift.values())
        }

        func layer(_ name: String) throws(EmbeddingError) -> Layer {
            let (hidden, inner) = (sizes.hiddenSize, sizes.intermediateSize)
            var projections: [FloatTensor] = []
            var biases: [[Float]] = []
            for projection in ["query", "key", "value"].map({ "\(name).attention.self.\($0)" }) {
                projections.append(try matrix(projection, hidden, hidden))
                biases.append(try bias(projection, hidden))
            }
            let heads = (0..<sizes.headCount).map { $0 * sizes.headSize..<($0 + 1) * sizes.headSize }
            let others = [
                try matrix("\(name).attention.output.dense", hidden, hidden),
                try matrix("\(name).intermediate.dense", inner, hidden),
                try matrix("\(name).output.dense", hidden, inner),
            ]
            let weights = try pack(heads.map { rows in projections.map { $0.rows(rows) } } + others.map { [$0] })
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
