import Tenancy
import TestSupport
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: ["a", "acme", "a-b_c9", "0", String(repeating: "x", count: 63)])
    func takesTenantNames(_ text: String) { #expect(TenantID(text)?.rawValue == text) }

    @Test(arguments: ["", "A", "-a", "_a", "a b", "a/b", "..", "é", "a\0", String(repeating: "x", count: 64)])
    func refusesTenantNames(_ text: String) { #expect(TenantID(text) == nil) }

    @Test(arguments: ["1", "a/b c?#%", "文書", "../etc/passwd", String(repeating: "x", count: 512)])
    func takesDocumentNames(_ text: String) { #expect(DocumentID(text)?.rawValue == text) }

    @Test(arguments: ["", "a\n", "\0", "a\u{7f}", "\u{85}", String(repeating: "x", count: 513), String(repeating: "é", count: 257)])
    func refusesDocumentNames(_ text: String) { #expect(DocumentID(text) == nil) }

    @Test(arguments: [("\u{E9}", "e\u{301}"), ("\u{FEFF}a", "a"), ("\u{212A}", "K"), ("a\u{323}\u{301}", "a\u{301}\u{323}")])
    func documentNamesAreTheirBytes(first: String, second: String) throws {
        let (first, second) = (try #require(DocumentID(first)), try #require(DocumentID(second)))
        #expect(first != second && Set([first, second]).count == 2 && (first < second) != (second < first))
    }

    @Test func keysRoundTripAndAreNeverTheSame() {
        let keys = (0..<200).map { _ in APIKey.random() }
        #expect(Set(keys.map(\.text)).count == 200)
        for key in keys {
            let parsed = APIKey(key.text)
            #expect(parsed?.id == key.id && parsed?.secret == key.secret)
        }
    }

    @Test func malformedKeysAreNoKeys() {
        let good = APIKey.random().text
        #expect(APIKey(good) != nil)
        for bad in [
            "", "ctx_", "ctx__", good + "x", String(good.dropLast()), "CTX" + good.dropFirst(3), good.uppercased(), good + "_a", " " + good,
        ] {
            #expect(APIKey(bad) == nil, "\(bad)")
        }
    }

    @Test func permissionsAreReadAsUsersWriteThem() throws {
        #expect(try Permission.parse("read, write") == [.read, .write])
        #expect(try Permission.parse("read") == [.read])
        for bad in ["", "admin", "read,", ",", "read;write"] {
            #expect(throws: Permission.UnknownPermission.self) { try Permission.parse(bad) }
        }
    }
}
