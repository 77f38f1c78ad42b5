/// A right of a key within its tenant. A key has one or both.
public enum Permission: String, CaseIterable, Hashable, Sendable, Comparable {
    case read, write

    public static func < (a: Permission, b: Permission) -> Bool { a.rawValue < b.rawValue }

    /// Parses a set of permissions, such as `read,write`. Throws the first word that is not a permission; an empty list is invalid too.
    public static func parse(_ text: String) throws(UnknownPermission) -> Set<Permission> {
        var set: Set<Permission> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let trimmed = String(word.filter { $0 != " " })
            guard let permission = Permission(rawValue: trimmed) else { throw UnknownPermission(word: trimmed) }
            set.insert(permission)
        }
        return set
    }

    public struct UnknownPermission: Error, Sendable {
        public let word: String
    }
}
