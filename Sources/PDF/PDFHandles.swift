internal import CPDFium
import Extraction

/// An open document. Its bytes outlive it, and it is used by one thread at a time.
struct PDFDocument: ~Copyable {
    let handle: cp_document
    private(set) var form: cp_form?

    /// - Throws: `.encrypted` if a password is needed, `.malformed` if the file cannot be repaired.
    init(_ bytes: UnsafeRawBufferPointer) throws(ExtractError) {
        var opened: cp_document?
        switch cp_open(bytes.baseAddress, bytes.count, &opened) {
        case CP_OK: break
        case CP_PASSWORD: throw ExtractError(.encrypted, "the PDF is protected by a password")
        case CP_SECURITY: throw ExtractError(.encrypted, "the PDF is encrypted by a method that is not supported")
        default: throw ExtractError(.malformed, "the file is not a PDF that can be repaired")
        }
        guard let opened else { throw ExtractError(.malformed, "the file is not a PDF that can be repaired") }
        handle = opened
        form = cp_form_open(opened)
    }

    deinit {
        if let form { cp_form_close(form) }
        cp_close(handle)
    }

    var pageCount: Int { Int(max(0, cp_page_count(handle))) }

    func label(ofPage index: Int) -> String? { Text16.read(limit: 200) { cp_page_label(handle, Int32(index), $0, $1) } }

    var title: String? { Text16.read(limit: 2000) { cp_metadata(handle, "Title", $0, $1) } }
}

/// Strings that the library returns as UTF-16 in a buffer of the caller.
enum Text16 {
    /// - Parameter limit: the most units; longer text is `nil`.
    static func read(limit: Int, _ call: (UnsafeMutablePointer<UInt16>?, Int) -> Int) -> String? {
        let length = call(nil, 0)
        guard length > 0, length <= limit else { return nil }
        var units = [UInt16](repeating: 0, count: length + 1)
        let written = units.withUnsafeMutableBufferPointer { call($0.baseAddress, $0.count) }
        let text = String(decoding: units.prefix(min(written, length)).prefix { $0 != 0 }, as: UTF16.self)
        return text.allSatisfy(\.isWhitespace) ? nil : text
    }
}
