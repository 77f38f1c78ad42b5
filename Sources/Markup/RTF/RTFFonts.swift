/// The fonts of a document, and the code page of each.
struct RTFFonts {
    /// The code page of the document.
    var codePage = 1252
    private var codePages: [Int: Int] = [:]
    private var current: Int?

    private static let symbolCharset = 2
    /// The code page of symbol fonts, whose bytes are not letters.
    static let symbols = -1
    private static let multiByte: Set<Int> = [932, 936, 949, 950]

    mutating func begin(_ font: Int) { current = font }

    mutating func charset(_ charset: Int) {
        guard let current, codePages.count < 100_000 else { return }
        switch charset {
        case Self.symbolCharset: codePages[current] = Self.symbols
        // ANSI is what the document says, where that is an encoding of East Asia, and else Western.
        case 0: codePages[current] = Self.multiByte.contains(codePage) ? codePage : 1252
        default: codePages[current] = Self.charsets[charset]
        }
    }

    mutating func codePage(_ page: Int) { if let current, page > 0 { codePages[current] = page } }

    /// Returns the code page of a font; that of the document if the font has none.
    func codePage(of font: Int?) -> Int { font.flatMap { codePages[$0] } ?? codePage }

    func isMultiByte(_ font: Int?) -> Bool { Self.multiByte.contains(codePage(of: font)) }

    private static let charsets: [Int: Int] = [
        77: 10000, 78: 10001, 79: 10003, 80: 10008, 81: 10002, 85: 10006, 86: 10081, 88: 874, 89: 10007, 128: 932, 129: 949, 130: 949,
        134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437,
        255: 850,
    ]
}
