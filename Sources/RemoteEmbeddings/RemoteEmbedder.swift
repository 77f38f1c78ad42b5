public import Embeddings
internal import JSON
import Scheduling
public import Upstream

/// An embedder whose model runs remotely, behind the OpenAI embeddings API: OpenAI itself, Text Embeddings Inference, vLLM, Ollama,
/// another contextd.
///
/// Texts are sent in requests of bounded size, with limited concurrency, in the order of `SlotQueue`. Vectors are always
/// L2-normalised. Token counts are those that the provider reports, divided among the texts of a request in proportion to
/// `TokenEstimate`; if it reports none, they are that estimate. An empty text, which providers reject, is sent as one space.
public final class RemoteEmbedder: Embedder {
    public let identity: ModelIdentity

    private let client: UpstreamClient
    private let options: RemoteEmbeddingOptions
    private let limiter: ConcurrencyLimiter<EmbeddingCaller>

    /// Maximum number of texts in one call.
    public static let maxTextsPerRequest = SentenceEncoder.maxTextsPerRequest

    /// Returns an embedder; requests one vector to learn the dimension, unless the options give it.
    ///
    /// - Throws: the codes that begin with `remote`; `.cancelled`.
    public static func connect(_ options: RemoteEmbeddingOptions, client: UpstreamClient) async throws(EmbeddingError) -> RemoteEmbedder {
        let options = options.clamped
        if let dimension = options.dimension { return RemoteEmbedder(options, client, dimension) }
        let request = request(["How many dimensions have you?"], options, dimension: nil, retries: .patient)
        let answer = try await Self.answer(client, request, count: 1, dimension: nil)
        return RemoteEmbedder(options, client, answer.dimension)
    }

    private init(_ options: RemoteEmbeddingOptions, _ client: UpstreamClient, _ dimension: Int) {
        self.options = options
        self.client = client
        limiter = ConcurrencyLimiter(slots: options.concurrency)
        identity = ModelIdentity(
            name: options.model, revision: Self.revision(options, client.base, dimension), precision: "remote", dimension: dimension,
            maxTokens: options.maxTokens, promptTokens: TokenEstimate.tokens(options.passagePrefix.utf8))
    }

    /// Fails waiting requests with `.shuttingDown` and rejects new ones. Requests in progress end with the transport.
    public func shutDown() { limiter.close() }

    public func embed(
        _ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller = .anonymous
    ) async throws -> EmbeddingBatch {
        try Self.checkCount(texts.count)
        let inputs = texts.map { input($0, purpose) }
        return try await embed(
            inputs.map { .string($0) }, estimates: inputs.map { max(1, TokenEstimate.tokens($0.utf8)) }, purpose, caller)
    }

    /// Sends token arrays to the provider unchanged. Only some providers accept them (OpenAI, vLLM, contextd), and the provider defines
    /// the meaning of the ids.
    ///
    /// - Throws: `.invalidTokens` also if the provider rejects them.
    public func embed(
        tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller = .anonymous
    ) async throws -> EmbeddingBatch {
        try Self.checkCount(tokens.count)
        for sequence in tokens {
            guard (1...identity.maxTokens).contains(sequence.count), sequence.allSatisfy({ $0 >= 0 }) else {
                throw EmbeddingError(.invalidTokens, "a sequence must have between 1 and \(identity.maxTokens) token ids, none negative")
            }
        }
        do {
            let batch = try await embed(
                tokens.map { .array($0.map { .integer(Int64($0)) }) }, estimates: tokens.map(\.count), purpose, caller)
            return EmbeddingBatch(vectors: batch.vectors, dimension: batch.dimension, tokenCounts: tokens.map(\.count))
        } catch let error as EmbeddingError where error.code == .remoteRejected {
            throw EmbeddingError(
                .invalidTokens, "the embedding provider rejected the token arrays; send texts instead", cause: error)
        }
    }

