import Foundation

/// A provider's key. It goes into the header that carries it and nowhere else: printed in any way it shows itself as `…`.
public struct Secret: Sendable {
    /// For the one place that puts it into a header.
    let value: String

    /// Longest that is taken, in bytes.
    public static let maximumBytes = 8192

    /// - Throws: `.badKey` for what no header can carry: nothing at all, spaces, control characters, other than ASCII.
    public init(_ value: String) throws(UpstreamError) {
        guard (1...Self.maximumBytes).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw UpstreamError(.badKey, "the key must be 1 to \(Self.maximumBytes) visible ASCII characters without spaces")
        }
        self.value = value
    }
}

extension Secret {
    /// The key that an environment variable holds.
    ///
    /// - Throws: `.badKey`; the error does not repeat `name`, in whose place someone may have written the key itself.
    public init(variable name: String, of environment: [String: String]) throws(UpstreamError) {
        guard let value = environment[name], !value.isEmpty else {
            throw UpstreamError(.badKey, "the environment variable that should hold the key is not set")
        }
        try self.init(value)
    }

    /// The key that a file holds, white space at its end aside.
    ///
    /// - Throws: `.badKey`; the error does not repeat `path`, for the reason above.
    public init(file path: String) throws(UpstreamError) {
        // Not blocking: a pipe that nobody writes to is an error and not a wait.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw UpstreamError(.badKey, "the file that should hold the key cannot be opened")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // One byte more than fits, so that a longer file is told from one that just fits; the end may be a line break.
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
