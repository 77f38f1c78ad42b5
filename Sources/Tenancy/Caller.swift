/// The authenticated client of a request: its tenant scope, its key and the permissions of that key.
public struct Caller: Hashable, Sendable {
    public let scope: TenantScope
    public let key: KeyID
    public let permissions: Set<Permission>

    public init(scope: TenantScope, key: KeyID, permissions: Set<Permission>) {
        (self.scope, self.key, self.permissions) = (scope, key, permissions)
    }

    public func require(_ permission: Permission) throws(MissingPermission) {
        guard permissions.contains(permission) else { throw MissingPermission(permission) }
    }
}

extension Caller {
    /// A caller for the operator at the command line, who owns the data directory and so has every permission within the scope.
    public init(localOperatorOf scope: TenantScope) {
        self.init(scope: scope, key: KeyID("operator0000") ?? APIKey.random().id, permissions: Set(Permission.allCases))
    }
}
