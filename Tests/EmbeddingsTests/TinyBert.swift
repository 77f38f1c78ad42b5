import Foundation
import TestSupport

/// A BERT with random weights and a simple forward pass in double precision, one token at a time: the reference for the encoder. Written
/// from the paper and from `modeling_bert.py`, independently of the encoder.
struct TinyBert {
    let hidden: Int, heads: Int, layers: Int, inner: Int, positions: Int
    let epsilon = 1e-5
    let words: [String]
    private(set) var tensors: [(name: String, shape: [Int], values: [Float])] = []

    init(hidden: Int, heads: Int, layers: Int, inner: Int, positions: Int, seed: UInt64) {
        (self.hidden, self.heads, self.layers, self.inner, self.positions) = (hidden, heads, layers, inner, positions)
        words = (0..<40).map { "w\($0)" }
        var rng = SplitMix64(seed: seed)
        func add(_ name: String, _ shape: [Int], around center: Float = 0, by spread: Float = 0.5) {
            let values = randomVector(shape.reduce(1, *), &rng).map { center + spread * $0 }
            tensors.append((name, shape, values))
        }
        func norm(_ name: String) {
            add(name + ".weight", [hidden], around: 1)
            add(name + ".bias", [hidden])
        }
        func linear(_ name: String, _ outputs: Int, _ inputs: Int) {
            add(name + ".weight", [outputs, inputs])
            add(name + ".bias", [outputs])
        }
        add("embeddings.word_embeddings.weight", [vocabularySize, hidden], by: 1)
        add("embeddings.position_embeddings.weight", [positions, hidden])
        add("embeddings.token_type_embeddings.weight", [2, hidden])
        norm("embeddings.LayerNorm")
        for layer in 0..<layers {
            let name = "encoder.layer.\(layer)"
            for part in ["query", "key", "value"] { linear("\(name).attention.self.\(part)", hidden, hidden) }
            linear("\(name).attention.output.dense", hidden, hidden)
            norm("\(name).attention.output.LayerNorm")
            linear("\(name).intermediate.dense", inner, hidden)
            linear("\(name).output.dense", hidden, inner)
            norm("\(name).output.LayerNorm")
        }
    }

    var vocabularySize: Int { TinyModel.specials.count + words.count }

    var configuration: String {
        """
        {"model_type": "bert", "hidden_act": "gelu", "hidden_size": \(hidden), "num_attention_heads": \(heads),
         "num_hidden_layers": \(layers), "intermediate_size": \(inner), "max_position_embeddings": \(positions),
         "type_vocab_size": 2, "vocab_size": \(vocabularySize), "layer_norm_eps": \(epsilon)}
        """
    }

    /// Computes the vector of one sequence, L2-normalised.
    func vector(_ tokens: [Int32], cls: Bool) -> [Float] {
        var x = embedded(tokens)
        for layer in 0..<layers { x = self.layer(x, "encoder.layer.\(layer)") }
        let rows = cls ? [x[0]] : x
        let mean = (0..<hidden).map { c in rows.reduce(0) { $0 + $1[c] } / Double(rows.count) }
        let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return mean.map { Float($0 / length) }
    }

    private func embedded(_ tokens: [Int32]) -> [[Double]] {
        let word = tensor("embeddings.word_embeddings.weight")
        let position = tensor("embeddings.position_embeddings.weight")
        let type = tensor("embeddings.token_type_embeddings.weight")
        return tokens.enumerated().map { t, id in
            norm((0..<hidden).map { word[Int(id) * hidden + $0] + position[t * hidden + $0] + type[$0] }, "embeddings.LayerNorm")
        }
    }

    private func layer(_ x: [[Double]], _ name: String) -> [[Double]] {
        let attended = attention(x, name)
        let middle = zip(x, attended).map { x, a in
            norm(zip(linear(a, "\(name).attention.output.dense"), x).map(+), "\(name).attention.output.LayerNorm")
        }
        return middle.map { row in
            let wide = linear(row, "\(name).intermediate.dense").map { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }
            return norm(zip(linear(wide, "\(name).output.dense"), row).map(+), "\(name).output.LayerNorm")
        }
    }

    private func attention(_ x: [[Double]], _ name: String) -> [[Double]] {
        let q = x.map { linear($0, "\(name).attention.self.query") }
        let k = x.map { linear($0, "\(name).attention.self.key") }
        let v = x.map { linear($0, "\(name).attention.self.value") }
        let size = hidden / heads
        return x.indices.map { i in
            (0..<hidden).map { c in
                let columns = c / size * size..<(c / size + 1) * size
                let scores = x.indices.map { j in columns.reduce(0) { $0 + q[i][$1] * k[j][$1] } / Double(size).squareRoot() }
                let top = scores.max() ?? 0
                let weights = scores.map { exp($0 - top) }
                return x.indices.reduce(0) { $0 + weights[$1] * v[$1][c] } / weights.reduce(0, +)
            }
        }
    }

    private func linear(_ x: [Double], _ name: String) -> [Double] {
        let (weight, bias) = (tensor(name + ".weight"), tensor(name + ".bias"))
        return bias.indices.map { o in x.indices.reduce(bias[o]) { $0 + weight[o * x.count + $1] * x[$1] } }
    }

    private func norm(_ x: [Double], _ name: String) -> [Double] {
        let (scale, shift) = (tensor(name + ".weight"), tensor(name + ".bias"))
        let mean = x.reduce(0, +) / Double(x.count)
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
        return x.indices.map { (x[$0] - mean) / (variance + epsilon).squareRoot() * scale[$0] + shift[$0] }
    }

    private func tensor(_ name: String) -> [Double] {
        tensors.first { $0.name == name }?.values.map(Double.init) ?? []
    }
}
