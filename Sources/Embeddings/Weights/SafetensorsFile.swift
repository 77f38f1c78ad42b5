package import Foundation
internal import Kernels

/// The tensors of a `model.safetensors`, by name.
package struct SafetensorsFile: Sendable {
    let name: String
    let header: SafetensorsHeader
    let mapping: FileMapping

    package init(_ url: URL) throws(EmbeddingError) {
        let (name, mapping) = (url.lastPathComponent, try FileMapping(ofModel: url))
        header = try SafetensorsHeader(size: mapping.count, file: name) { range throws(EmbeddingError) in
            try mapping.bytes(range, of: name)
        }
        mapping.prefetch()
        (self.name, self.mapping) = (name, mapping)
    }

    /// Returns the tensor of that name, which must have that shape.
    ///
    /// - Throws: `.modelInvalid` if it is missing or has another shape, `.unsupported` if its element type is not supported.
    package func tensor(_ tensorName: String, shape: [Int]) throws(EmbeddingError) -> FloatTensor {
        guard let description = header.tensors[tensorName] else { throw .invalid(name, tensorName, "missing") }
        guard description.shape == shape else {
            throw .invalid(name, tensorName, "has shape \(description.shape), but config.json requires \(shape)")
        }
        guard let type = description.type else {
            throw .unsupported(name, tensorName, "must have type F32, F16 or BF16")
        }
        return FloatTensor(description, type, in: self)
    }

    func contains(_ tensorName: String) -> Bool { header.tensors[tensorName] != nil }

    /// Adds a sample of the file, which changes with its weights, to a fingerprint; see `ModelFingerprint`.
    func addSample(to fingerprint: inout ModelFingerprint) throws(EmbeddingError) {
        try fingerprint.addSample(size: mapping.count, whole: header.dataOffset) { range throws(EmbeddingError) in
            try mapping.bytes(range, of: name)
        }
    }
}
