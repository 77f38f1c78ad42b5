public import Tenancy

/// Tokens of one request to a model, in the tokens of that model.
public struct UsageTokens: Hashable, Sendable {
    public let prompt: Int
    public let completion: Int
    /// Of `prompt`: read from the provider's cache.
    public let cached: Int
    /// Whether they were counted here, or are what was expected, because no provider said.
    public let isEstimated: Bool

    /// A provider that says more of one request has miscounted. The bound lets billions of requests be summed in 64 bits.
    public static let maximum = 1_000_000_000

    /// Numbers outside `0...maximum` are brought inside, and then count as estimated.
    public init(prompt: Int, completion: Int, cached: Int = 0, isEstimated: Bool = false) {
        let range = 0...Self.maximum
        self.prompt = min(max(prompt, 0), Self.maximum)
        self.completion = min(max(completion, 0), Self.maximum)
        self.cached = min(max(cached, 0), Self.maximum)
        self.isEstimated = isEstimated || ![prompt, completion, cached].allSatisfy(range.contains)
    }

    public static let none = UsageTokens(prompt: 0, completion: 0)

    public var total: Int { prompt + completion }
}

/// What became of a request to a model.
public enum UsageOutcome: String, CaseIterable, Sendable {
    /// Not ended yet; its tokens are what it may take.
    case open
    case completed
    /// Answered from the response cache: no model was asked.
    case cached
    case failed
    /// The caller went away, or the server stopped.
    case cancelled
    /// Nobody read the answer to its end.
    case abandoned
    /// The tenant's quota was spent.
    case refused
    /// The process ended before the request did.
    case interrupted
}

/// The name of a request's row, unique within its tenant. It begins with the moment of its start, so that names are ordered by time.
public struct UsageID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String
    static let length = 32

    /// A fresh one: twelve hexadecimal digits of milliseconds since 1970, then 80 random bits; within the millisecond of `last`, the
    /// one that follows it.
    ///
    /// Source: RFC 9562, section 6.2, method 2.
    public init(at moment: Timestamp, after last: UsageID? = nil, using generator: inout some RandomNumberGenerator) {
        let time = Self.time(moment)
        if let last, last.rawValue >= time {
            rawValue = last.next
        } else {
            let high = generator.next() as UInt64
            let low = generator.next() as UInt64
            rawValue = time + Self.hexadecimal(high, digits: 16) + Self.hexadecimal(low, digits: 4)
        }
    }

    /// One more, read as a number.
    private var next: String {
        var digits = Array(rawValue.utf8)
        for place in digits.indices.reversed() {
            switch digits[place] {
            case UInt8(ascii: "f"): digits[place] = UInt8(ascii: "0")
            case UInt8(ascii: "9"):
                digits[place] = UInt8(ascii: "a")
                return String(decoding: digits, as: UTF8.self)
            default:
                digits[place] += 1
                return String(decoding: digits, as: UTF8.self)
            }
        }
        return rawValue
    }

    /// `nil` where `text` is no such name.
    public init?(_ text: String) {
        let isHexadecimal = text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        guard text.utf8.count == Self.length, isHexadecimal else { return nil }
        rawValue = text
    }

    public var description: String { rawValue }

    public static func < (a: UsageID, b: UsageID) -> Bool { a.rawValue < b.rawValue }

    /// What all names of that moment and later are not before.
    static func time(_ moment: Timestamp) -> String { hexadecimal(UInt64(max(0, moment.milliseconds)), digits: 12) }

    /// The last `digits` of the number.
    private static func hexadecimal(_ number: UInt64, digits: Int) -> String {
        let alphabet = Array("0123456789abcdef".utf8)
        let bytes = (0..<digits).map { alphabet[Int(number >> UInt64(4 * (digits - 1 - $0)) & 15)] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A request to a model, as it is accounted for.
public struct UsageRecord: Hashable, Sendable {
    public let id: UsageID
    public let startedAt: Timestamp
    public let key: KeyID
    /// The model that was asked for, and the one that answered.
    public let askedModel: String
    public var model: String
    public var tokens: UsageTokens
    /// Tokens of the passages that were retrieved for it, by estimate from bytes; a part of the prompt.
    public var retrievedTokens: Int
    public var outcome: UsageOutcome
    /// A closed word for what went wrong.
    public var errorCode: String?
    /// From the start to the first part of the answer and to its end, in microseconds.
    public var firstTokenMicroseconds: Int64?
    public var durationMicroseconds: Int64?

    public init(id: UsageID, startedAt: Timestamp, key: KeyID, model: String, tokens: UsageTokens) {
        (self.id, self.startedAt, self.key, askedModel, self.model) = (id, startedAt, key, model, model)
        (self.tokens, retrievedTokens, outcome) = (tokens, 0, .open)
    }
}
