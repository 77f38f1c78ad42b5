internal import Embeddings
internal import Foundation
internal import JSON

/// A provider's response to `POST /embeddings`, validated: one vector for each input, in the inputs' order.
struct EmbeddingsResponse {
    /// `count × dimension` components, row-major; each row L2-normalised.
    let vectors: [Float]
    let dimension: Int
    /// Number of tokens of all inputs, if the provider reports a plausible number.
    let promptTokens: Int?

    /// Maximum plausible number of tokens in one request.
    private static let maximumTokens = 1 << 31

    /// - Parameters:
    ///   - count: number of inputs, at least 1.
    ///   - dimension: the required dimension; `nil` accepts any, if it is the same for all vectors.
    /// - Throws: `.remoteInvalid` if the response does not match the request, or a vector is NaN, ∞ or zero.
    init(_ body: [UInt8], count: Int, dimension: Int?) throws(EmbeddingError) {
        guard let answer = try? JSONValue(parsingLeniently: body, limits: .trusted) else { throw Self.invalid("not JSON") }
        guard let rows = answer["data"]?.arrayValue else { throw Self.invalid("\"data\" must be an array") }
        guard rows.count == count else { throw Self.invalid("expected \(count) vectors, got \(rows.count)") }
        var ordered = [[Float]?](repeating: nil, count: count)
        for row in rows {
            guard let index = row["index"]?.intValue, ordered.indices.contains(index) else {
                throw Self.invalid("a vector's \"index\" must be between 0 and \(count - 1)")
            }
            guard ordered[index] == nil else { throw Self.invalid("duplicate vector index \(index)") }
            ordered[index] = try Self.vector(row["embedding"])
        }
        let vectors = ordered.compactMap(\.self)
        let expected = dimension ?? vectors.first?.count ?? 0
        guard RemoteEmbeddingOptions.dimensions.contains(expected) else { throw Self.invalid("unsupported vector dimension \(expected)") }
        for vector in vectors where vector.count != expected {
            throw Self.invalid("expected vectors of \(expected) components, got \(vector.count)")
        }
        self.dimension = expected
        self.vectors = try Self.normalised(vectors)
        promptTokens = answer["usage"]?["prompt_tokens"]?.intValue.flatMap { (1...Self.maximumTokens).contains($0) ? $0 : nil }
    }

    /// Reads a vector: numbers, or base64 of little-endian float32. Providers may return either, whatever the request says.
    private static func vector(_ value: JSONValue?) throws(EmbeddingError) -> [Float] {
        switch value {
        case .array(let numbers):
            var vector: [Float] = []
            vector.reserveCapacity(numbers.count)
            for number in numbers {
                guard let number = number.doubleValue else { throw invalid("a vector component is not a number") }
                vector.append(Float(number))
            }
            return vector
        case .string(let text):
            guard let data = Data(base64Encoded: text), data.count % 4 == 0 else { throw invalid("a vector is not base64 of float32") }
            let bytes = [UInt8](data)
            return stride(from: 0, to: bytes.count, by: 4).map { place in
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << (8 * $1) }
                return Float(bitPattern: bits)
            }
        default: throw invalid("a vector is missing")
        }
    }

    private static func normalised(_ rows: [[Float]]) throws(EmbeddingError) -> [Float] {
        var vectors: [Float] = []
        vectors.reserveCapacity(rows.count * (rows.first?.count ?? 0))
        for row in rows {
            // Uses double precision, in which squares of large floats do not overflow.
            let norm = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard norm.isFinite, norm > 0 else {
                throw Self.invalid("a vector contains NaN or infinity, or is zero")
            }
            vectors.append(contentsOf: row.lazy.map { Float(Double($0) / norm) })
        }
        return vectors
    }

    static func invalid(_ what: String) -> EmbeddingError {
        EmbeddingError(.remoteInvalid, "the embedding provider returned an invalid response: \(what)")
    }
}
