/// A dictionary of terms and their numbers, `0, 1, 2 …` in order of insertion. Two terms are equal if their bytes are equal.
///
/// All terms are in one byte array, and a hash table with open addressing finds the numbers. A term needs no allocation, so
/// loading a stored dictionary takes a few hundredths of a microsecond per term.
struct TermDictionary: Sendable {
    /// UTF-8 of the terms, concatenated.
    private(set) var bytes: [UInt8] = []
    /// End of each term in `bytes`.
    private var ends: [Int] = []
    /// Hash table of term numbers, or `free`. Its size is a power of two, more than twice the number of terms.
    private var slots: [UInt32] = []

    private static let free = UInt32.max
    /// Random hash seed of this process, so that an attacker cannot predict which terms collide.
    private static let seed = UInt64.random(in: 0 ... .max)

    var count: Int { ends.count }

    /// Length of each term in bytes, in order.
    var lengths: [UInt32] { ends.indices.map { UInt32(range(of: $0).count) } }

    /// Memory in bytes.
    var bytesInMemory: Int { bytes.capacity + ends.capacity * 8 + slots.capacity * 4 }

    func id(of term: String) -> UInt32? {
        slots.isEmpty ? nil : Self.withBytes(term) { bytes in slots[slot(of: bytes)].known }
    }

    /// Returns the term's number; adds the term if it is new.
    mutating func add(_ term: String) -> UInt32 { Self.withBytes(term) { add($0) } }

    /// Adds term number `term` of another dictionary and returns its number here.
    mutating func add(_ term: UInt32, of other: TermDictionary) -> UInt32 {
        add(other.bytes.span.extracting(other.range(of: Int(term))))
    }

    private mutating func add(_ term: Span<UInt8>) -> UInt32 {
        if 2 * (count + 1) >= slots.count { grow(to: count + 1) }
        let slot = slot(of: term)
        if let id = slots[slot].known { return id }
        let id = UInt32(count)
        for i in term.indices { bytes.append(term[i]) }
        ends.append(bytes.count)
        slots[slot] = id
        return id
    }

    /// Loads a stored dictionary into an empty one: term `i`, of `lengths[i]` bytes, gets number `i`.
    ///
    /// - Returns: `false` if a term occurs twice, or the number of bytes is not the sum of `lengths`.
    mutating func adopt(bytes stored: [UInt8], lengths: [UInt32]) -> Bool {
        ends.reserveCapacity(lengths.count)
        var end = 0
        for length in lengths {
            end += Int(length)
            ends.append(end)
        }
        guard end == stored.count else { return false }
        bytes = stored
        return grow(to: lengths.count)
    }

    /// Returns the numbers of the terms that begin with `prefix`, ascending.
    ///
    /// Scans all terms, at some nanoseconds each: maintaining a sorted order would cost more, at each opening and at many
    /// changes, than the few prefix queries would save.
    func ids(withPrefix prefix: String) -> [UInt32] {
        Self.withBytes(prefix) { wanted in
            (0..<UInt32(count)).filter { id in
                let range = range(of: Int(id))
                return range.count >= wanted.count && isEqual(wanted, at: range.lowerBound)
            }
        }
    }

    // MARK: Table

    private func range(of id: Int) -> Range<Int> { (id == 0 ? 0 : ends[id - 1])..<ends[id] }

    /// Resizes the table for `wanted` terms and inserts the existing terms.
    ///
    /// - Returns: `false` if a term occurs twice.
    @discardableResult
    private mutating func grow(to wanted: Int) -> Bool {
        var size = 16
        while size < 3 * wanted { size *= 2 }
        slots = [UInt32](repeating: Self.free, count: size)
        for id in 0..<count {
            let slot = slot(of: bytes.span.extracting(range(of: id)))
            guard slots[slot].known == nil else { return false }
            slots[slot] = UInt32(id)
        }
        return true
    }

    /// Returns the term's slot, or the free slot where it would be inserted.
    private func slot(of term: Span<UInt8>) -> Int {
        var slot = Int(truncatingIfNeeded: Self.hash(term)) & (slots.count - 1)
        while let id = slots[slot].known {
            let range = range(of: Int(id))
            if range.count == term.count && isEqual(term, at: range.lowerBound) { break }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private func isEqual(_ term: Span<UInt8>, at start: Int) -> Bool {
        let own = bytes.span
        for i in term.indices where own[start + i] != term[i] { return false }
        return true
    }

    /// Hashes eight bytes at a time, folded in by a 128-bit product, as in Wang Yi's wyhash.
    private static func hash(_ term: Span<UInt8>) -> UInt64 {
        var hash = seed ^ UInt64(term.count)
        var word: UInt64 = 0
        for i in term.indices {
            word = word << 8 | UInt64(term[i])
            if i % 8 == 7 {
                hash = fold(hash ^ word, 0xA076_1D64_78BD_642F)
                word = 0
            }
        }
        return fold(hash ^ word, 0xE703_7ED1_A0B4_28DB)
    }

    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    private static func withBytes<Result>(_ term: String, _ body: (Span<UInt8>) -> Result) -> Result {
        var term = term
        // SAFETY: the bytes are read while the string lends them.
        return term.withUTF8 { unsafe body($0.span) }
    }
}

extension UInt32 {
    /// The term number in a slot; `nil` if the slot is free.
    fileprivate var known: UInt32? { self == .max ? nil : self }
}
