import JSON

/// A condition on a document's stored version under which a write may change the document.
public struct WriteCondition: Hashable, Sendable {
    /// A set of versions.
    public enum Versions: Hashable, Sendable {
        case any
        /// The versions with these tags.
        case tagged([String])

        func contains(_ version: VersionTag) -> Bool {
            switch self {
            case .any: true
            case .tagged(let tags): tags.contains(version.rawValue)
            }
        }
    }

    /// The versions of which one must be stored; `nil` if it does not matter.
    public let required: Versions?
    /// The versions of which none may be stored; `nil` if it does not matter.
    public let excluded: Versions?

    public init(required: Versions? = nil, excluded: Versions? = nil) { (self.required, self.excluded) = (required, excluded) }

    /// Returns why the condition does not hold; `nil` if it does.
    ///
    /// - Parameter stored: the stored version; `nil` if there is none.
    func objection(to stored: VersionTag?) -> String? {
        guard let stored else {
            return required == nil ? nil : "the document has no stored version, but the write requires one (If-Match)"
        }
        if let required, !required.contains(stored) {
            return "the stored version is \"\(stored.rawValue)\", which the write does not name (If-Match)"
        }
        switch excluded {
        case .any?: return "the document already has a stored version, \"\(stored.rawValue)\" (If-None-Match)"
        case let excluded? where excluded.contains(stored):
            return "the stored version is \"\(stored.rawValue)\", which the write excludes (If-None-Match)"
        default: return nil
        }
    }
}

// The form in which a durable job stores its condition.
extension WriteCondition {
    var json: JSONValue {
        var object: JSONObject = [:]
        object["required"] = required?.json
        object["excluded"] = excluded?.json
        return .object(object)
    }

    init(json: JSONValue) {
        self.init(required: json["required"].map(Versions.init(json:)), excluded: json["excluded"].map(Versions.init(json:)))
    }
}

extension WriteCondition.Versions {
    fileprivate var json: JSONValue {
        switch self {
        case .any: true
        case .tagged(let tags): .init(tags)
        }
    }

    fileprivate init(json: JSONValue) { self = json.arrayValue.map { .tagged($0.compactMap(\.stringValue)) } ?? .any }
}
