import TestSupport
import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct RetryPolicyTests {
    @Test func waitsDoubleUpToTheLongestAndJitterReachesFromNothingToAll() {
        let policy = RetryPolicy(attempts: 8, firstWait: .seconds(1), longestWait: .seconds(10))
        for (failed, ceiling) in zip(1..., [1.0, 2, 4, 8, 10, 10, 10]) {
            #expect(policy.wait(after: failed, retryAfter: nil) { $0.upperBound } == .seconds(ceiling))
            #expect(policy.wait(after: failed, retryAfter: nil) { $0.lowerBound } == .zero)
        }
        #expect(policy.wait(after: 8, retryAfter: nil) { $0.upperBound } == nil)
        let endless = RetryPolicy(attempts: .max, firstWait: .seconds(1), longestWait: .seconds(10))
        #expect(endless.wait(after: .max - 1, retryAfter: nil) { $0.upperBound } == .seconds(10))
    }

    @Test func whatTheProviderAsksIsKeptToOrTheRequestFails() {
        let policy = RetryPolicy(attempts: 3, firstWait: .seconds(1), longestWait: .seconds(2), longestRetryAfter: .seconds(60))
        #expect(policy.wait(after: 1, retryAfter: .seconds(60)) { $0.lowerBound } == .seconds(60))
        #expect(policy.wait(after: 1, retryAfter: .seconds(60)) { $0.upperBound } == .seconds(61))
        #expect(policy.wait(after: 1, retryAfter: .zero) { $0.lowerBound } == .zero)
        #expect(policy.wait(after: 1, retryAfter: .seconds(61)) { $0.lowerBound } == nil)
        #expect(policy.wait(after: 3, retryAfter: .seconds(1)) { $0.lowerBound } == nil)
    }

    /// 1994-11-06 08:49:37 UTC, the example of RFC 9110.
    static let moment: Int64 = 784_111_777

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun Nov 16 08:49:37 1994",
    ])
    func datesInAllThreeForms(text: String) {
        let later: Int64 = text.contains("16") ? 10 * 86_400 : 0
        #expect(HTTPDate(text, now: Self.moment)?.seconds == Self.moment + later)
        #expect(RetryAfter.wait(text, now: Self.moment - 30) == .seconds(30 + later))
        #expect(RetryAfter.wait(text, now: Self.moment + later + 5) == .zero)
    }

    @Test func datesAgainstACalendar() {
        // From `date -u -d @N`.
        let known: [(String, Int64)] = [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400), ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
        ]
        for (text, seconds) in known { #expect(HTTPDate(text, now: 0)?.seconds == seconds, "\(text)") }
        // A two-digit year means the nearest year that is at most 50 years in the future.
        #expect(HTTPDate("Sunday, 06-Nov-94 08:49:37 GMT", now: 1_800_000_000)?.seconds == Self.moment)
        #expect(HTTPDate("Monday, 01-Jan-30 00:00:00 GMT", now: 1_800_000_000)?.seconds == 1_893_456_000)
    }

    static let waits: [(text: String, seconds: Int64)] = [
        ("0", 0), ("120", 120), (" 7 ", 7), ("99999999999999999999999999", RetryAfter.longestSeconds),
        ("9223372036854775807", RetryAfter.longestSeconds), ("Fri, 31 Dec 9999 23:59:59 GMT", RetryAfter.longestSeconds),
    ]

    @Test(arguments: waits) func seconds(text: String, expected: Int64) {
        let wait = RetryAfter.wait(text, now: Self.moment)
        #expect(wait == Duration.seconds(expected))
    }

    @Test(arguments: [
        "", "-1", "1.5", "soon", "1e3", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "٣", "Sun, 06 Nov 19940 08:49:37 GMT", ", , , , ,",
        "99999999999999999999999 GMT",
    ])
    func whatIsNeitherIsNothing(text: String) {
        #expect(RetryAfter.wait(text, now: Self.moment) == nil)
    }

    @Test func noTextTraps() {
        var rng = SplitMix64(seed: 11)
        let pieces = [
            "Sun,", "06", "Nov", "1994", "08:49:37", "GMT", "-", " ", ",", "9999999999", "00", ":", "-1", "é", "\u{0}", "Jan", "31",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...9, using: &rng)).map { _ in pieces.randomElement(using: &rng) ?? "" }.joined(separator: " ")
            for now: Int64 in [0, .max, .min, Self.moment] {
                if let wait = RetryAfter.wait(text, now: now) {
                    #expect(wait >= .zero && wait <= .seconds(RetryAfter.longestSeconds), "\(text)")
                }
            }
        }
    }
}
