import Scheduling
import Testing

@Suite struct FairSharesTests {
    @Test func aReleaseWithoutASlotEarnsNothing() {
        var shares = FairShares<String>(capacity: 10)
        shares.release(by: "a")
        #expect(shares.queue(1, for: "b") && shares.queue(1, for: "a"))
        #expect(shares.next == "b", "both hold nothing, and b came first")
        shares.serve(1, to: "a", holding: 1)
        shares.release(by: "a")
        shares.release(by: "a")
        shares.serve(1, to: "b")
        #expect(shares.next == "b", "both hold nothing, and were served as much")
    }
}
