import Answers
import ByteText
import Completions
import Embeddings
import Failure
import Foundation
import Hummingbird
import JSON
import Tenancy

/// `GET /v1/models` and `GET /v1/models/{id}`, in OpenAI's formats: the tenant's chat models and aliases, and the embedding model.
struct ModelRoutes: Sendable {
    let embedder: any Embedder
    let chat: ChatService
    /// The time that the models count as created: the start of the server, in seconds since 1970 UTC.
    private let createdSeconds = Int(Date().timeIntervalSince1970)

    private static let path = "/v1/models"
    private static let prefix = "/v1/models/"

    init(embedder: any Embedder, chat: ChatService) { (self.embedder, self.chat) = (embedder, chat) }

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.get, Self.path, .listModels, needs: .read, isTimed: false) { _, _, caller in
            .json(["object": "list", "data": .array(models(of: caller).map(json))])
        }
        endpoints.tenant(.get, "\(Self.prefix):id", .getModel, needs: .read, isTimed: false, model)
        // Names such as `owner/model`: not every client encodes the slash.
        endpoints.tenant(.get, "\(Self.prefix):id/**", nil, needs: .read, isTimed: false, model)
    }

    private func model(_ request: Request, _ context: ServerContext, _ caller: Caller) async throws -> Response {
        let written = request.uri.path.utf8.dropFirst(Self.prefix.utf8.count)
        let models = models(of: caller)
        guard let id = PercentEncoding.text(Substring(written)), let model = models.first(where: { $0.id.hasSameBytes(as: id) }) else {
            let names = models.prefix(20).map { "\"\($0.id)\"" }.joined(separator: ", ")
            throw Failure(.notFound, code: "model_not_found", "unknown model; available models: \(names)", field: "model")
        }
        return .json(json(model))
    }

    /// Returns what the tenant may use: chat models first, since clients take the first model of the list for chat.
    private func models(of caller: Caller) -> [(id: String, owner: String)] {
        chat.models[tenant: caller.scope.tenant.rawValue].listed.map { ($0.name, $0.owner) } + [(embedder.identity.name, "contextd")]
    }

    private func json(_ model: (id: String, owner: String)) -> JSONValue {
        ["id": .string(model.id), "object": "model", "created": .init(createdSeconds), "owned_by": .string(model.owner)]
    }
}
