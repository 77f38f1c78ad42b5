import ContextServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct MultipartTests {
    private static let type = "multipart/form-data; boundary=XX"

    private func parse(
        _ body: String, _ type: String = type, limits: MultipartLimits = MultipartLimits()
    ) throws(MultipartError) -> [MultipartPart] {
        try MultipartForm.parse(body: Array(body.utf8), contentType: type, limits: limits)
    }

    private func code(_ body: String, _ type: String = type, limits: MultipartLimits = MultipartLimits()) -> MultipartError.Code? {
        do { _ = try parse(body, type, limits: limits) } catch { return error.code }
        return nil
    }

    private func part(_ disposition: String, _ body: String = "v", more: String = "") -> String {
        "--XX\r\nContent-Disposition: form-data; \(disposition)\r\n\(more)\r\n\(body)\r\n"
    }

    @Test func readsAFormAsBrowsersSendIt() throws {
        let body =
            "preamble\r\n--XX \t\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA title\r\n"
            + "--XX\r\ncontent-disposition:form-data; filename=\"C:\\dir\\ä \\\"b\\\".txt\"; name=file\r\n"
            + "Content-Type: text/plain; charset=utf-8\r\n\r\nline\r\n--XXY no boundary\r\n--X\r\n\r\n"
            + "--XX\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--XX--\r\nepilogue --XX"
        let parts = try parse(body)
        #expect(parts.map(\.name) == ["title", "file", "empty"])
        #expect(parts.map(\.fileName) == [nil, "ä \"b\".txt", nil])
        #expect(parts[1].contentType == "text/plain; charset=utf-8")
        #expect(parts.map { String(decoding: $0.body, as: UTF8.self) } == ["A title", "line\r\n--XXY no boundary\r\n--X\r\n", ""])
    }

    @Test(arguments: [
        ("multipart/form-data; boundary=XX", true), ("Multipart/Form-Data; charset=utf-8; BOUNDARY=\"XX\"", true),
        ("multipart/form-data", false), ("multipart/form-data; boundary=", false), ("multipart/mixed; boundary=XX", false),
        ("application/json", false), ("multipart/form-data; boundary=XX; boundary=YY", false), ("", false),
        ("multipart/form-data; boundary=\"XX ", false), ("multipart/form-data; boundary=\"X{\"", false),
        ("multipart/form-data; boundary=\"XX \"", false),
    ])
    func contentTypes(_ type: String, _ isRead: Bool) {
        let wanted: [MultipartError.Code] = [.notMultipart, .invalidBoundary]
        let code = code(part("name=a") + "--XX--", type)
        #expect(isRead ? code == nil : code.map(wanted.contains) == true)
    }

    @Test func boundariesMayHaveSeventyCharacters() {
        for (length, isRead) in [(1, true), (70, true), (71, false)] {
            let boundary = String(repeating: "b", count: length)
            let body = part("name=a").replacing("--XX", with: "--" + boundary) + "--\(boundary)--"
            #expect((code(body, "multipart/form-data; boundary=\(boundary)") == nil) == isRead, "\(length)")
        }
        #expect(
            code(
                "--a b'()+_,-./:=?\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n--a b'()+_,-./:=?--",
                "multipart/form-data; boundary=\"a b'()+_,-./:=?\"") == nil)
    }

    @Test(arguments: [
        ("filename=\"plain.txt\"", "plain.txt"), ("filename*=UTF-8''%e2%82%ac%20rates.md", "€ rates.md"),
        ("filename=\"a.txt\"; filename*=utf-8'en'b.txt", "b.txt"), ("filename=\"../../etc/passwd\"", "passwd"),
        ("filename*=UTF-8''..%2F..%2Fx", "x"), ("filename=\"\"", ""),
    ])
    func fileNames(_ parameter: String, _ name: String) throws {
        #expect(try parse(part("name=f; \(parameter)") + "--XX--").map(\.fileName) == [name])
    }

    @Test(arguments: [
        "", "x", "--XX", "--XX\r\n", "--XX\r\n\r\n", "--XX\r\nContent-Disposition: form-data; name=a\r\n",
        "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nbody",
        "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nbody\r\n--XX",
        "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nbody\r\n--XX\r\n",
        "--XX\nContent-Disposition: form-data; name=a\n\nbody\n--XX--",
    ])
    func bodiesWithoutAnEndAreRefused(_ body: String) {
        let code = code(body)
        #expect(code == .truncated || code == .malformed)
    }

    @Test(arguments: [
        "X: y\r\n", "Content-Disposition: form-data\r\n", "Content-Disposition: attachment; name=a\r\n",
        "Content-Disposition: form-data; name\r\n",
        "Content-Disposition: form-data; name=\"a\r\n", "Content-Disposition: form-data; name=a\r\nno colon\r\n",
        "Content-Disposition: form-data; name=a\r\n folded: x\r\n", "Content-Disposition: form-data; name=a; name=b\r\n",
        "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n",
        "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n",
        "Content-Disposition: form-data; name=a; filename*=UTF-8''%zz\r\n",
        "Content-Disposition: form-data; name=a; filename*=UTF-8''%ff\r\n",
        "Content-Disposition: form-data; name=a; filename*=latin1''a\r\n",
        "Content-Disposition: form-data; name=a; filename*=UTF-8''a%00b\r\n", "Content-Disposition: form-data; name=\"a\u{0}\"\r\n",
        "Content\rX: y\r\n",
    ])
    func badHeadersAreRefused(_ headers: String) {
        #expect(code("--XX\r\n\(headers)\r\nbody\r\n--XX--") == .malformed)
    }

    @Test func headersMustBeUTF8() {
        let body = Array("--XX\r\nContent-Disposition: form-data; name=\"".utf8) + [0xFF] + Array("\"\r\n\r\nv\r\n--XX--".utf8)
        #expect(throws: MultipartError.self) { try MultipartForm.parse(body: body, contentType: Self.type) }
    }

    @Test func limitsAreKeptExactly() {
        let three = part("name=a") + part("name=b") + part("name=c") + "--XX--"
        #expect(code(three, limits: MultipartLimits(maxParts: 3)) == nil)
        #expect(code(three, limits: MultipartLimits(maxParts: 2)) == .tooManyParts)
        let long = part("name=a", more: "X: \(String(repeating: "x", count: 20_000))\r\n") + "--XX--"
        #expect(code(long) == .headersTooLarge)
        #expect(code(long, limits: MultipartLimits(maxHeaderBytes: 30_000)) == nil)
        let endless = "--XX\r\n" + String(repeating: "x", count: 1_000_000)
        #expect(code(endless) == .headersTooLarge)
        let many = "--XX\r\n" + String(repeating: "A: b\r\n", count: 100_000)
        #expect(code(many) == .headersTooLarge)
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["\r", "\r\n", "\r\n--", "\r\n--X", "\r\n--XX", "\r\n--XX \t", "--XX", "-"])
    func hostileBodiesAreLinear(_ piece: String) {
        let filler = String(repeating: piece, count: 5_000_000 / piece.utf8.count)
        // Some of these are delimiters; the following ones are then read as headers.
        let want: MultipartError.Code? = piece.hasPrefix("\r\n--XX") ? .headersTooLarge : nil
        #expect(code(part("name=a", filler) + "x\r\n--XX--") == want)
    }

    @Test func boundariesFollowedByEndlessBlanksAreLinear() {
        // A boundary once, followed by blanks to the end: they are scanned once.
        #expect(code(part("name=a", "x\r\n--XX" + String(repeating: " ", count: 1_000_000) + "y") + "--XX--") == nil)
    }

    @Test(arguments: 0..<100 as Range<UInt64>) func randomFormsComeBack(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let alphabet: [UInt8] = [0x0D, 0x0A, 0x2D, 0x58, 0x20, 0x00, 0xFF]
        var bodies = (0..<Int.random(in: 1...5, using: &rng)).map { _ in
            (0..<Int.random(in: 0...60, using: &rng)).map { _ in alphabet.randomElement(using: &rng) ?? 0 }
        }
        // A client would not send a body that contains the delimiter.
        bodies.removeAll { String(decoding: [0x0D, 0x0A] + $0 + [0x0D, 0x0A], as: UTF8.self).contains("\r\n--XX") }
        var form: [UInt8] = []
        for body in bodies { form += Array("--XX\r\nContent-Disposition: form-data; name=n\r\n\r\n".utf8) + body + [0x0D, 0x0A] }
        form += Array("--XX--".utf8)
        let parts = try MultipartForm.parse(body: form, contentType: Self.type)
        #expect(parts.map { Array($0.body) } == bodies, "seed \(seed)")
        for _ in 0..<20 {
            var damaged = form
            damaged[Int.random(in: damaged.indices, using: &rng)] = UInt8.random(in: 0...255, using: &rng)
            _ = try? MultipartForm.parse(body: damaged, contentType: Self.type)
            _ = try? MultipartForm.parse(body: Array(form.prefix(Int.random(in: 0...form.count, using: &rng))), contentType: Self.type)
        }
    }
}
