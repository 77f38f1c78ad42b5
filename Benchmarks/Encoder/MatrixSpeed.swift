import Foundation
import JSON
import Kernels

/// The model's sizes that determine the amount of arithmetic.
struct ModelSizes: Sendable {
    let hidden: Int, inner: Int, layers: Int

    init(folder: URL) throws {
        let value = try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: "config.json"))))
        hidden = value["hidden_size"]?.intValue ?? 0
        inner = value["intermediate_size"]?.intValue ?? 0
        layers = value["num_hidden_layers"]?.intValue ?? 0
    }

    /// Output and input sizes of the matrix products of a layer.
    var products: [(outputs: Int, inputs: Int)] {
        [(hidden * 3, hidden), (hidden, hidden), (inner, hidden), (hidden, inner)]
    }

    /// Number of operations of the matrix products for a text of `tokens` tokens, including attention.
    func operations(tokens: Int) -> Double {
        let perToken = 2 * (4 * hidden * hidden + 2 * hidden * inner) + 4 * tokens * hidden
        return Double(layers) * Double(tokens) * Double(perToken)
    }
}

/// Measures how fast the machine multiplies matrices, with independent threads.
enum MatrixSpeed {
    /// The library that multiplies.
    enum Maker: Sendable, CaseIterable { case own, openBLAS }

    /// One product, prepared. The weight is packed in advance if the library supports that.
    private struct Product {
        let rows: Int, outputs: Int, inputs: Int
        let x: [Float], weight: [Float]
        let packed: PackedMatrix

        init(rows: Int, outputs: Int, inputs: Int) {
            (self.rows, self.outputs, self.inputs) = (rows, outputs, inputs)
            x = [Float](repeating: 0.5, count: rows * inputs)
            let weight = [Float](repeating: 0.25, count: outputs * inputs)
            self.weight = weight
            packed = PackedMatrix(packing: weight.span, outputs: outputs, inputs: inputs)
        }

        var operations: Double { 2 * Double(rows) * Double(outputs) * Double(inputs) }

        func run(_ maker: Maker, into out: inout [Float]) {
            switch maker {
            case .own:
                let (la, lc) = (MatrixLayout(rows: rows, columns: inputs), MatrixLayout(rows: rows, columns: outputs))
                var span = out.mutableSpan
                packed.multiply(x.span, la, bias: Span(), into: &span, lc)
            case .openBLAS: OpenBLAS.multiply(x, rows: rows, weight, outputs: outputs, inputs: inputs, into: &out)
            }
        }
    }

    /// Measures the processor's peak arithmetic throughput: our kernel on one tile, which stays in the first-level cache.
    ///
    /// - Returns: GFLOP/s of all threads together.
    static func peak(threads: Int) async -> Double {
        await onThreads(threads) { measure(.own, [Product(rows: 24, outputs: packedStepColumns, inputs: 128)]) }
    }

    /// Runs the matrix products of a layer over `rows` rows, one after the other.
    ///
    /// - Returns: GFLOP/s of all threads together.
    static func layer(_ sizes: ModelSizes, rows: Int, _ maker: Maker, threads: Int) async -> Double {
        await onThreads(threads) {
            measure(maker, sizes.products.map { Product(rows: rows, outputs: $0.outputs, inputs: $0.inputs) })
        }
    }

    private static func onThreads(_ threads: Int, _ body: @escaping @Sendable () -> Double) async -> Double {
        await withTaskGroup(of: Double.self) { group in
            for _ in 0..<threads { group.addTask { body() } }
            return await group.reduce(0, +)
        }
    }

    /// Computes GFLOP/s from the shortest time measured for each product, since other processes may use the machine too.
    private static func measure(_ maker: Maker, _ products: [Product]) -> Double {
        var out = [Float](repeating: 0, count: products.map { $0.rows * $0.outputs }.max() ?? 0)
        let clock = ContinuousClock()
        let start = clock.now
        var best = [Double](repeating: .infinity, count: products.count)
        while start.duration(to: clock.now) < .seconds(0.5) {
            for (index, product) in products.enumerated() {
                // Reading the clock takes about 50 ns, so short products are timed several at a time.
                let repeats = max(1, Int(1e7 / product.operations))
                let seconds = clock.measure { for _ in 0..<repeats { product.run(maker, into: &out) } }.seconds
                best[index] = min(best[index], seconds / Double(repeats))
            }
        }
        return products.reduce(0) { $0 + $1.operations } / best.reduce(0, +) / 1e9
    }
}
