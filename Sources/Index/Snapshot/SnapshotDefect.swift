internal import Kernels

/// The reason why a snapshot is unusable. For each of them, the index starts empty.
enum SnapshotDefect: Error, Equatable {
    case missing
    /// Reading failed with this `errno`.
    case unreadable(Int32)
    case truncated(String)
    case notASnapshot
    case version(UInt32)
    case otherIdentity
    case otherDimension(Int)
    case checksum(String)
    /// The file or a part of it is malformed or contradicts another part: a bug, or a file that was altered on purpose.
    case inconsistent(String)

    init(_ error: FileMappingError) {
        self =
            switch error {
            case .missing: .missing
            case .notOpened(let code), .notMapped(let code): .unreadable(code)
            case .notRegular: .inconsistent("not a regular file")
            case .tooLarge(let size, _): .inconsistent("a file of \(size) bytes")
            }
    }

    /// A description for logs.
    var reason: String {
        switch self {
        case .missing: "no snapshot"
        case .unreadable(let code): "the snapshot cannot be read (error \(code))"
        case .truncated(let part): "the snapshot is truncated in \(part)"
        case .notASnapshot: "the file is not a snapshot"
        case .version(let version): "the snapshot has an unsupported format version: \(version)"
        case .otherIdentity: "the snapshot was created with another embedding model"
        case .otherDimension(let dimension): "the snapshot has another vector dimension: \(dimension)"
        case .checksum(let part): "the snapshot's checksum of \(part) does not match"
        case .inconsistent(let part): "the snapshot is inconsistent: \(part)"
        }
    }
}
