import Extraction
import Foundation
import Mail
import TestSupport
import Testing

@Suite struct MessageTests {
    @Test func fieldsAndParagraphs() throws {
        let document = try mail(
            "Received: by x\nFrom: Ann <ann@example.org>\nTo: Bo\n <bo@example.org>\nCc: c@example.org\nDate: Mon, 1 Jan 2024 "
                + "10:00:00 +0000\n"
                + "Subject: A long\n\tsubject\n\nHello,\nsecond line\n\n> quoted\n> more\n\nBye\n")
        #expect(document.title == "A long subject" && document.mediaType.essence == "message/rfc822")
        #expect(
            document.outline == [
                "h1: A long subject", "p: From: Ann <ann@example.org>", "p: To: Bo <bo@example.org>", "p: Cc: c@example.org",
                "p: Date: Mon, 1 Jan 2024 10:00:00 +0000", "p: Hello,\nsecond line", "quote: quoted\nmore", "p: Bye",
            ])
    }

    @Test(arguments: [
        ("=?UTF-8?B?4pi4?= x", "☸ x"), ("=?iso-8859-1?Q?caf=E9_au?= =?iso-8859-1?q?_lait?=", "café au lait"),
        // A letter of two bytes, cut between two words.
        ("=?UTF-8?B?w4Q=?=\n =?UTF-8?Q?=C3?=\n =?UTF-8?Q?=A4?=", "Ää"), ("=?ISO-2022-JP?B?GyRCJF4bKEI=?=", "ま"),
        ("=?koi8-r?B?98/U?= "
            + "=?windows-1251?Q?=C2=F1=E5?=", "ВотВсе"), ("a =?bad?X?x?= b", "a =?bad?X?x?= b"), ("1 = 2 =?", "1 = 2 =?"),
        ("=?utf-8*en?Q?a?=b", "ab"), ("=?utf-8?Q?a b?=", "a b"), ("Grüße", "Grüße"),
    ]) func encodedWords(_ subject: String, _ want: String) throws {
        #expect(try mail("Subject: \(subject)\n\nx").title == want)
    }

    @Test(arguments: [
        ("text/plain; charset=iso-8859-2", "quoted-printable", "=BF=F3=B3w=\n  x =3D=20\n1=2", "żółw x = \n1=2"),
        ("text/plain; charset=\"shift_jis\"", "base64", "g12D\ni4LN!!IA==\nYQ==", "ゾルは a"),
        ("text/plain", "7bit", "\u{1B}$B$^\u{1B}(B ok", "ま ok"), ("text/plain; charset=x-unknown", "8bit", "Grüße", "Grüße"),
        ("text", "", "plain", "plain"), ("text/plain; charset=us-ascii", "8bit", "naïve", "naïve"),
        ("text/plain; format=flowed", "", "one \ntwo\n> a \n> b\n-- \nme", "one two\n\na b\n\n--\nme"),
        ("text/plain; format=flowed; delsp=yes", "", "日本 \n語", "日本語"),
    ]) func bodies(_ type: String, _ coding: String, _ body: String, _ want: String) throws {
        let text = try mail("Subject: s\nContent-Type: \(type)\nContent-Transfer-Encoding: \(coding)\n\n\(body)\n").text
        #expect(text == "s\n\n" + OneSpace.lines(want))
    }

    private static let alternative =
        "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain words\n--b\nContent-Type: text/html\n\n"
        + "<h2>Rich</h2><p>words</p>\n--b--\n"

    @Test func oneOfTheAlternativesIsRead() throws {
        #expect(try mail("Subject: s\n" + Self.alternative).outline == ["h1: s", "h2: Rich", "p: words"])
        let blank = Self.alternative.replacingOccurrences(of: "<h2>Rich</h2><p>words</p>", with: "<p></p>")
        #expect(try mail("Subject: s\n" + blank).outline == ["h1: s", "p: plain words"])
    }

    @Test func attachmentsAreParts() throws {
        let text =
            "Subject: s\nContent-Type: multipart/mixed; boundary=\"a b\"\n\npreamble\n--a b\n" + Self.alternative
            + "\n--a b\nContent-Type: text/csv; name=\"=?utf-8?Q?t=C3=A4ble.csv?=\"\nContent-Disposition: attachment\n\nx,y\n1,2\n"
            + "--a b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename*0*=utf-8''p%C3%A4; "
                + "filename*1=rt.bin\n"
            + "Content-Transfer-Encoding: base64\n\nAAEC\n--a b\nContent-Type: image/png; name=logo.png\nContent-ID: <1>\n\nx\n"
        let document = try mail(text)
        #expect(document.outline == ["h1: s", "h2: Rich", "p: words", "h2: täble.csv", "record: x,y", "record: 1,2", "h2: pärt.bin"])
        #expect(document.parts.map(\.label) == ["täble.csv", "pärt.bin"])
        #expect(document.parts.allSatisfy { $0.kind == .attachment })
        let utf8 = Array(document.text.utf8)
        #expect(document.parts.map { String(decoding: utf8[$0.range], as: UTF8.self) } == ["täble.csv\n\nx,y\n1,2", "pärt.bin"])
    }

    @Test func relatedReportSignedAndForwarded() throws {
        let related =
            "Content-Type: multipart/related; boundary=r; start=\"<2>\"\n\n--r\nContent-Type: image/gif\nContent-ID: <1>\n\nx\n--r\n"
            + "Content-Type: text/html\nContent-ID: <2>\n\n<p>page</p>\n--r--\n"
        #expect(try mail("Subject: s\n" + related).outline == ["h1: s", "p: page"])
        let signed =
            "Content-Type: multipart/signed; boundary=g\n\n--g\n\nwords\n--g\nContent-Type: application/pgp-signature; "
                + "name=sig.asc\n\nxx\n--g--\n"
        #expect(try mail("Subject: s\n" + signed).outline == ["h1: s", "p: words"])
        let report =
            "Content-Type: multipart/report; boundary=q\n\n--q\n\nNot delivered\n--q\nContent-Type: "
                + "message/delivery-status\n\nAction: failed\n\n--q\n"
            + "Content-Type: message/rfc822\n\nSubject: inner\nFrom: z@example.org\n\ntext of it\n"
        #expect(
            try mail("Subject: s\n" + report).outline
                == ["h1: s", "p: Not delivered", "p: Action: failed", "h1: inner", "p: From: z@example.org", "p: text of it"])
    }

    @Test func nestingIsBounded() throws {
        var text = "Subject: deepest\n\nlast words\n"
        for level in 1...6 { text = "Subject: m\(level)\nContent-Type: message/rfc822\n\n" + text }
        let document = try mail(text)
        #expect(document.text.contains("m4") && !document.text.contains("m2") && !document.text.contains("last words"))
        let many = String(repeating: "Content-Type: multipart/mixed; boundary=x\n\n--x\n", count: 5000)
        #expect(try mail("Subject: s\n" + many).outline == ["h1: s"])
    }

    @Test(arguments: [
        "--b\n\none\n--b\n\ntwo", "--b\n\none\n\n--b  \n\ntwo\n--b--\nepilogue", "--b\n\none\n--bc\n--b\n\ntwo\n--b--",
    ]) func damagedBoundaries(_ body: String) throws {
        for type in ["multipart/mixed; boundary=b", "multipart/mixed; boundary=\"b", "multipart/mixed"] {
            let text = try mail("Subject: s\nContent-Type: \(type)\n\n\(body)\n").text
            #expect(text.hasPrefix("s\n\none") && text.hasSuffix("two"), "\(type)")
        }
        #expect(try mail("Subject: s\nContent-Type: multipart/mixed; boundary=z\n\nno boundary\n").text == "s\n\nno boundary")
        #expect(try mail("Subject: s\nno field, and no empty line\nmore\n").text == "s\n\nno field, and no empty line\nmore")
    }

    @Test func filesInsideOfTheText() throws {
        // "hello" in uuencode.
        let document = try mail("Subject: s\n\nbefore\n\nbegin 644 note.txt\n%:&5L;&\\`\n`\nend\nafter\n")
        #expect(document.outline == ["h1: s", "p: before", "p: after", "h2: note.txt", "p: hello"])
    }

    @Test func encryptedMessagesAreCalledSo() throws {
        let pgp = "Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--\n"
        let smime =
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIAG\n"
        for body in [pgp, smime, "\n-----BEGIN PGP MESSAGE-----\n\nabc\n"] {
            let error = #expect(throws: ExtractError.self) { try mail("Subject: s\nFrom: a@example.org\n" + body) }
            #expect(error?.code == .encrypted)
        }
        // What is readable besides is read.
        let both = "Subject: s\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nwords\n--m\n" + pgp + "--m--\n"
        #expect(try mail(both).text == "s\n\nwords")
    }

    @Test func signedContentIsRead() throws {
        // signedData { version 1, no digests, data { octet string } }
        let content = Array("Content-Type: text/plain\r\n\r\nsigned words\r\n".utf8)
        let octets: [UInt8] = [0x04, UInt8(content.count)] + content
        let wrapped: [UInt8] = [0xA0, UInt8(octets.count)] + octets
        let data: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01]
        let inner: [UInt8] = [0x30, 0x80, 0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x80] + data + wrapped
        let all: [UInt8] = [0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02, 0xA0, 0x80] + inner
        let text =
            "Subject: s\nContent-Type: application/pkcs7-mime; smime-type=signed-data; "
                + "name=smime.p7m\nContent-Transfer-Encoding: base64\n\n"
            + Data(all).base64EncodedString() + "\n"
        #expect(try mail(text).text == "s\n\nsigned words")
    }

    @Test func mailboxesHaveMessages() throws {
        let text =
            "From a@example.org Mon Jan  1 10:00:00 2024\nSubject: one\n\ntext\n>From here\n>>From there\n\nFrom now on\n\n"
            + "From b@example.org Tue Jan  2 10:00:00 2024\nSubject: two\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
            + "Content-Disposition: attachment; filename=n.txt\n\nnote\n--b--\n"
        let document = try mail(text, .mbox)
        #expect(
            document.outline == ["h1: one", "p: text\nFrom here", "quote: From there", "p: From now on", "h1: two", "h2: n.txt", "p: note"])
        #expect(document.parts.map(\.label) == ["n.txt"])
        #expect(throws: ExtractError.self) { try mail(text, .mbox, limits: ExtractLimits(maxParts: 1)) }
        #expect(throws: ExtractError.self) { try mail("no mailbox", .mbox) }
    }

    /// Twice the size takes no more than about twice the steps: files that would take minutes otherwise.
    @Test(arguments: ["=?a?q?x", "=?utf-8?B?", "a; b=", "<a@b>, "]) func longFieldsTakeLinearTime(_ piece: String) throws {
        let value = String(repeating: piece, count: 8000)
        let fields = (0..<40).map { "X-\($0): \(value)\n" }.joined()
        _ = try mail("Subject: \(value)\nContent-Type: text/plain; \(value)\n\(fields)\nbody\n")
    }

    @Test func everyFileIsADocumentOrAnError() throws {
        let corpus = [
            "Subject: =?utf-8?B?4pi4?=\nFrom: a\n" + Self.alternative,
            "Subject: s\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nx\n--m\nContent-Type: message/rfc822\n\nSubject: "
                + "t\n\ny\n--m--\n",
            "From a Mon Jan 1 10:00:00 2024\nSubject: a\n\n>From b\n\nFrom c Mon Jan 1 11:00:00 2024\nSubject: d\n\nbegin 644 "
                + "x\n#86)C\n`\nend\n",
        ].map { Array($0.utf8) }
        let tokens = [
            "--m", "--m--", "\n\n", "\r\n", "Content-Type: ", "multipart/", "boundary=", "charset=", "=?", "?=", "?Q?", "base64",
            "quoted-printable",
            "Content-Disposition: attachment; filename=x", "message/rfc822", ">From ", "From a Mon Jan 1 10:00:00 2024\n", "=\n", "=C3",
            "begin 644 a\n",
        ]
        let fuzzing = Fuzzing("mail")
        try fuzzing.run(corpus: corpus, tokens: tokens) { input, number in
            for format in [DocumentFormat.eml, .mbox] {
                if let document = try? mail(input, format) { expectSound(document, fuzzing.note(number)) }
            }
        }
    }
}

/// What a builder makes of white space: lines keep their newlines and blank lines, and lose space at their ends.
private enum OneSpace {
    static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: "\n")
    }
}
