/// The models that can be asked, by name.
public struct ChatModels: Sendable {
    /// A model under the name that clients use.
    public struct Model: Sendable {
        public let name: String
        public let provider: any ChatProvider
        /// Whom `GET /v1/models` names as its owner.
        public let owner: String
        /// Whether its answers are made of what is retrieved and of nothing else.
        public let needsSources: Bool

        public init(name: String, provider: any ChatProvider, owner: String, needsSources: Bool = false) {
            (self.name, self.provider, self.owner, self.needsSources) = (name, provider, owner, needsSources)
        }
    }

    /// In the order in which they are listed.
    public let all: [Model]

    /// - Parameter all: names are taken to differ; of two alike the first counts.
    public init(_ all: [Model] = []) { self.all = all }

    /// Answers where a request names none.
    public var standard: Model? { all.first }

    public subscript(name: String) -> Model? { all.first { $0.name == name } }

    public func appending(_ model: Model) -> ChatModels { ChatModels(all + [model]) }
}
