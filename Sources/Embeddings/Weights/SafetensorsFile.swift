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

    /// The tensor of that name, which must have that shape.
    ///
    /// - Throws: `.modelInvalid` where it is missing or of another shape, `.unsupported` where of a type not read.
    func tensor(_ tensorName: String, shape: [Int]) throws(EmbeddingError) -> FloatTensor {
        guard let description = header.tensors[tensorName] else { throw .invalid(name, tensorName, "missing") }
        guard description.shape == shape else {
            throw .invalid(name, tensorName, "has shape \(description.shape), config.json wants \(shape)")
        }
        guard let type = description.type else {
            throw .unsupported(name, tensorName, "is not of type F32, F16 or BF16")
        }
        return FloatTensor(description, type, dataOffset: header.dataOffset, in: file)
    }

    func contains(_ tensorName: String) -> Bool { header.tensors[tensorName] != nil }

    /// Gives back the memory of what was read so far; tensors are read again from the file when they are used.
    func releasePages() { file.releasePages() }

    /// A sample of the file that changes with its weights; see `ModelFingerprint`.
    func addSample(to fingerprint: inout ModelFingerprint) throws(EmbeddingError) {
        try file.withSpan { bytes throws(EmbeddingError) in fingerprint.addSample(bytes, whole: header.dataOffset) }
    }
}
