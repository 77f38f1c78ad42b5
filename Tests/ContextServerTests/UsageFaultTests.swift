import Foundation
import JSON
import ScriptedUpstream
import Synchronization
import TestSupport
import Testing

/// Ten thousand requests, many of which fail in some way: the rows match the provider's usage exactly.
@Suite(.timeLimit(.minutes(10))) struct UsageFaultTests {
    private static let requests = 10_000
    private static let workers = 12

    /// What the provider does with a request.
    private enum Fault: CaseIterable {
        case none, usageInAChoice, wholeAnswer, noUsage, rejected, gatewayTimeout, cut, cutAfterUsage, nonsense
        /// Responds with 500, then with an answer.
        case failsOnce
    }

    private struct Plan {
        let fault: Fault
        let isStream: Bool
        let prompt: Int
        let completion: Int
        let cached: Int
        let words: String

        init(_ number: Int) {
            var rng = SplitMix64(seed: UInt64(number))
            // Few requests are retried, since retries take real time.
            fault =
                number % 1000 == 7
                ? .failsOnce
                : Fault.allCases.filter { $0 != .failsOnce && ($0 == .none || number % 3 != 0) }.randomElement(using: &rng) ?? .none
            isStream = Bool.random(using: &rng)
            prompt = Int.random(in: 1..<5000, using: &rng)
            completion = Int.random(in: 0..<2000, using: &rng)
            cached = Int.random(in: 0...prompt, using: &rng)
            words = String(repeating: "word ", count: Int.random(in: 1..<6, using: &rng))
        }

        var usage: JSONValue {
            [
                "prompt_tokens": .init(prompt), "completion_tokens": .init(completion), "total_tokens": .init(prompt + completion),
                "prompt_tokens_details": ["cached_tokens": .init(cached)],
            ]
        }

        /// Whether the provider reported the usage of the answer.
        var isCounted: Bool {
            switch fault {
            case .none, .usageInAChoice, .wholeAnswer, .failsOnce, .cutAfterUsage: true
            case .noUsage, .rejected, .gatewayTimeout, .cut, .nonsense: false
            }
        }

        func steps(isFirst: Bool) -> [ScriptedUpstream.Step] {
            let head = ScriptedUpstream.Step.head(length: nil, type: "text/event-stream")
            let text = UsageTests.chunk(words)
            switch fault {
            case .failsOnce where isFirst: return .failure(500)
            case .none, .failsOnce:
                return UsageTests.stream([text, UsageTests.chunk(nil, finish: "stop"), ["choices": [], "usage": usage]])
            case .usageInAChoice: return UsageTests.stream([text, UsageTests.chunk(nil, finish: "stop", usage: usage)])
            case .wholeAnswer:
                let choice: JSONValue = ["index": 0, "message": ["role": "assistant", "content": .string(words)], "finish_reason": "stop"]
                return .json(["choices": [choice], "usage": usage])
            case .noUsage: return UsageTests.stream([text, UsageTests.chunk(nil, finish: "stop")])
            case .rejected: return .failure(400)
            case .gatewayTimeout: return .failure(504)
            case .cut: return [head, .send(UsageTests.events([text], done: false)), .close]
            case .cutAfterUsage: return [head, .send(UsageTests.events([text, ["choices": [], "usage": usage]], done: false)), .close]
            case .nonsense: return .answer(200, Array("data: {\"choices\": nonsense\n\n".utf8), type: "text/event-stream")
            }
        }
    }

    @Test(.timeLimit(.minutes(10))) func rowsEqualTheProvidersOwnNumbers() async throws {
        let asked = Mutex<[Int: Int]>([:])
        try await UsageTests.serve({ request in
            let number = request.json["seed"]?.intValue ?? 0
            let isFirst = asked.withLock { asked in
                asked[number, default: 0] += 1
                return asked[number] == 1
            }
            return Plan(number).steps(isFirst: isFirst)
        }) { _, _, client in
            try await Self.askAll(client)
            let rows = try await Self.allRows(client)
            #expect(rows.count == Self.requests && Set(rows.map { $0["id"]?.stringValue ?? "" }).count == Self.requests)
            let plans = (0..<Self.requests).map { Plan($0) }
            let counted = plans.filter(\.isCounted)
            let said = rows.filter { $0["estimated"] == false }
            func sum(_ name: String) -> Int { said.reduce(0) { $0 + ($1[name]?.intValue ?? 0) } }
            #expect(sum("prompt_tokens") == counted.reduce(0) { $0 + $1.prompt })
            #expect(sum("completion_tokens") == counted.reduce(0) { $0 + $1.completion })
            #expect(sum("cached_tokens") == counted.reduce(0) { $0 + $1.cached })
            // Usage that the provider did not report is marked as estimated; a rejected request costs nothing.
            let free = plans.count { $0.fault == .rejected || $0.fault == .gatewayTimeout }
            #expect(said.count == counted.count + free && rows.count - said.count == plans.count - counted.count - free)
            let completed: Set<Fault> = [.none, .usageInAChoice, .wholeAnswer, .noUsage, .failsOnce]
            #expect(rows.count { $0["outcome"] == "completed" } == plans.count { completed.contains($0.fault) })
            #expect(rows.count { $0["outcome"] == "failed" } == plans.count { !completed.contains($0.fault) })
            #expect(asked.withLock { asked in asked.filter { $0.value != 1 }.keys.allSatisfy { Plan($0).fault == .failsOnce } })

            let grouped = try await client.get("/v1/usage?group_by=day,hour,model,key,outcome").json
            let total = rows.reduce(0) { $0 + ($1["total_tokens"]?.intValue ?? 0) }
            #expect(grouped["total"]?["total_tokens"]?.intValue == total && grouped["total"]?["requests"]?.intValue == Self.requests)
            #expect(grouped["data"]?.arrayValue?.reduce(0) { $0 + ($1["total_tokens"]?.intValue ?? 0) } == total)
        }
    }

    private static func askAll(_ client: TestClient) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    for number in stride(from: worker, to: requests, by: workers) {
                        let answer = try await client.post(
                            "/v1/chat/completions", UsageTests.ask(["seed": .init(number), "stream": .bool(Plan(number).isStream)]))
                        #expect([200, 400, 502].contains(answer.status), "\(number): \(answer.text)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func allRows(_ client: TestClient) async throws -> [JSONValue] {
        var rows: [JSONValue] = []
        var cursor: String?
        repeat {
            let page = try await client.get("/v1/usage?limit=1000" + (cursor.map { "&cursor=\($0)" } ?? "")).json
            rows += page["data"]?.arrayValue ?? []
            cursor = page["next_cursor"]?.stringValue
        } while cursor != nil
        return rows
    }
}
