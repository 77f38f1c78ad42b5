import Foundation

/// A provider's API key. It is sent only in the header that carries it; every printed form of it is `…`.
public struct Secret: Sendable {
    /// The key itself, for the code that sets the header or signs with it.
    package let value: String

    /// Maximum length of a key, in bytes.
    public static let maximumBytes = 8192

    /// - Throws: `.badKey` for a key that no header can carry: empty, too long, or with spaces, control or non-ASCII characters.
    public init(_ value: String) throws(UpstreamError) {
        guard (1...Self.maximumBytes).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw UpstreamError(.badKey, "the key must be 1 to \(Self.maximumBytes) visible ASCII characters without spaces")
        }
        self.value = value
    }
}

extension Secret {
    /// Reads the key from an environment variable.
    ///
    /// - Throws: `.badKey`; the error does not repeat `name`, which may be the key itself by mistake.
    public init(variable name: String, of environment: [String: String]) throws(UpstreamError) {
        guard let value = environment[name], !value.isEmpty else {
            throw UpstreamError(.badKey, "the environment variable that should hold the key is not set")
        }
        try self.init(value)
    }

    /// Reads the key from a file; white space around it is ignored.
    ///
    /// - Throws: `.badKey`; the error does not repeat `path`, for the same reason.
    public init(file path: String) throws(UpstreamError) {
        // O_NONBLOCK: a pipe without a writer is an error instead of a wait.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw UpstreamError(.badKey, "the file that should hold the key cannot be opened")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // Reads slightly more than the maximum, to detect a longer key; the file may end with a line break.
        guard let data = try? handle.read(upToCount: Self.maximumBytes + 3) else {
            throw UpstreamError(.badKey, "the file that should hold the key cannot be read")
        }
        let text = String(decoding: data, as: UTF8.self)
        try self.init(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "…" }
    public var debugDescription: String { "…" }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
