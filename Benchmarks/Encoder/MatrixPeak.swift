import Foundation
import JSON
import Kernels

/// The model's sizes, as far as they decide the arithmetic.
struct ModelSizes: Sendable {
    let hidden: Int, inner: Int, layers: Int

    init(folder: URL) throws {
        let value = try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: "config.json"))))
        hidden = value["hidden_size"]?.intValue ?? 0
        inner = value["intermediate_size"]?.intValue ?? 0
        layers = value["num_hidden_layers"]?.intValue ?? 0
    }

    /// Operations of the matrix products for a text of that many tokens, attention's among them.
    func operations(tokens: Int) -> Double {
        let perToken = 2 * (4 * hidden * hidden + 2 * hidden * inner) + 4 * tokens * hidden
        return Double(layers) * Double(tokens) * Double(perToken)
    }
}

/// What the machine reaches on the products of one layer over 512 tokens, every thread on its own matrices.
enum MatrixPeak {
    /// - Returns: GFLOP/s of all threads together.
    static func measure(_ sizes: ModelSizes, threads: Int) async -> Double {
        await withTaskGroup(of: Double.self) { group in
            for _ in 0..<threads { group.addTask { onThread(sizes) } }
            return await group.reduce(0, +)
        }
    }

    private static func onThread(_ sizes: ModelSizes) -> Double {
        let shapes = [
            (sizes.hidden * 3, sizes.hidden), (sizes.hidden, sizes.hidden), (sizes.inner, sizes.hidden),
            (sizes.hidden, sizes.inner),
        ]
        let clock = ContinuousClock()
        let start = clock.now
        var operations = 0.0
        while start.duration(to: clock.now) < .seconds(1) {
            for (outputs, inputs) in shapes { operations += product(512, outputs, inputs) }
        }
        return operations / start.duration(to: clock.now).seconds / 1e9
    }

    private static func product(_ rows: Int, _ outputs: Int, _ inputs: Int) -> Double {
        let x = [Float](repeating: 0.5, count: rows * inputs)
        let weight = [Float](repeating: 0.25, count: outputs * inputs)
        var out = [Float](repeating: 0, count: rows * outputs)
        var span = out.mutableSpan
        for _ in 0..<8 {
            multiply(
                x.span, MatrixLayout(rows: rows, columns: inputs), weight.span,
                MatrixLayout(rows: outputs, columns: inputs), transposeB: true, into: &span,
                MatrixLayout(rows: rows, columns: outputs))
        }
        return 8 * 2 * Double(rows) * Double(outputs) * Double(inputs)
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
