import CLibXML2

/// The attributes of an element, valid during the call that receives them.
package struct XMLAttributes {
    /// Five pointers for each attribute: local name, prefix, namespace, begin and end of the value.
    private let list: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    private let count: Int

    init(_ list: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int) { (self.list, self.count) = (list, list == nil ? 0 : count) }

    /// Maximum length of a value, in bytes. Longer ones are ignored: Swift compares and hashes strings in their normal form, which takes
    /// quadratic time for a long run of combining marks.
    static let maxValue = 1_000

    /// Returns the value of an attribute of at most `maxValue` bytes: by local name in any namespace (`val`), or with the
    /// namespace's short name (`r:id`).
    package subscript(_ name: StaticString) -> String? {
        bytes(name).flatMap { value in
            guard value.count <= Self.maxValue else { return nil }
            let text = String(decoding: value, as: UTF8.self)
            // libxml2 keeps an ampersand as a reference, for callers that parse values again.
            guard value.contains(Ascii.ampersand) else { return text }
            return Self.unescaped(Array(value))
        }
    }

    package func int(_ name: StaticString) -> Int? {
        guard let value = bytes(name) else { return nil }
        return Self.int(value)
    }

    /// Returns the bytes of a value, valid during the call only. An ampersand is `&#38;`.
    package func bytes(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? {
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        let colon = wanted.firstIndex(of: Ascii.colon)
        let local = UnsafeBufferPointer(rebasing: wanted[(colon.map { $0 + 1 } ?? 0)...])
        guard let list else { return nil }
        for place in 0..<count {
            let fields = list + place * 5
            guard let name = fields[0], Self.equals(name, local) else { continue }
            if let colon {
                let prefix = XMLNamespace.prefix(
                    uri: fields[2].map { String(cString: $0) }, documentPrefix: fields[1].map { String(cString: $0) })
                guard prefix.utf8.elementsEqual(wanted[..<colon]) else { continue }
            }
            guard let start = fields[3], let end = fields[4], end >= start else { return nil }
            return UnsafeBufferPointer(start: start, count: end - start)
        }
        return nil
    }

    /// Returns all attributes as names with short prefixes, and values.
    package var all: [(name: String, value: String)] {
        guard let list else { return [] }
        var all: [(name: String, value: String)] = []
        for place in 0..<count {
            let fields = list + place * 5
            guard let name = fields[0], let start = fields[3], let end = fields[4], end >= start, end - start <= Self.maxValue else {
                continue
            }
            let prefix = XMLNamespace.prefix(
                uri: fields[2].map { String(cString: $0) }, documentPrefix: fields[1].map { String(cString: $0) })
            let local = String(cString: name)
            let value = Self.unescaped(Array(UnsafeBufferPointer(start: start, count: end - start)))
            all.append((prefix.isEmpty ? local : "\(prefix):\(local)", value))
        }
        return all
    }

    private static func equals(_ name: UnsafePointer<xmlChar>, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        for (place, byte) in wanted.enumerated() where name[place] != byte { return false }
        return name[wanted.count] == 0
    }

    private static func int(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var value = 0
        var digits = bytes[...]
        let isNegative = digits.first == Ascii.hyphen
        if isNegative || digits.first == Ascii.plus { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.count < 18 else { return nil }
        for byte in digits {
            guard Ascii.isDigit(byte) else { return nil }
            value = value * 10 + Int(byte &- 0x30)
        }
        return isNegative ? -value : value
    }

    private static func unescaped(_ value: [UInt8]) -> String {
        let reference = Array("&#38;".utf8)
        guard value.contains(Ascii.ampersand) else { return String(decoding: value, as: UTF8.self) }
        var result: [UInt8] = []
        var i = 0
        while i < value.count {
            if value[i] == Ascii.ampersand, value[i...].starts(with: reference) {
                result.append(Ascii.ampersand)
                i += reference.count
            } else {
                result.append(value[i])
                i += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
