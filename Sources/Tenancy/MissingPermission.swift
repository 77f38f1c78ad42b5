public import Failure

/// The key lacks a permission.
public struct MissingPermission: Error, FailureConvertible, Hashable, Sendable {
    public let permission: Permission

    public init(_ permission: Permission) { self.permission = permission }

    public var failure: Failure {
        Failure(.forbidden, code: "forbidden", "the key lacks the scope \"\(permission.rawValue)\"")
    }
}
