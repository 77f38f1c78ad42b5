/// An error in compressed data, or of zlib.
public enum CodingError: String, Error, Sendable {
    /// The data violates its format, or data follows the end of its last member.
    case corrupt
    /// The data ends before its end mark.
    case truncated
    /// zlib could not allocate its state.
    case outOfMemory
}
