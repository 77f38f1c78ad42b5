import Extraction

/// The texts that the cells of a workbook share.
final class SharedStrings: XMLHandler {
    enum Element: String {
        case item = "x:si"
        case text = "x:t"
        case phonetic = "x:rPh"
    }

    private(set) var texts: [String] = []
    private var text: [UInt8] = []
    private var isInText = false
    private var phonetics = 0
    private var bytes = 0

    /// Maximum number of texts, and maximum size of all of them, in bytes.
    private static let maxTexts = 5_000_000
    private static let maxBytes = 128 << 20

    func start(_ element: Element, _ attributes: XMLAttributes) {
        switch element {
        case .item: text.removeAll(keepingCapacity: true)
        case .text: isInText = true
        case .phonetic: phonetics += 1
        }
    }

    func end(_ element: Element) throws(ExtractError) {
        switch element {
        case .item:
            bytes += text.count
            guard texts.count < Self.maxTexts, bytes <= Self.maxBytes else {
                throw ExtractError(.tooLarge, "the workbook has more than \(Self.maxBytes) bytes of shared text")
            }
            texts.append(String(decoding: text, as: UTF8.self))
        case .text: isInText = false
        case .phonetic: phonetics = max(0, phonetics - 1)
        }
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        if isInText, phonetics == 0 { text.append(contentsOf: bytes) }
    }
}
