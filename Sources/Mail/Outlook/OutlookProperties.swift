import Extraction

/// The properties of a message, a recipient or an attachment in Outlook's files.
///
/// Numbers are in one stream; each string and each sequence of bytes has a stream of its own, whose name is its number and type.
///
/// - Source: MS-OXMSG 21.0, sections 2.1.2 and 2.4; MS-OXPROPS for the numbers.
struct OutlookProperties {
    enum Number: UInt16 {
        case messageClass = 0x001A, subject = 0x0037, submitTime = 0x0039, senderName = 0x0C1A, senderAddress = 0x0C1F
        case recipientKind = 0x0C15, displayCc = 0x0E03, displayTo = 0x0E04, deliveryTime = 0x0E06
        case body = 0x1000, compressedRTF = 0x1009, html = 0x1013, displayName = 0x3001, address = 0x3003
        case attachment = 0x3701, shortFileName = 0x3704, fileName = 0x3707, mediaType = 0x370E, contentID = 0x3712
        case mailAddress = 0x39FE, senderMailAddress = 0x5D01, isHidden = 0x7FFE, internetCodePage = 0x3FDE, codePage = 0x3FFD
    }

    private enum Kind: UInt16 {
        case integer = 0x0003, boolean = 0x000B, object = 0x000D, string8 = 0x001E, unicode = 0x001F, time = 0x0040, binary = 0x0102
    }

    private let file: CompoundFile
    /// The entries that hold strings, bytes and objects, by number and type.
    private var streams: [UInt32: Int] = [:]
    private var values: [UInt32: UInt64] = [:]
    private(set) var recipients: [Int] = []
    private(set) var attachments: [Int] = []

    /// Maximum number of properties of a recipient or an attachment.
    private static let maximumProperties = 512

    /// - Parameters:
    ///   - storage: the entry that has the properties.
    ///   - maximumParts: the maximum number of recipients and of attachments; 0 for what has none.
    init(_ file: CompoundFile, storage: Int, maximumParts: Int) {
        self.file = file
        for child in file.children(of: storage, maximum: maximumParts > 0 ? .max : Self.maximumProperties) {
            let entry = file.entries[child]
            if entry.name.hasPrefix("__substg1.0_") {
                let digits = entry.name.dropFirst(12)
                if digits.utf8.count == 8, let tag = UInt32(digits, radix: 16) { streams[tag] = child }
            } else if entry.name.hasPrefix("__properties_version1.0") {
                readValues(file.stream(entry, limit: 1 << 20))
            } else if entry.name.hasPrefix("__recip_version1.0_"), recipients.count < maximumParts {
                recipients.append(child)
            } else if entry.name.hasPrefix("__attach_version1.0_"), attachments.count < maximumParts {
                attachments.append(child)
            }
        }
        // The names have a number in hexadecimal.
        recipients.sort { file.entries[$0].name < file.entries[$1].name }
        attachments.sort { file.entries[$0].name < file.entries[$1].name }
    }

    /// Reads entries of 16 bytes. The header before them has 8, 24 or 32 bytes, depending on what has the properties.
    private mutating func readValues(_ bytes: [UInt8]) {
        guard bytes.count >= 8 else { return }
        let header = bytes.count % 16 == 8 ? (Self.looksLikeEntry(bytes, 8) ? 8 : 24) : 32
        for start in stride(from: header, to: bytes.count - 15, by: 16) {
            let tag = UInt32(truncatingIfNeeded: Self.number(bytes, start, 4))
            values[tag] = Self.number(bytes, start + 8, 8)
        }
    }

    /// Returns whether a property begins at `i`: its type is a known one, and its flags are small.
    private static func looksLikeEntry(_ bytes: [UInt8], _ i: Int) -> Bool {
        guard i + 16 <= bytes.count, number(bytes, i + 2, 2) != 0, number(bytes, i + 4, 4) < 16 else { return false }
        return Kind(rawValue: UInt16(truncatingIfNeeded: number(bytes, i, 2))) != nil
    }

    private static func number(_ bytes: [UInt8], _ i: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[i + $1]) << UInt64(8 * $1) }
    }

    private static func tag(_ number: Number, _ kind: Kind) -> UInt32 { UInt32(number.rawValue) << 16 | UInt32(kind.rawValue) }

    // MARK: Values

    func integer(_ number: Number) -> Int? {
        (values[Self.tag(number, .integer)] ?? values[Self.tag(number, .boolean)]).map { Int($0 & 0x7FFF_FFFF) }
    }

    /// The number of intervals of 100 ns since 1601.
    func time(_ number: Number) -> UInt64? { values[Self.tag(number, .time)] }

    /// Returns the entry of an embedded object, which is a storage.
    func object(_ number: Number) -> Int? { streams[Self.tag(number, .object)] }

    func binary(_ number: Number, limit: Int) -> [UInt8]? {
        streams[Self.tag(number, .binary)].map { file.stream(file.entries[$0], limit: limit) }
    }

    /// Returns the size of a property with bytes.
    func size(_ number: Number) -> Int { streams[Self.tag(number, .binary)].map { file.entries[$0].size } ?? 0 }

    /// Returns a string in UTF-8.
    ///
    /// - Parameter codePage: that of strings which are not Unicode.
    func utf8(_ number: Number, codePage: Int, limit: Int) -> [UInt8]? {
        if let place = streams[Self.tag(number, .unicode)] {
            let bytes = file.stream(file.entries[place], limit: limit)
            return LenientText.utf8(bytes, codePage: 1200)
        }
        return streams[Self.tag(number, .string8)].map { LenientText.utf8(file.stream(file.entries[$0], limit: limit), codePage: codePage) }
    }
}
