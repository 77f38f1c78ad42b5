import ByteText
import Embeddings
import Failure
import HTTPTypes
import Hummingbird
import JSON
import Scheduling
import Tenancy

/// `POST /v1/embeddings`, in OpenAI's format. Fields that it does not know are ignored: clients send options of other servers.
struct EmbeddingRoutes: Sendable {
    let embedder: any Embedder
    let work: TenantWork
    /// Maximum size of a request, in bytes.
    let maximumBytes: Int
    /// Whether token IDs are taken for the model's own without `"token_ids": "model"`.
    let acceptsTokenIDs: Bool

    /// Maximum number of inputs of one request, as in OpenAI's API.
    private static let maximumInputs = 2048
    /// Maximum number of inputs that are tokenised and written on an event loop; more run on the workers.
    private static let fewInputs = 4

    func add(to endpoints: Endpoints) {
        endpoints.tenant(
            .post, "/v1/embeddings",
            .createEmbeddings(model: model, maximumInputs: Self.maximumInputs, maximumBytes: maximumBytes), needs: .read, embed)
    }

    private var model: ModelIdentity { embedder.identity }

    private func embed(_ request: Request, _ context: ServerContext, _ caller: Caller) async throws -> Response {
        let fields = try await request.jsonFields(upTo: maximumBytes, in: context)
        try checkModel(fields)
        let usesBase64 = try fields.optionalChoice("encoding_format", of: ["float", "base64"]) == "base64"
        let purpose = try EmbeddingPurpose(inputType: fields)
        let input = try Self.input(fields)
        try checkTokenIDs(of: input, fields)
        try await context.makeRoom(for: input.count * (model.dimension * MemoryLayout<Float>.size + Self.rowMemory))
        guard input.count > Self.fewInputs else { return try await embed(input, purpose, usesBase64, caller.scope) }
        return try await work.onWorkers(for: caller, in: context, .long) { _ in
            try await embed(input, purpose, usesBase64, caller.scope)
        }
    }

    private func embed(_ input: Input, _ purpose: EmbeddingPurpose, _ usesBase64: Bool, _ scope: TenantScope) async throws -> Response {
        let caller = EmbeddingCaller(scope.tenant.rawValue, incarnation: scope.incarnation)
        let batch: EmbeddingBatch =
            switch input {
            case .texts(let texts): try await embedder.embed(texts, purpose: purpose, caller: caller)
            case .tokens(let tokens): try await embedder.embed(tokens: tokens, purpose: purpose, caller: caller)
            }
        return EmbeddingList(batch: batch, model: model.name, usesBase64: usesBase64).response
    }

    private func checkModel(_ fields: JSONFields) throws {
        guard try fields.string("model").hasSameBytes(as: model.name) else {
            throw Failure(
                .notFound, code: "model_not_found", "unknown embedding model; use \"\(model.name)\"", field: "model")
        }
        if let dimensions = try fields.optionalInt("dimensions"), dimensions != model.dimension {
            throw Failure.invalid(
                "dimensions must be \(model.dimension) for \"\(model.name)\", got \(dimensions)", field: "dimensions")
        }
    }

    /// Rejects token IDs that the request does not declare as the model's own. OpenAI's clients send those of OpenAI's tokenizers, which
    /// are valid IDs of other words here: the vectors would be wrong without an error.
    private func checkTokenIDs(of input: Input, _ fields: JSONFields) throws {
        let isDeclared = try fields.optionalChoice("token_ids", of: ["model"]) != nil
        guard case .tokens = input, !isDeclared, !acceptsTokenIDs else { return }
        throw Failure.invalid(
            """
            input must be text: token ids of another tokenizer, which LangChain's OpenAIEmbeddings sends unless it is created with \
            check_embedding_ctx_length=False, give wrong vectors; if the ids are those of "\(model.name)", add "token_ids": "model"
            """, field: "input", code: "token_ids_refused")
    }

    private enum Input {
        case texts([String])
        case tokens([[Int32]])

        var count: Int {
            switch self {
            case .texts(let texts): texts.count
            case .tokens(let tokens): tokens.count
            }
        }
    }

    /// Memory of a text in the embedder in addition to its vector, in bytes.
    private static let rowMemory = 1 << 10

    /// Parses the input: a string, an array of strings, an array of token IDs, or an array of such arrays.
    private static func input(_ fields: JSONFields) throws -> Input {
        let wrong = JSONFieldError(
            path: "input", reason: "must be a string, or an array of 1 to \(maximumInputs) strings or token arrays")
        if let text = fields.value("input")?.stringValue { return .texts([try nonEmpty(text)]) }
        guard let array = fields.value("input")?.arrayValue, !array.isEmpty else { throw wrong }
        if array.first?.intValue != nil { return .tokens([try tokens(.array(array), wrong)]) }
        guard array.count <= maximumInputs else { throw wrong }
        if array.first?.arrayValue != nil { return .tokens(try array.map { try tokens($0, wrong) }) }
        return .texts(
            try array.map {
                guard let text = $0.stringValue else { throw wrong }
                return try nonEmpty(text)
            })
    }

    private static func nonEmpty(_ text: String) throws -> String {
        guard !text.isEmpty else { throw JSONFieldError(path: "input", reason: "must not contain an empty string") }
        return text
    }

    private static func tokens(_ value: JSONValue, _ wrong: JSONFieldError) throws -> [Int32] {
        guard let array = value.arrayValue else { throw wrong }
        return try array.map {
            guard let token = $0.intValue.flatMap(Int32.init(exactly:)) else { throw wrong }
            return token
        }
    }
}
