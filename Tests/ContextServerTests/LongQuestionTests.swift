import JSON
import Testing

/// Questions inside other text, asked of the built-in model.
@Suite(.timeLimit(.minutes(10))) struct LongQuestionTests {
    static let ferry = "The ferry to Hesper Rock leaves at 07:15 from the east quay."
    static let question = "When does the ferry to Hesper Rock leave?"
    static let other = "What colour is the mayor's umbrella?"
    static let statements =
        "I read a book on the train yesterday and liked its quiet tone. My neighbour grows tomatoes behind the shed. "
        + "The radio played old songs all evening. "

    /// About `size` characters of other sentences.
    private static func around(_ size: Int) -> String {
        guard size > 0 else { return "" }
        let text = String(repeating: statements, count: size / statements.count + 1).prefix(size - 1)
        return String(text[..<(text.lastIndex(of: " ") ?? text.endIndex)]) + "... "
    }

    static let rows: [(question: String, before: Int, after: Int, isAnswered: Bool)] = [
        (question, 0, 0, true), (question, 370, 0, true), (question, 740, 0, true), (question, 0, 740, true), (question, 1480, 0, true),
        (question, 1000, 1000, true), (question, 4000, 0, true), (question, 0, 4000, true), (question, 8000, 7000, true),
        ("Please tell me at what time the Hesper Rock ferry leaves.", 900, 0, true),
        ("I need to know at what time the Hesper Rock ferry leaves.", 900, 0, true),
        ("when does the ferry to hesper rock leave", 740, 0, true),
        (other, 0, 0, false), (other, 740, 0, false), (other, 0, 740, false), (other, 1000, 1000, false),
        ("Who repaired the organ in the chapel?", 0, 1200, false), ("", 740, 0, false), ("", 4000, 0, false),
    ]

    @Test func theQuestionsSentencesDecide() async throws {
        let server = try await RunningServer.start(options: ["--set", "completions.cache.memory=0"])
        defer { withExtendedLifetime(server) {} }
        let client = try await server.client(tenant: "t")
        let made = try await client.post("/v1/documents?wait=true", ["id": "ferry", "text": .string(Self.ferry)])
        #expect(made.status == 200, "\(made.text)")
        for (question, before, after, isAnswered) in Self.rows {
            let text = Self.around(before) + question + " " + Self.around(after)
            let answer = try await client.post(
                "/v1/chat/completions", ["model": "extractive", "messages": [["role": "user", "content": .string(text)]]])
            let content = answer.json["choices"]?[0]?["message"]?["content"]?.stringValue ?? answer.text
            #expect(content.contains("07:15") == isAnswered, "\(question) \(before) \(after): \(content)")
        }
    }
}
