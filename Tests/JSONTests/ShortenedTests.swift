import JSON
import Testing

@Suite struct ShortenedTests {
    @Test func textIsBoundedByBytesAndCutBetweenScalars() {
        #expect("".shortened(toBytes: 4) == "" && "lamp".shortened(toBytes: 4) == "lamp")
        #expect("lamps".shortened(toBytes: 4) == "lamp…")
        #expect("aéb".shortened(toBytes: 2) == "a…" && "aéb".shortened(toBytes: 3) == "aé…")
        #expect("🛟".shortened(toBytes: 3) == "…" && "lamps"[...].shortened(toBytes: 2) == "la…")
    }

    /// A text that is a single `Character`, but a megabyte long.
    @Test func oneCharacterOfManyScalarsIsCut() {
        let text = "a" + String(repeating: "\u{301}", count: 500_000)
        #expect(text.count == 1 && text.shortened(toBytes: 80).utf8.count <= 80 + "…".utf8.count)
        #expect(JSONFields.quote(.string(text)).utf8.count < 100)
    }
}
