import Embeddings
import Foundation
import JSON
import RemoteEmbeddings
import ScriptedUpstream
import TestSupport
import Testing
import Upstream

/// An embedder with providers that respond correctly, or almost.
@Suite(.timeLimit(.minutes(10))) struct RemoteEmbedderTests {
    private static func code(
        _ script: @escaping ScriptedUpstream.Script, texts: [String] = ["a", "b", "c"], purpose: EmbeddingPurpose = .passage
    ) async throws -> EmbeddingError.Code? {
        try await Provider.serve(script) { embedder, _ in
            await EmbedderConformance.code { try await embedder.embed(texts, purpose: purpose) }
        }
    }

    @Test func textsAreBatchedAndComeBackInOrder() async throws {
        let options = RemoteEmbeddingOptions(model: "m", dimension: 8, batchTexts: 10, concurrency: 3)
        let texts = (0..<95).map { "text number \($0)" }
        try await Provider.serve(options: options) { embedder, server in
            let batch = try await embedder.embed(texts, purpose: .passage)
            for (row, text) in texts.enumerated() { #expect(cosine(batch.vector(row), Provider.vector(text)) > 0.999999) }
            #expect(server.requests.map { Provider.inputs($0).count }.sorted() == [5] + [Int](repeating: 10, count: 9))
            let sent = try #require(server.requests.first)
            #expect(sent.path == "/v1/embeddings" && sent.json["model"] == "m" && sent.json["encoding_format"] == "float")
            #expect(sent.headers["authorization"] == "Bearer sk-verysecret")
            #expect(server.opened <= 3)
        }
    }

    @Test func theOrderIsThatOfTheIndex() async throws {
        try await Provider.serve({ request in
            var answer = Provider.answer(request).objectValue ?? [:]
            answer["data"] = answer["data"]?.arrayValue.map { .array($0.reversed()) }
            return .json(.object(answer))
        }) { embedder, _ in
            let batch = try await embedder.embed(["a", "b", "c"], purpose: .query)
            for (row, text) in ["a", "b", "c"].enumerated() { #expect(cosine(batch.vector(row), Provider.vector(text)) > 0.999999) }
        }
    }

    /// Of a key given twice the last value counts, and what is no number is harmless outside the vectors.
    @Test func anAnswerThatIsNotStrictJSONIsReadToo() async throws {
        let body = #"{"object":"list","object":"list","cost":NaN,"data":[{"index":0,"embedding":[1,0,0,0,0,0,0,0],"score":-Infinity}]}"#
        try await Provider.serve({ _ in .answer(200, Array(body.utf8)) }) { embedder, _ in
            let batch = try await embedder.embed(["a"], purpose: .query)
            #expect(Array(batch.vector(0)) == [1, 0, 0, 0, 0, 0, 0, 0])
        }
    }

    @Test func base64IsReadToo() async throws {
        try await Provider.serve({ request in
            let rows = Provider.inputs(request).enumerated().map { index, text -> JSONValue in
                var data = Data()
                for component in Provider.vector(text) {
                    withUnsafeBytes(of: component.bitPattern.littleEndian) { data.append(contentsOf: $0) }
                }
                return ["index": .init(index), "embedding": .string(data.base64EncodedString())]
            }
            return .json(["data": .array(rows)])
        }) { embedder, _ in
            let batch = try await embedder.embed(["a", "b"], purpose: .query)
            #expect(cosine(batch.vector(0), Provider.vector("a")) > 0.999999 && cosine(batch.vector(1), Provider.vector("b")) > 0.999999)
        }
    }

    /// Each of these responds to three texts.
    static let wrongAnswers: [(String, @Sendable (ScriptedRequest) -> [ScriptedUpstream.Step])] = [
        ("another dimension", { .json(Provider.answer($0, dimension: 9)) }),
        ("one of another dimension", { _ in rows([row(0), Provider.row(1, [1, 2]), row(2)]) }),
        ("a missing index", { _ in rows([row(0), row(1), ["embedding": [1, 0, 0, 0, 0, 0, 0, 0]]]) }),
        ("an index past the end", { _ in rows([row(0), row(1), row(3)]) }), ("a negative index", { _ in rows([row(0), row(1), row(-1)]) }),
        ("an index twice", { _ in rows([row(0), row(1), row(1)]) }), ("fewer vectors", { _ in rows([row(0), row(1)]) }),
        ("more vectors", { _ in rows([row(0), row(1), row(2), row(3)]) }), ("no vectors", { _ in rows([]) }),
        ("no data", { _ in .json(["object": "list"]) }), ("data that is no array", { _ in .json(["data": "none"]) }),
        ("an array", { _ in .json([]) }), ("no JSON", { _ in .answer(200, Array("<html>busy</html>".utf8), type: "text/html") }),
        ("ten megabytes", { _ in .answer(200, [UInt8](repeating: 0x20, count: 10 << 20)) }),
        ("half of it", { _ in .answer(200, Array(#"{"data":[{"index":0,"embedding":[1"#.utf8)) }), ("nothing", { _ in .answer(200) }),
        ("NaN as JSON has it not", { _ in .answer(200, Array(#"{"data":[{"index":0,"embedding":[NaN]}]}"#.utf8)) }),
        ("a null component", { _ in rows([row(0), row(1), ["index": 2, "embedding": [1, .null, 0, 0, 0, 0, 0, 0]]]) }),
        ("a vector that is null", { _ in rows([row(0), row(1), ["index": 2, "embedding": .null]]) }),
        ("an empty vector", { _ in rows([row(0), row(1), ["index": 2, "embedding": []]]) }),
        ("base64 that is none", { _ in rows([row(0), row(1), ["index": 2, "embedding": "?!"]]) }),
        (
            "base64 of seven bytes",
            { _ in rows([row(0), row(1), ["index": 2, "embedding": .string(Data(count: 7).base64EncodedString())]]) }
        ),
        ("a thousand arrays in each other", { _ in .answer(200, [UInt8](repeating: 0x5B, count: 1000)) }),
    ]

    private static func row(_ index: Int) -> JSONValue { Provider.row(index, Provider.vector("\(index)")) }
    private static func rows(_ rows: [JSONValue]) -> [ScriptedUpstream.Step] { .json(["data": .array(rows)]) }

    @Test(arguments: wrongAnswers.indices) func aWrongAnswerIsAnErrorAndNotAskedForAgain(number: Int) async throws {
        let (name, script) = Self.wrongAnswers[number]
        try await Provider.serve(script) { embedder, server in
            let code = await EmbedderConformance.code { try await embedder.embed(["a", "b", "c"], purpose: .passage) }
            #expect(code == .remoteInvalid && server.requests.count == 1, "\(name)")
        }
    }

    @Test func aVectorWithoutADirectionIsThatTextsError() async throws {
        let nan = Data([0, 0, 0xC0, 0x7F]) + Data(count: 28)
        let directionless: [JSONValue] = [
            .array([JSONValue](repeating: 0, count: 8)), .string(nan.base64EncodedString()), [1e300, 1, 1, 1, 1, 1, 1, 1],
        ]
        for vector in directionless {
            #expect(
                try await Self.code({ _ in Self.rows([Self.row(0), ["index": 1, "embedding": vector], Self.row(2)]) }) == .remoteInvalid)
        }
    }

    @Test(arguments: [
        (400, EmbeddingError.Code.remoteRejected, 1), (413, .remoteRejected, 1), (422, .remoteRejected, 1), (401, .remoteUnavailable, 1),
        (403, .remoteUnavailable, 1), (404, .remoteUnavailable, 1), (500, .remoteUnavailable, 4), (503, .remoteUnavailable, 4),
        (429, .remoteBusy, 4),
    ])
    func statusesAreToldApart(status: Int, expected: EmbeddingError.Code, requests: Int) async throws {
        try await Provider.serve({ _ in .failure(status, headers: [("Retry-After", "17")]) }) { embedder, server in
            do {
                _ = try await embedder.embed(["a"], purpose: .passage)
                Issue.record("no error")
            } catch let error as EmbeddingError {
                #expect(error.code == expected && server.requests.count == requests && error.retryAfterSeconds == 17)
                #expect(!"\(error) \(String(reflecting: error))".contains("verysecret"))
            }
        }
    }

    @Test func whoeverWaitsIsNotKeptWaiting() async throws {
        try await Provider.serve({ _ in .failure(503) }) { embedder, server in
            #expect(await EmbedderConformance.code { try await embedder.embed(["a"], purpose: .query) } == .remoteUnavailable)
            #expect(server.requests.count == 2)
        }
    }

    @Test func timeoutsAndLostConnections() async throws {
        let quick = RemoteEmbeddingOptions(model: "m", dimension: 8, timeout: .seconds(1))
        for script: ScriptedUpstream.Script in [{ _ in [.stall] }, { _ in [.head(length: 9), .text("{"), .stall] }] {
            try await Provider.serve(script, options: quick) { embedder, server in
                #expect(await EmbedderConformance.code { try await embedder.embed(["a"], purpose: .query) } == .remoteTimeout)
                await server.untilClosed(server.opened)
            }
        }
        #expect(try await Self.code({ _ in [.close] }) == .remoteUnavailable)
        let gone = try await Provider.serve { embedder, _ in embedder }
        #expect(await EmbedderConformance.code { try await gone.embed(["a"], purpose: .query) } == .remoteUnavailable)
    }

    @Test func theDimensionIsAskedForOnceAtTheStart() async throws {
        try await ScriptedUpstream.serve({ .json(Provider.answer($0, dimension: 5)) }) { server in
            let embedder = try await Provider.embedder(server, .init(model: "m"))
            #expect(embedder.identity.dimension == 5 && server.requests.count == 1)
            #expect(try await embedder.embed(["a"], purpose: .query).dimension == 5)
            // A configured dimension is not requested from the provider, and must match.
            let told = try await Provider.embedder(server, .init(model: "m", dimension: 6))
            #expect(server.requests.count == 2)
            #expect(await EmbedderConformance.code { try await told.embed(["a"], purpose: .query) } == .remoteInvalid)
        }
        await #expect(throws: EmbeddingError.self) {
            _ = try await RemoteEmbedder.connect(.init(model: "m"), client: Provider.client("http://127.0.0.1:1/v1"))
        }
    }

    @Test func theIdentityTellsConfigurationsApart() async throws {
        try await ScriptedUpstream.serve(Provider.script) { server in
            func tag(_ change: (inout RemoteEmbeddingOptions) -> Void = { _ in }) async throws -> String {
                var options = RemoteEmbeddingOptions(model: "BAAI/bge", dimension: 8)
                change(&options)
                return try await Provider.embedder(server, options).identity.tag
            }
            let usual = try await tag()
            #expect(usual.hasPrefix("BAAI/bge-remote-d8-t512-"))
            // Outside the expectation: inside it, this compiler (6.3.1) confuses the closure with one below.
            let batched = try await tag { $0.batchTexts = 3 }
            #expect(batched == usual)
            let others = [
                try await tag { $0.model = "other" }, try await tag { $0.dimension = 9 }, try await tag { $0.queryPrefix = "q: " },
                try await tag { $0.passagePrefix = "q: " }, try await tag { $0.maxTokens = 256 },
            ]
            #expect(Set(others + [usual]).count == 6, "\(usual), \(others)")
        }
    }

    @Test func prefixesGoBeforeTextsByPurposeAndNeverBeforeTokens() async throws {
        let options = RemoteEmbeddingOptions(model: "m", dimension: 8, queryPrefix: "query: ", passagePrefix: "passage: ")
        try await Provider.serve(options: options) { embedder, server in
            for purpose in [EmbeddingPurpose.query, .passage, .plain] { _ = try await embedder.embed(["x"], purpose: purpose) }
            let batch = try await embedder.embed(tokens: [[1, 2, 3], [4]], purpose: .query)
            #expect(server.requests.map(Provider.inputs) == [["query: x"], ["passage: x"], ["x"], ["[1,2,3]", "[4]"]])
            #expect(server.requests[3].json["input"]?[0]?[1] == 2 && batch.tokenCounts == [3, 1])
        }
    }

    @Test func tokensThatAreRefusedAreTheCallersError() async throws {
        try await Provider.serve({ _ in .failure(422) }) { embedder, _ in
            #expect(await EmbedderConformance.code { try await embedder.embed(tokens: [[1]], purpose: .query) } == .invalidTokens)
        }
    }

    @Test func longTextsAreCut() async throws {
        let options = RemoteEmbeddingOptions(model: "m", dimension: 8, maxTokens: 100)
        let text = String(repeating: "日本語 and English, mixed ", count: 500)
        try await Provider.serve(options: options) { embedder, server in
            let batch = try await embedder.embed([text], purpose: .query)
            let sent = Provider.inputs(server.requests[0])[0]
            #expect(text.hasPrefix(sent) && sent.utf8.count > 200 && TokenEstimate.tokens(sent.utf8) <= 100)
            #expect(batch.tokenCounts == [TokenEstimate.tokens(sent.utf8)])
        }
    }

    @Test func tokenCountsAreTheProvidersWhereItGivesThem() async throws {
        func counts(_ usage: JSONValue?) async throws -> [Int] {
            try await Provider.serve({ .json(Provider.answer($0, usage: usage)) }) { embedder, _ in
                try await embedder.embed(["aaaa aaaa aaaa", "aaaa", "aaaa aaaa"], purpose: .query).tokenCounts
            }
        }
        #expect(try await counts(["prompt_tokens": 12, "total_tokens": 12]) == [6, 2, 4])
        #expect(try await counts(["prompt_tokens": 13]).reduce(0, +) == 13)
        let absurd: [JSONValue?] = [
            nil, ["prompt_tokens": -5], ["prompt_tokens": 0], ["prompt_tokens": "many"], ["prompt_tokens": 9_223_372_036_854_775_807],
            ["prompt_tokens": 1e300], "none", ["total_tokens": 4],
        ]
        for usage in absurd { #expect(try await counts(usage) == [3, 1, 2], "\(String(describing: usage))") }
    }

    @Test func queriesOvertakePassagesAndNoMoreThanAllowedAreUnderWay() async throws {
        let options = RemoteEmbeddingOptions(model: "m", dimension: 8, batchTexts: 1, concurrency: 2)
        // Passages hang until they are released; of two slots, one stays free for queries.
        try await Provider.serve(
            { request in
                let isQuery = Provider.inputs(request)[0].hasPrefix("q")
                return (isQuery ? [] : [.wait("passages")]) + .json(Provider.answer(request))
            }, options: options
        ) { embedder, server in
            async let passages = embedder.embed((0..<20).map { "p\($0)" }, purpose: .passage)
            await server.untilRequested(1)
            for number in 0..<5 { _ = try await embedder.embed(["q\(number)"], purpose: .query) }
            #expect(server.requests.filter { Provider.inputs($0)[0].hasPrefix("p") }.count == 1)
            server.release("passages")
            let count = try await passages.count
            #expect(count == 20)
        }
    }

    @Test func cancellingClosesWhatIsUnderWayAndForgetsWhatWaits() async throws {
        let options = RemoteEmbeddingOptions(model: "m", dimension: 8, batchTexts: 1, concurrency: 3)
        try await Provider.serve(
            { request in
                Provider.inputs(request)[0] == "last" ? .json(Provider.answer(request)) : [.stall]
            }, options: options
        ) { embedder, server in
            let task = Task { try await embedder.embed((0..<50).map { "p\($0)" }, purpose: .passage) }
            await server.untilRequested(2)
            task.cancel()
            #expect(await EmbedderConformance.code { try await task.value } == .cancelled)
            await server.untilClosed(2)
            _ = try await embedder.embed(["last"], purpose: .passage)
            // A request that waits may still start when the first ones end, just before the cancellation reaches it.
            #expect(server.requests.count <= options.concurrency + 1)
        }
    }

    @Test func oneFailureEndsTheCall() async throws {
        let options = RemoteEmbeddingOptions(model: "m", dimension: 8, batchTexts: 1, concurrency: 2)
        try await Provider.serve({ $0.number == 3 ? .failure(400) : .json(Provider.answer($0)) }, options: options) { embedder, server in
            let code = await EmbedderConformance.code { try await embedder.embed((0..<500).map { "p\($0)" }, purpose: .passage) }
            #expect(code == .remoteRejected && server.requests.count < 20)
        }
    }
}
