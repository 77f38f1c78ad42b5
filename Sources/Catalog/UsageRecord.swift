public import Tenancy

/// The tokens of one model request, as that model counts them.
public struct UsageTokens: Hashable, Sendable {
    public let prompt: Int
    public let completion: Int
    /// Tokens of `prompt` that were read from the provider's cache.
    public let cached: Int
    /// Whether the numbers are contextd's count or expectation, because the provider reported none.
    public let isEstimated: Bool

    /// Maximum number of tokens per request; a provider that reports more has miscounted. Billions of requests can be summed in 64 bits.
    public static let maximum = 1_000_000_000

    /// Creates token counts. Numbers outside `0...maximum` are clamped and marked as estimated.
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

/// The outcome of a model request.
public enum UsageOutcome: String, CaseIterable, Sendable {
    /// The request has not ended; its tokens are the reserved maximum.
    case open
    case completed
    /// The request was answered from the response cache, without a model.
    case cached
    case failed
    /// The client disconnected, or the server stopped.
    case cancelled
    /// The response was not read to its end.
    case abandoned
    /// The tenant's quota was used up.
    case refused
    /// The process ended before the request did.
    case interrupted
}

/// The id of a usage row, unique within its tenant. It begins with the request's start time, so ids are ordered by time.
public struct UsageID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String
    static let length = 32

    /// Creates a new id: 12 hexadecimal digits of milliseconds since 1970, then 80 random bits. Within the millisecond of `last` it is the
    /// successor of `last`.
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

    /// The id plus one, as a hexadecimal number.
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

    /// Returns `nil` if `text` is not a valid id.
    public init?(_ text: String) {
        let isHexadecimal = text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        guard text.utf8.count == Self.length, isHexadecimal else { return nil }
        rawValue = text
    }

    public var description: String { rawValue }

    public static func < (a: UsageID, b: UsageID) -> Bool { a.rawValue < b.rawValue }

    /// Returns the common prefix of the ids of that millisecond, a lower bound for these and all later ids.
    static func time(_ moment: Timestamp) -> String { hexadecimal(UInt64(max(0, moment.milliseconds)), digits: 12) }

    /// Returns the last `digits` hexadecimal digits of the number.
    private static func hexadecimal(_ number: UInt64, digits: Int) -> String {
        let alphabet = Array("0123456789abcdef".utf8)
        let bytes = (0..<digits).map { alphabet[Int(number >> UInt64(4 * (digits - 1 - $0)) & 15)] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The accounting record of a model request.
public struct UsageRecord: Hashable, Sendable {
    public let id: UsageID
    public let startedAt: Timestamp
    public let key: KeyID
    /// The requested model, and the one that answered.
    public let requestedModel: String
    public var model: String
    public var tokens: UsageTokens
    /// Tokens of the retrieved passages, estimated from their bytes; included in the prompt.
    public var retrievedTokens: Int
    public var outcome: UsageOutcome
    /// The error code, from a fixed set.
    public var errorCode: String?
    /// Time from the start to the first part of the response and to its end, in microseconds.
    public var firstTokenMicroseconds: Int64?
    public var durationMicroseconds: Int64?

}

extension UsageRecord {
    public init(id: UsageID, startedAt: Timestamp, key: KeyID, model: String, tokens: UsageTokens) {
        self.init(
            id: id, startedAt: startedAt, key: key, requestedModel: model, model: model, tokens: tokens, retrievedTokens: 0, outcome: .open)
    }
}
