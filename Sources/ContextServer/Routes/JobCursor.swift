import ByteText
import Failure

/// The position where a page of jobs ended: the number of the last job, in URL-safe base64. It grants no access: the next page is read in
/// the scope of the requesting key.
enum JobCursor {
    static func encode(_ number: Int64) -> String { Base64.encode(Array("j\(number)".utf8), alphabet: .url) }

    static func decode(_ cursor: String) throws -> Int64 {
        guard let bytes = Base64.decode(cursor, alphabet: .url), bytes.first == UInt8(ascii: "j"),
            let number = Int64(String(decoding: bytes.dropFirst(), as: UTF8.self))
        else {
            throw Failure.invalid("cursor is not valid; use the next_cursor of the previous page", field: "cursor")
        }
        return number
    }
}
