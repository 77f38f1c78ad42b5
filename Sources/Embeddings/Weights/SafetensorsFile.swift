internal import Foundation

/// The tensors of a `model.safetensors`, by name.
struct SafetensorsFile: Sendable {
    let name: String
    let header: SafetensorsHeader
    private let file: MappedFile

    init(_ url: URL) throws(EmbeddingError) {
        let name = url.lastPathComponent
        let file = try MappedFile(url)
        header = try file.withSpan { bytes throws(EmbeddingError) in try SafetensorsHeader(bytes, file: name) }
        file.prefetch()
        self.name = name
        self.file = file
    }

    /// Returns the tensor of that name, which must have that shape.
    ///
    /// - Throws: `.modelInvalid` if it is missing or has another shape, `.unsupported` if its element type is not supported.
    func tensor(_ tensorName: String, shape: [Int]) throws(EmbeddingError) -> FloatTensor {
        guard let description = header.tensors[tensorName] else { throw .invalid(name, tensorName, "missing") }
        guard description.shape == shape else {
            throw .invalid(name, tensorName, "has shape \(description.shape), but config.json requires \(shape)")
        }
        guard let type = description.type else {
            throw .unsupported(name, tensorName, "must have type F32, F16 or BF16")
        }
        return FloatTensor(description, type, dataOffset: header.dataOffset, in: file)
    }

    func contains(_ tensorName: String) -> Bool { header.tensors[tensorName] != nil }

    /// Releases the memory of the pages read so far; the next access reads them from the file again.
    func releasePages() { file.releasePages() }

    /// Adds a sample of the file, which changes with its weights, to a fingerprint; see `ModelFingerprint`.
    func addSample(to fingerprint: inout ModelFingerprint) throws(EmbeddingError) {
        try file.withSpan { bytes throws(EmbeddingError) in fingerprint.addSample(bytes, whole: header.dataOffset) }
    }
}
