public import Retrieval

/// How context is found where a request does not say; `nil` leaves it to what holds for everyone, and then to `ChatCall.Retrieval`.
public struct RetrievalDefaults: Hashable, Sendable {
    /// Whether a request that says nothing of retrieval gets context. A model that needs it gets it whatever stands here.
    public var isEnabled: Bool?
    public var limit: Int?
    public var maximumContextTokens: Int?
    public var mode: SearchMode?

    public init(isEnabled: Bool? = nil, limit: Int? = nil, maximumContextTokens: Int? = nil, mode: SearchMode? = nil) {
        (self.isEnabled, self.limit, self.maximumContextTokens, self.mode) = (isEnabled, limit, maximumContextTokens, mode)
    }

    /// These, and what they leave open as `other` has it.
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

/// For everyone, and for tenants that have their own.
public struct RetrievalPolicy: Sendable {
    private let everyone: RetrievalDefaults
    private let tenants: [String: RetrievalDefaults]

    /// - Parameter tenants: by the tenant's id.
    public init(everyone: RetrievalDefaults = RetrievalDefaults(), tenants: [String: RetrievalDefaults] = [:]) {
        self.everyone = everyone
        self.tenants = tenants.mapValues { $0.over(everyone) }
    }

    subscript(tenant id: String) -> RetrievalDefaults { tenants[id] ?? everyone }
}
