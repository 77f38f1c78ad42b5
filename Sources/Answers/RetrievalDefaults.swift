public import Retrieval

/// Default retrieval options; `nil` falls back to the defaults for all tenants, then to `ChatCall.Retrieval`.
public struct RetrievalDefaults: Hashable, Sendable {
    /// Whether a request without retrieval options uses retrieval. A model that requires sources always does.
    public var isEnabled: Bool?
    public var limit: Int?
    public var maximumContextTokens: Int?
    public var mode: SearchMode?

    public init(isEnabled: Bool? = nil, limit: Int? = nil, maximumContextTokens: Int? = nil, mode: SearchMode? = nil) {
        (self.isEnabled, self.limit, self.maximumContextTokens, self.mode) = (isEnabled, limit, maximumContextTokens, mode)
    }

    /// Returns these options, with `other` for those that are `nil`.
    func over(_ other: RetrievalDefaults) -> RetrievalDefaults {
        RetrievalDefaults(
            isEnabled: isEnabled ?? other.isEnabled, limit: limit ?? other.limit,
            maximumContextTokens: maximumContextTokens ?? other.maximumContextTokens, mode: mode ?? other.mode)
    }

    var retrieval: ChatCall.Retrieval {
        var retrieval = ChatCall.Retrieval()
        if let limit { retrieval.limit = limit }
        if let maximumContextTokens { retrieval.maximumContextTokens = maximumContextTokens }
        if let mode { retrieval.mode = mode }
        return retrieval
    }
}

/// Retrieval defaults for all tenants, with overrides for single tenants.
public struct RetrievalPolicy: Sendable {
    private let everyone: RetrievalDefaults
    private let tenants: [String: RetrievalDefaults]

    /// - Parameter tenants: overrides by tenant ID.
    public init(everyone: RetrievalDefaults = RetrievalDefaults(), tenants: [String: RetrievalDefaults] = [:]) {
        self.everyone = everyone
        self.tenants = tenants.mapValues { $0.over(everyone) }
    }

    subscript(tenant id: String) -> RetrievalDefaults { tenants[id] ?? everyone }
}
