internal import ByteText
internal import JSON

/// The header of a safetensors file:
///
///     bytes 0 ..< 8       N, the length of the header, little-endian, at most 100 000 000
///     bytes 8 ..< 8 + N   a JSON object: name → {"dtype": …, "shape": […], "data_offsets": [begin, end]}, offsets
///                         counted from byte 8 + N; "__metadata__" is no tensor
///     bytes 8 + N ...     the tensors: little-endian, row-major, without gaps or overlap, to the end of the file
///
/// - Source: the format's README and `SafeTensors::read_metadata` of huggingface/safetensors, whose limits these are.
package struct SafetensorsHeader: Sendable {
    package static let limit = 100_000_000
    /// Maximum length of a tensor's name, in bytes.
    private static let longestName = 512

    package let tensors: [String: TensorDescription]
    /// Offset of the data in the file.
    package let dataOffset: Int

    /// - Parameters:
    ///   - size: the size of the file, in bytes.
    ///   - file: the file's name, for errors.
    ///   - read: returns a part of the file.
    /// - Throws: `.modelInvalid`, naming the tensor and the field; what `read` throws.
    package init(
        size: Int, file: String, reading read: (Range<Int>) throws(EmbeddingError) -> [UInt8]
    ) throws(EmbeddingError) {
        guard size >= 8 else { throw .invalid(file, "header", "missing, the file has only \(size) bytes") }
        dataOffset = 8 + (try Self.headerLength(try read(0..<8), size: size, file: file))
        let text = try read(8..<dataOffset)
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: text)
        } catch {
            throw .invalid(file, "header", "not JSON: \(error)")
        }
        guard let object = root.objectValue else { throw .invalid(file, "header", "not an object") }
        let dataSize = size - dataOffset
        var found: [String: TensorDescription] = [:]
        for (name, value) in object where !name.hasSameBytes(as: "__metadata__") {
            guard name.utf8.count <= Self.longestName else { throw .invalid(file, "header", "tensor name of \(name.utf8.count) bytes") }
            guard found.updateValue(try Self.tensor(name, value, dataSize: dataSize, file: file), forKey: name) == nil else {
                throw .invalid(file, name, "duplicate name, in two Unicode normalisation forms")
            }
        }
        try Self.checkCoverage(found.values, dataSize: dataSize, file: file)
        tensors = found
    }

    private static func headerLength(_ bytes: [UInt8], size: Int, file: String) throws(EmbeddingError) -> Int {
        let length = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(limit), length <= UInt64(size - 8) else {
            throw .invalid(file, "header", "length \(length) is too large for a file of \(size) bytes")
        }
        return Int(length)
    }

    private static func tensor(
        _ name: String, _ value: JSONValue, dataSize: Int, file: String
    ) throws(EmbeddingError) -> TensorDescription {
        guard let type = value["dtype"]?.stringValue else { throw .invalid(file, "\(name).dtype", "missing") }
        guard let elements = value["shape"]?.arrayValue else { throw .invalid(file, "\(name).shape", "missing") }
        var shape: [Int] = []
        var count = 1
        for element in elements {
            guard let extent = element.intValue, extent >= 0 else {
                throw .invalid(file, "\(name).shape", "must contain non-negative integers only")
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw .invalid(file, "\(name).shape", "too large") }
            shape.append(extent)
            count = product
        }
        guard let offsets = value["data_offsets"]?.arrayValue, offsets.count == 2,
            let begin = offsets[0].intValue, let end = offsets[1].intValue,
            begin >= 0, begin <= end, end <= dataSize
        else { throw .invalid(file, "\(name).data_offsets", "must be two offsets between 0 and \(dataSize)") }
        let known = TensorType(rawValue: type)
        if let known {
            let (size, overflow) = count.multipliedReportingOverflow(by: known.size)
            guard !overflow, size == end - begin else {
                throw .invalid(file, "\(name).data_offsets", "\(end - begin) bytes do not match the shape \(shape) \(type)")
            }
        }
        return TensorDescription(name: name, type: known, shape: shape, count: count, range: begin..<end)
    }

    /// Checks that the tensors cover the data without gaps or overlap.
    private static func checkCoverage(
        _ tensors: some Collection<TensorDescription>, dataSize: Int, file: String
    ) throws(EmbeddingError) {
        var position = 0
        let ordered = tensors.sorted { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        for tensor in ordered {
            guard tensor.range.lowerBound == position else {
                throw .invalid(file, "\(tensor.name).data_offsets", "overlap or leave a gap at \(position)")
            }
            position = tensor.range.upperBound
        }
        guard position == dataSize else { throw .invalid(file, "header", "\(dataSize - position) bytes belong to no tensor") }
    }
}
