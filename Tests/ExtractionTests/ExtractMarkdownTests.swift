import Extraction
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ExtractMarkdownTests {
    private func outline(_ source: String) throws -> [String] {
        let document = try Extractor.extract(Array(source.utf8), format: .markdown)
        #expect(document.text == source)
        expectSound(document, "\(source)")
        return document.outline
    }

    @Test func headingsOfBothKinds() throws {
        #expect(
            try outline("# One #\ntext\n\nTwo\n===\nThree\nlines\n---\n####### seven\n#no\n") == [
                "h1: # One #", "p: text", "h1: Two\n===", "h2: Three\nlines\n---", "p: ####### seven\n#no",
            ])
    }

    @Test func codeHidesItsContent() throws {
        #expect(
            try outline("```sh\n# no heading\n\n- no item\n``` x\n```\n~~~\nopen\n") == [
                "code: ```sh\n# no heading\n\n- no item\n``` x\n```", "code: ~~~\nopen",
            ])
        #expect(try outline("para\n\n    code\n\n    more\nafter") == ["p: para", "code:     code\n\n    more", "p: after"])
        #expect(try outline("para\n    continued") == ["p: para\n    continued"])
    }

    @Test func listsQuotesAndRules() throws {
        #expect(
            try outline("- a\n  b\n- c\n\n  d\n  - e\n1) f\n\nend\n\n> q\n> r\nlazy\n\n***\n") == [
                "li: - a\n  b", "li: - c", "li: d", "li: - e", "li: 1) f", "p: end", "quote: > q\n> r\nlazy", "p: ***",
            ])
        #expect(try outline("The year was\n1984. A long time ago.\n") == ["p: The year was\n1984. A long time ago."])
        #expect(try outline("- a\n\n  ```\n  x\n  ```\n") == ["li: - a", "code: ```\n  x\n  ```"])
    }

    @Test func tablesRowByRow() throws {
        #expect(
            try outline("| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |\n\nx | y\n") == [
                "row: | a | b |\n|---|:-:|", "row: | 1 | 2 |", "row: | 3 | 4 |", "p: x | y",
            ])
    }

    /// A table may follow a line of text, and be part of an item.
    @Test func tablesBelowText() throws {
        #expect(try outline("Stock:\n| a | b |\n|---|---|\n| 1 | 2 |\n") == ["p: Stock:", "row: | a | b |\n|---|---|", "row: | 1 | 2 |"])
        #expect(try outline("- Stock:\n\n  a | b\n  --|--\n  1 | 2\n") == ["li: - Stock:", "row: a | b\n  --|--", "row: 1 | 2"])
        #expect(try outline("| a \\| b | c |\n|---|---|\n| 1 | 2 |\n").count == 2)
        #expect(try outline("a | b | c\n---|---\n") == ["p: a | b | c\n---|---"])
    }

    /// - Source: examples of CommonMark 0.31, section 6.
    @Test(arguments: [
        ("# Write `&amp;` here", "Write &amp; here"), ("# `` a ` b `` c", "a ` b c"), ("# a ` b", "a ` b"), ("# `*x*` *y*", "*x* y"),
        ("# 2 * 3 * 4", "2 * 3 * 4"),
        ("# f(*args)", "f(*args)"), ("# **bold** and *it*", "bold and it"), ("# ***all***", "all"), ("# a*b*c", "abc"),
        ("# a_b_c _d_", "a_b_c d"), ("# ~~old~~ new", "old new"),
        ("# [x](http://y/(z) \"t\") w", "x w"), ("# <http://x.org/a> b", "http://x.org/a b"), ("# <me@x.org> b", "me@x.org b"),
        ("# a <b>c</b>", "a c"), ("# \\*x\\*", "*x*"),
        ("# &#+38; &#x; &#38;", "&#+38; &#x; &"), ("# &copy 2020 &copy; 2020", "&copy 2020 © 2020"), ("# &check;", "✓"),
        ("# a ** b", "a ** b"), ("# `a", "`a"),
    ])
    func inlineMarkup(_ source: String, _ expected: String) throws {
        #expect(try Extractor.extract(Array(source.utf8), format: .markdown).title == expected)
    }

    @Test(arguments: ["`", "``a`", "[a](", "*a", "_a *", "<a:", "~~", "[](("]) func hostileHeadingsAreLinear(_ piece: String) {
        let line = "# " + String(repeating: piece, count: 2_000 / piece.utf8.count) + "\n"
        #expect(outcome(Array(String(repeating: line, count: 300).utf8), .markdown) == nil)
    }

    @Test(
        arguments: [
            ("---\ntitle: \"From matter\"\ntags: [a]\n---\n# Heading\n", "From matter"),
            ("+++\ntitle = 'Toml'\n+++\ntext", "Toml"), ("---\nauthor: x\n---\n# Heading\n", "Heading"),
            ("---\nno key here\n---\n# Heading\n", "Heading"),
            ("## Two\n# The *best* `code` [link](http://x/)! #\n", "The best code link!"),
            ("Under_line_d\n====\n", "Under_line_d"), ("# a \\* b ![img](x.png) {#id}", "a * b img"), ("## Only two", nil),
            ("# [a] [b][c] <a name=x></a>d", "[a] b d"),
        ] as [(String, String?)])
    func titles(_ source: String, _ title: String?) throws {
        #expect(try Extractor.extract(Array(source.utf8), format: .markdown).title == title)
    }

    @Test(arguments: 0..<150 as Range<UInt64>) func randomSourcesAreKeptAndCovered(seed: UInt64) throws {
        var random = RandomDocuments(seed: seed)
        let source = random.markdown()
        let note: Comment = "seed \(seed)"
        if let document = try? Extractor.extract(Array(source.utf8), format: .markdown) {
            #expect(document.text == source, note)
        }
        for _ in 0..<5 { _ = outcome(random.damaged(Array(source.utf8)), .markdown, note) }
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["line\n", "# a\n", "> q\n", "- a\n", "```\n", "|a|\n|-|\n", "[[](", "\t", "a\n==\n", "-"])
    func manyLinesAreLinear(_ line: String) {
        let bytes = Array(repeatElement(Array(line.utf8), count: 100_000).joined()) + Array("x".utf8)
        #expect(outcome(bytes, .markdown) == nil)
    }
}
