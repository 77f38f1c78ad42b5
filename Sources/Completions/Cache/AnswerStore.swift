internal import Citing
internal import JSON

/// Keeps whole answers to give them again. Shared by all callers, who cannot ask for each other's: their keys differ.
public protocol AnswerStore: Sendable {
    func answer(for key: AnswerKey) async -> StoredAnswer?
    /// Keeps an answer, or does not: a store forgets what it likes when it likes.
    func store(_ answer: StoredAnswer, for key: AnswerKey) async
    /// Answers that are kept, and the bytes they are reckoned to take; `nil` where that is not known.
    func contents() async -> (answers: Int, bytes: Int)?
}

extension AnswerStore {
    public func contents() async -> (answers: Int, bytes: Int)? { nil }
}

/// An answer from its first step to its last.
public struct StoredAnswer: Sendable {
    public let steps: [ChatTurn.Step]

    /// - Parameter steps: the last is the end.
    public init(steps: [ChatTurn.Step]) { self.steps = steps }

    /// Bytes, about.
    var cost: Int { steps.reduce(0) { $0 + $1.cost } }
}

extension ChatTurn.Step {
    /// Reckoned for a step beside its text.
    private static let overhead = 64

    /// Bytes, about.
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
