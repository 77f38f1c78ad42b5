import ByteText

/// The codings of a response that a client accepts, as far as they matter here: gzip, and no coding.
///
/// - Source: RFC 9110, section 12.5.3.
package struct AcceptedCodings: Sendable, Equatable {
    /// Weights in 0...1; 0 means that the client refuses the coding.
    package private(set) var gzip = 0.0
    package private(set) var identity = 1.0

    /// Maximum number of items that are read, and of bytes of one: there are not that many codings, and this runs before the key is checked.
    private static let (maximumItems, maximumItemBytes) = (32, 64)

    /// - Parameter fields: values of `Accept-Encoding`. Without the field only plain responses are sent: a client that says nothing may not
    ///   be able to decode. An item that is not valid is ignored.
    package init(_ fields: [String]) {
        var weights: [String: Double] = [:]
        let items = fields.prefix(Self.maximumItems).flatMap { $0.utf8.split(separator: UInt8(ascii: ","), maxSplits: Self.maximumItems) }
        for item in items.prefix(Self.maximumItems) where item.count <= Self.maximumItemBytes {
            guard let (name, weight) = Self.parse(item) else { continue }
            weights[name == "x-gzip" ? "gzip" : name] = weight
        }
        let other = weights["*"]
        gzip = weights["gzip"] ?? other ?? 0
        // Any coding that is not excluded is acceptable without one; only another coding's weight can be preferred.
        if let weight = weights["identity"] ?? other { identity = weight }
        isIdentityWeighted = weights["identity"] != nil
    }

    private var isIdentityWeighted = false

    /// Whether a compressed response is preferred, or as welcome as a plain one.
    package var prefersGzip: Bool { gzip > 0 && (!isIdentityWeighted || gzip >= identity) }
    package var refusesIdentity: Bool { identity == 0 }
    /// Whether no response can be sent.
    package var refusesAll: Bool { gzip == 0 && identity == 0 }

    /// Parses `coding` or `coding;q=weight`.
    private static func parse(_ item: Substring.UTF8View.SubSequence) -> (name: String, weight: Double)? {
        let parts = item.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
            String(Substring($0)).lowercased().filter { $0 != " " && $0 != "\t" }
        }
        guard let name = parts.first, !name.isEmpty else { return nil }
        guard parts.count > 1 else { return (name, 1) }
        guard parts.count == 2, parts[1].hasPrefix("q="), let weight = Double(parts[1].dropFirst(2)), (0...1).contains(weight) else {
            return nil
        }
        return (name, weight)
    }
}
