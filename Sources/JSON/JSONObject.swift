internal import ByteText

/// The members of a JSON object, in the order in which they were written; keys are unique.
///
/// Keys are compared and hashed by their bytes, as JSON does, not by canonical equivalence as `String` does. A small object is
/// searched linearly; a large one through a hashed index.
public struct JSONObject: Sendable {
    public typealias Element = (key: String, value: JSONValue)

    /// Maximum number of members for linear search, which is then faster than hashing the key.
    static let linearLimit = 16

    private var members: [Element]
    private var positions: [ByteKey: Int]?

    public init() { members = [] }

    /// - Precondition: the keys differ.
    init(unique elements: [(String, JSONValue)]) {
        self.init()
        members.reserveCapacity(elements.count)
        for (key, value) in elements {
            precondition(append(key, value), "the key \(key) twice in one literal")
        }
    }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    public var keys: [String] { members.map(\.key) }

    /// The value of a key; `nil` if the key is absent. Assigning replaces the value in place, or appends a member; assigning `nil`
    /// removes the member, in linear time.
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil): remove(at: position)
            case (nil, let value?): appendUnchecked(key, value)
            case (nil, nil): break
            }
        }
    }

    /// Appends a member.
    ///
    /// - Returns: `false`, without any change, if the key already exists.
    @discardableResult
    public mutating func append(_ key: String, _ value: JSONValue) -> Bool {
        guard position(of: key) == nil else { return false }
        appendUnchecked(key, value)
        return true
    }

    private mutating func appendUnchecked(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if positions != nil {
            positions?[ByteKey(key)] = members.count - 1
        } else if members.count > Self.linearLimit {
            index()
        }
    }

    private mutating func remove(at position: Int) {
        members.remove(at: position)
        positions = nil
        if members.count > Self.linearLimit { index() }
    }

    private mutating func index() {
        var positions = [ByteKey: Int](minimumCapacity: members.count * 2)
        for (position, member) in members.enumerated() { positions[ByteKey(member.key)] = position }
        self.positions = positions
    }

    private func position(of key: String) -> Int? {
        if let positions { return positions[ByteKey(key)] }
        return members.firstIndex { $0.key.hasSameBytes(as: key) }
    }
}

extension JSONObject: Sequence {
    public func makeIterator() -> IndexingIterator<[Element]> { members.makeIterator() }
    public var underestimatedCount: Int { members.count }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// - Precondition: the keys differ.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(unique: elements) }
}

extension JSONObject: Hashable {
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.allSatisfy { b[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        var sum = 0  // commutative, so that order does not count
        for member in members {
            var one = Hasher()
            member.key.hashBytes(into: &one)
            one.combine(member.value)
            sum &+= one.finalize()
        }
        hasher.combine(members.count)
        hasher.combine(sum)
    }
}
