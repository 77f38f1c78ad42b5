internal import Citing
internal import JSON

/// A store of complete answers. All callers share it; their keys differ, so none can get another's answers.
public protocol AnswerStore: Sendable {
    func answer(for key: AnswerKey) async -> StoredAnswer?
    /// Stores an answer; the store may decline it, or evict any answer at any time.
    func store(_ answer: StoredAnswer, for key: AnswerKey) async
    /// Returns the number of stored answers and their estimated size in bytes; `nil` if unknown.
    func contents() async -> (answers: Int, bytes: Int)?
}

/// A complete answer, from its first step to its last.
public struct StoredAnswer: Sendable {
    public let steps: [ChatTurn.Step]

    /// - Parameter steps: all steps; the last is `end`.
    public init(steps: [ChatTurn.Step]) { self.steps = steps }

    /// Approximate size in bytes.
    var cost: Int { steps.reduce(0) { $0 + $1.cost } }
}

extension ChatTurn.Step {
    /// Estimated bytes of a step in addition to its text.
    private static let overhead = 64

    /// Approximate size in bytes.
    var cost: Int {
        switch self {
        case .text(let text): Self.overhead + text.utf8.count
        case .other(let members): Self.overhead + members.serialized().count
        case .end(let outcome):
            Self.overhead + outcome.markers.count * 32
                + (outcome.citations ?? []).reduce(0) {
                    $0 + 512 + $1.text.utf8.count + ($1.title ?? "").utf8.count + ($1.url ?? "").utf8.count
                }
        }
    }
}
