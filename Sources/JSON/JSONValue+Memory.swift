/// Upper estimates of the memory that parsed values take: storage grows by doubling, and each allocation has a header.
enum JSONMemory {
    /// An element of an array, or the outermost value.
    static let element = 32
    /// An array's or object's own storage.
    static let container = 32
    /// A member of an object; in a large object, also its entry in the key index.
    static let member = 64
    static let indexedMember = 128

    /// Returns the size of a string's storage; short strings are stored inside the value.
    static func string(bytes: Int) -> Int { bytes <= 15 ? 0 : 32 + bytes }

    /// - Parameter place: position of the member in its object, from 0.
    static func member(place: Int) -> Int { place < JSONObject.linearLimit ? member : indexedMember }
}

extension JSONValue {
    /// Upper estimate of the memory that the value takes, in bytes.
    ///
    /// - Complexity: linear in the number of values.
    public var estimatedBytes: Int { JSONMemory.element + heapBytes }

    fileprivate var heapBytes: Int {
        switch self {
        case .null, .bool, .integer, .number: 0
        case .bigInteger(let value): JSONMemory.string(bytes: value.description.utf8.count)
        case .string(let text): JSONMemory.string(bytes: text.utf8.count)
        case .array(let elements): elements.isEmpty ? 0 : elements.reduce(JSONMemory.container) { $0 + $1.estimatedBytes }
        case .object(let object): object.heapBytes
        }
    }
}

extension JSONObject {
    /// Upper estimate of the object's memory, as `JSONValue.estimatedBytes`.
    public var estimatedBytes: Int { JSONMemory.element + heapBytes }

    fileprivate var heapBytes: Int {
        enumerated().reduce(isEmpty ? 0 : JSONMemory.container) { bytes, member in
            let (key, value) = member.element
            return bytes + JSONMemory.member(place: member.offset) + JSONMemory.string(bytes: key.utf8.count) + value.heapBytes
        }
    }
}
