internal import Foundation
internal import Kernels

extension FileMapping {
    /// Maps a file of the model folder.
    ///
    /// - Throws: `.modelMissing` if the file does not exist, `.modelInvalid` if it is not a regular file, cannot be read, or
    ///   is larger than `limit` bytes.
    convenience init(ofModel url: URL, limit: Int = .max) throws(EmbeddingError) {
        do throws(FileMappingError) {
            try self.init(path: url.path, limit: limit)
        } catch {
            throw EmbeddingError(error, url.lastPathComponent)
        }
    }

    /// Returns a copy of a part of the file.
    ///
    /// - Throws: `.modelInvalid`, naming `file`, if the file was truncated.
    func bytes(_ range: Range<Int>, of file: String) throws(EmbeddingError) -> [UInt8] {
        guard let bytes = bytes(at: range.lowerBound, count: range.count) else { throw .truncated(file) }
        return bytes
    }
}

extension EmbeddingError {
    fileprivate init(_ error: FileMappingError, _ file: String) {
        self =
            switch error {
            case .missing: EmbeddingError(.modelMissing, "\(file): no such file")
            case .notOpened(let code): .invalid(file, "file", "cannot be opened: errno \(code)")
            case .notRegular: .invalid(file, "file", "not a regular file")
            case .tooLarge(let size, let limit): .invalid(file, "file", "size must be at most \(limit) bytes, got \(size)")
            case .notMapped(let code): .invalid(file, "file", "cannot be mapped: errno \(code)")
            }
    }

    /// Returns the error for a model file that another program truncated after it was opened.
    static func truncated(_ file: String) -> EmbeddingError { .invalid(file, "file", "truncated while it was read") }
}