    private func embed(
        _ inputs: [JSONValue], estimates: [Int], _ purpose: EmbeddingPurpose, _ caller: EmbeddingCaller
    ) async throws -> EmbeddingBatch {
        let runs = BatchPlan.runs(estimates, maxTexts: options.batchTexts, maxTokens: options.batchTokens)
        let priority: RequestPriority = purpose == .query || (purpose == .plain && runs.count <= 1) ? .interactive : .background
        let parts = try await withThrowingTaskGroup(of: (Int, EmbeddingBatch).self) { group in
            var parts = [EmbeddingBatch?](repeating: nil, count: runs.count)
            var next = 0
            func add() {
                guard next < runs.count else { return }
                let (place, run) = (next, runs[next])
                next += 1
                group.addTask {
                    (place, try await self.part(Array(inputs[run]), estimates: Array(estimates[run]), priority, caller))
                }
            }
            // Not all at once: each waiting request takes up queue capacity.
            for _ in 0..<options.concurrency { add() }
            for try await (place, part) in group {
                parts[place] = part
                add()
            }
            return parts.compactMap(\.self)
        }
        return EmbeddingBatch(
            vectors: parts.flatMap(\.vectors), dimension: identity.dimension, tokenCounts: parts.flatMap(\.tokenCounts))
    }

    /// Sends one request to the provider.
    private func part(
        _ inputs: [JSONValue], estimates: [Int], _ priority: RequestPriority, _ caller: EmbeddingCaller
    ) async throws -> EmbeddingBatch {
        let request = Self.request(inputs, options, dimension: identity.dimension, retries: priority == .interactive ? .brief : .patient)
        let slot = try await slot(for: caller, priority)
        defer { slot.release() }
        let answer = try await Self.answer(client, request, count: inputs.count, dimension: identity.dimension)
        return EmbeddingBatch(
            vectors: answer.vectors, dimension: identity.dimension,
            tokenCounts: answer.promptTokens.map { TokenShares.divide($0, inProportionTo: estimates) } ?? estimates)
    }

    private func slot(for caller: EmbeddingCaller, _ priority: RequestPriority) async throws(EmbeddingError) -> ConcurrencySlot {
        do throws(ConcurrencyRefusal) { return try await limiter.slot(for: caller, priority) } catch {
            switch error {
            case .full: throw EmbeddingError(.overloaded, "the embedding request queue is full")
            case .cancelled: throw EmbeddingError(.cancelled, "the caller's task was cancelled")
            case .closed: throw EmbeddingError(.shuttingDown, "the embedder is shutting down")
            }
        }
    }

    private static func answer(
        _ client: UpstreamClient, _ request: UpstreamRequest, count: Int, dimension: Int?
    ) async throws(EmbeddingError) -> EmbeddingsResponse {
        let answer: UpstreamResponse
        do throws(UpstreamError) { answer = try await client.send(request) } catch { throw EmbeddingError(error) }
        return try EmbeddingsResponse(answer.body, count: count, dimension: dimension)
    }

    private static func request(
        _ inputs: [JSONValue], _ options: RemoteEmbeddingOptions, dimension: Int?, retries: RetryPolicy
    ) -> UpstreamRequest {
        let body: JSONValue = ["model": .string(options.model), "input": .array(inputs), "encoding_format": "float"]
        var request = UpstreamRequest(.post, "/embeddings", body: body.serialized())
        request.timeouts = UpstreamTimeouts(firstByte: options.timeout, idle: options.timeout)
        request.retries = retries
        // A component takes 25 bytes with all its digits, and more if it is printed on a line of its own; parsed, some 30.
        let components = inputs.count * (dimension ?? RemoteEmbeddingOptions.dimensions.upperBound)
        request.maximumResponseBytes = min(request.maximumResponseBytes, 65_536 + components * 48)
        return request
    }

    /// Returns the text as it is sent: with its prefix, cut to the maximum length, never empty.
    private func input(_ text: String, _ purpose: EmbeddingPurpose) -> String {
        let prefix =
            switch purpose {
            case .query: options.queryPrefix
            case .passage: options.passagePrefix
            case .plain: ""
            }
        let input = TokenEstimate.prefix(prefix.isEmpty ? text : prefix + text, tokens: options.maxTokens)
        return input.isEmpty ? " " : String(input)
    }

    private static func checkCount(_ count: Int) throws(EmbeddingError) {
        guard count <= maxTextsPerRequest else {
            throw EmbeddingError(.tooManyTexts, "a request must have at most \(maxTextsPerRequest) texts, got \(count)")
        }
    }

    /// Returns a fingerprint of everything known to determine the vectors; the provider may change its model unnoticed.
    private static func revision(_ options: RemoteEmbeddingOptions, _ base: BaseURL, _ dimension: Int) -> String {
        var fingerprint = ModelFingerprint()
        for text in [base.text, options.model, "\(dimension)", options.queryPrefix, options.passagePrefix] { fingerprint.add(text) }
        return fingerprint.digits
    }
}
