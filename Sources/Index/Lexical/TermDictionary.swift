/// Terms and their numbers, `0, 1, 2 …` in the order in which they came.
struct TermDictionary: Sendable {
    private(set) var terms: [String] = []
    private var ids: [String: UInt32] = [:]

    var count: Int { terms.count }

    func id(of term: String) -> UInt32? { ids[term] }

    /// The term's number, a new one if it is new.
    mutating func add(_ term: String) -> UInt32 {
        if let id = ids[term] { return id }
        let id = UInt32(terms.count)
        ids[term] = id
        terms.append(term)
        return id
    }

    /// Takes over a stored dictionary, term `i` with number `i`; `false` if one occurs twice. Only for an empty one.
    mutating func adopt(_ stored: [String]) -> Bool {
        ids.reserveCapacity(stored.count)
        for (id, term) in stored.enumerated() { ids[term] = UInt32(id) }
        guard ids.count == stored.count else { return false }
        terms = stored
        return true
    }

    /// Numbers of the terms that begin with `beginning`, ascending.
    ///
    /// All terms are gone through, some 20 ns each: an order kept for this would cost every opening and many a change more
    /// than the few queries with a beginning save.
    func ids(beginningWith beginning: String) -> [UInt32] {
        let wanted = Array(beginning.utf8)
        return (0..<UInt32(terms.count)).filter { terms[Int($0)].utf8.starts(with: wanted) }
    }

    /// Memory in bytes; a dictionary entry counts as 48, and strings of more than 15 bytes by their length.
    var bytes: Int { terms.reduce(0) { $0 + 48 + ($1.utf8.count > 15 ? $1.utf8.count + 32 : 0) } }
}
