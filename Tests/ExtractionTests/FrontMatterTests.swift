import Citing
import Extraction
import Testing

/// Titles and headings of Markdown. The cases are public bug reports of other products, and siblings of them.
@Suite(.timeLimit(.minutes(10))) struct FrontMatterTests {
    private func title(_ source: String) throws -> String? { try Extractor.extract(Array(source.utf8), format: .markdown).title }

    @Test(arguments: [
        ("title: >\n  Kettle care\n  in winter", "Kettle care in winter"),
        ("title: >-\n  Kettle care\n  in winter", "Kettle care in winter"),
        ("title: |\n  Kettle care\n  in winter", "Kettle care in winter"), ("title: 'The captain''s log'", "The captain's log"),
        ("title: Kettle care # a comment", "Kettle care"), ("title: \"Kettle: care\"", "Kettle: care"), ("title: C# and F#", "C# and F#"),
        ("title: \"The \\\"best\\\" kettle \\u00e9\"", "The \"best\" kettle é"), ("title: Kettle\n  care", "Kettle care"),
        ("title: \"Kettle\n  care\" # x", "Kettle care"), ("title: |2-\n  Kettle", "Kettle"), ("title: 'a' # b", "a"),
        ("title: >+ # folded\n\n  Kettle\n\n  care\n\ntags: x", "Kettle care"), ("TITLE : Kettle", "Kettle"),
        ("title: Kettle: care", "Kettle: care"),
        ("tags: [a]\ntitle: Kettle\nauthor: b", "Kettle"), ("title: \"never ended", "never ended"), ("title: 'it''s", "it's"),
    ])
    func titlesOfYAML(_ matter: String, _ expected: String) throws { #expect(try title("---\n\(matter)\n---\n# Other\n") == expected) }

    @Test(arguments: ["title:", "title: >", "title: ''", "title:\n  en: x", "title: # comment", "author: x"])
    func otherTitlesAreTheHeading(_ matter: String) throws {
        let found = try title("---\n\(matter)\nkey: y\n---\n# Other\n")
        #expect(found == "Other")
    }

    @Test(arguments: [
        ("title = \"Kettle \\\"care\\\"\" # x", "Kettle \"care\""), ("title = 'C:\\kettle'", "C:\\kettle"), ("title=\"a = b\"", "a = b"),
        ("title = \"\"\"\nKettle\ncare\"\"\"", "Kettle care"), ("title = '''Kettle'''", "Kettle"), ("\"title\" = 'Kettle'", "Kettle"),
    ])
    func titlesOfTOML(_ matter: String, _ expected: String) throws { #expect(try title("+++\n\(matter)\n+++\ntext") == expected) }

    @Test func otherTitlesAreNotTheDocuments() throws {
        #expect(try title("+++\n[author]\ntitle = \"Dr\"\n+++\n# Kettle\n") == "Kettle")
        #expect(try title("---\ntitle: null\n---\n# Kettle\n") == "Kettle")
        #expect(try title("---\ntitle: ~\n---\n# Kettle\n") == "Kettle")
        #expect(try title("{\n  \"author\": {\n    \"title\": \"Dr\"\n  },\n  \"title\": \"Kettle \\u00e9\"\n}\n\ntext\n") == "Kettle é")
        #expect(try title("---\n\"title\": Kettle\n---\ntext\n") == "Kettle")
        #expect(try title("{\nno keys\n}\n# Kettle\n") == "Kettle")
    }

    @Test(arguments: [
        ("# A &amp; B", "A & B"), ("# Use &lt;raw&gt; mode", "Use <raw> mode"), ("Salt &amp; pepper\n===", "Salt & pepper"),
        ("# A & B", "A & B"),
        ("# &#233;t&#xE9;", "été"), ("# &nope; &copy x", "&nope; &copy x"), ("# it&apos;s &hellip;", "it's …"),
        ("# a &#0; &#xFFFFFFFF;", "a \u{FFFD} &#xFFFFFFFF;"),
    ])
    func referencesInHeadings(_ source: String, _ expected: String) throws { #expect(try title(source + "\n") == expected) }

    @Test func referencesInHeadingsOfPassages() throws {
        let document = try Extractor.extract(Array("# Manual\n\n## Q &amp; A\n\ntext".utf8), format: .markdown)
        #expect(Chunker(maxTokens: 254, counter: PieceCounter()).chunks(of: document, title: "Manual").map(\.headings) == [["Q & A"]])
    }
}
