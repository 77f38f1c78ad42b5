/// A store of uploaded files, addressed by owner and content.
///
/// An original never changes under its key. Keys of different originals may be used concurrently; the caller serialises calls for one key.
public protocol OriginalStore: Sendable {
    /// Stores the bytes durably: when this returns, they survive the end of the process and of the machine. Storing an original again
    /// changes nothing. After a failure or a crash, the store has all of it or nothing.
    ///
    /// - Throws: `OriginalError`.
    func put(_ bytes: [UInt8], as key: OriginalKey) async throws

    /// Opens an original. If it is removed before it was read, reading may fail with `.truncated`.
    ///
    /// - Returns: `nil` if there is no such original.
    /// - Throws: `OriginalError`.
    func open(_ key: OriginalKey) async throws -> (any OriginalReader)?

    /// Removes an original; there may be none.
    ///
    /// - Throws: `OriginalError`.
    func remove(_ key: OriginalKey) async throws

    /// Removes all originals of an owner.
    ///
    /// - Throws: `OriginalError`.
    func removeAll(of owner: String) async throws

    /// Returns the owners of which the store may have originals.
    ///
    /// - Throws: `OriginalError`.
    func owners() async throws -> [String]

    /// Returns the keys of an owner's originals, and removes what a crash left of unfinished ones.
    ///
    /// - Throws: `OriginalError`.
    func keys(of owner: String) async throws -> [OriginalKey]
}

/// An opened original.
public protocol OriginalReader: Sendable {
    /// Size, in bytes.
    var size: Int { get }

    /// Returns the bytes of `range`, which must be within `0..<size`.
    ///
    /// - Throws: `OriginalError`.
    func bytes(in range: Range<Int>) async throws -> [UInt8]
}

/// An error of a store of originals.
public struct OriginalError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The store is full.
        case full
        /// The store cannot be read or written.
        case unavailable
        /// An original is shorter than it was.
        case truncated
    }
    public let code: Code
    /// The message for the log: names and numbers, never text of documents.
    public let detail: String

    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }

    public var description: String { detail }
}
