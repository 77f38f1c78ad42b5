import Extraction
import Testing

/// Code and HTML in Markdown, whose `#` lines are no headings. The cases are public bug reports of other products, and siblings of them.
@Suite(.timeLimit(.minutes(10))) struct MarkdownCodeTests {
    private static let filler = String(repeating: "Quiet words fill this part of the manual. ", count: 25)

    private func headings(_ block: String) throws -> [String] {
        let source = "# Manual\n\n## Start\n\n\(block)\n\n\(Self.filler)\n\n## Stop\n\n\(Self.filler)\n"
        let document = try Extractor.extract(Array(source.utf8), format: .markdown)
        expectSound(document, "\(source)")
        return document.outline.filter { $0.hasPrefix("h") }
    }

    private static let own = ["h1: # Manual", "h2: ## Start", "h2: ## Stop"]

    @Test(arguments: [
        "1. ```sh\n   # note\n   run\n   ```", "- ```sh\n  # note\n  ```", "* ~~~\n  # note\n  ~~~", "1) ```\n   # note\n   ```",
        "- ```\n  run\n  ```", "- step\n\n  ```sh\n  # note\n  ```", "- - ```\n    # note\n    ```", "+ ````\n  ```\n  # note\n  ````",
        "10. ```sh\n    # note\n    ```", "- ```sh\n# note\n```", "1. ```sh\n# note\nrun\n\n# note two\n```", "-\t```\n\t# note\n\t```",
        "1. ```sh\n   # note\n   ```\n2. ```sh\n   # note\n   ```", "- - - ```\n      # note\n      ```",
        "- a\n  1. ~~~\n     # note\n     ~~~",
        "- step\n      # note", "1.     # note", "```\n    ```\n# note\n```", "~~~\n```\n# note\n~~~", "```` x\n```\n# note\n````",
        "- ```sh\n# note\n```\n- b",
        "> ```\n> # note\n> ```", "- one\n- ```\n  # note\n  ```\n- three", "  - ```\n    # note\n    ```", "```\n# note\n```",
    ])
    func fencesHideHeadings(_ block: String) throws { #expect(try headings(block) == Self.own) }

    @Test func aFenceEndsWithItsItem() throws {
        #expect(try headings("- ```sh\n  # note\n\n## Next") == ["h1: # Manual", "h2: ## Start", "h2: ## Next", "h2: ## Stop"])
        #expect(try headings("- ```sh\n  # note\n  ```\n\n## Next") == ["h1: # Manual", "h2: ## Start", "h2: ## Next", "h2: ## Stop"])
    }

    /// As the specification has it: an unclosed fence ends with its item, and only there.
    @Test(arguments: [
        ("1. run\n\n   ```sh\n   # note\n\n## Next", true), ("- ```sh\n  # note\n\nwords\n\n## Next", true),
        ("- - ```\n    # note\n- b\n\n## Next", true),
        ("- ```\n\n## Next", true), ("```\n## Next\n```", false), ("- a\n\n  ```\n  ## Next\n  ```", false), ("-     ```\n\n## Next", true),
        ("- `````\n  ```\n  ## Next\n  `````", false), ("-\n```\n## Next\n```", false),
    ])
    func unclosedFencesEndWithTheirItems(_ block: String, _ isHeading: Bool) throws {
        #expect(try headings(block) == Self.own.prefix(2) + (isHeading ? ["h2: ## Next"] : []) + Self.own.suffix(1))
    }

    @Test(arguments: [
        "<!--\n# ghost\n-->", "<!--\nghost\n---\n-->", "<!--\n\n# ghost\n\n-->", "<pre>\n# ghost\n\n# ghost\n</pre>",
        "<div>\n# ghost\n</div>", "<script>\n\n# ghost\n</script>", "<style>\n# ghost\n\n</style>", "<?php\n\n# ghost\n?>",
        "<!DOCTYPE\n# ghost\n>", "<![CDATA[\n\n# ghost\n]]>", "<TABLE>\n# ghost\n</TABLE>", "</section>\n# ghost",
        "<my-tag a='>'>\n# ghost",
        "<textarea>\n\n# ghost\n</textarea>", "- <!--\n  # ghost\n  -->", "   <div class=x>\n# ghost", "words\n<div>\n# ghost\n</div>",
        "<!-- a\n## ghost -->", "<PRE class='a'>\n\n# ghost\n</pre>", "- <pre>\n\n  # ghost\n  </pre>",
    ])
    func htmlHidesHeadings(_ block: String) throws { #expect(try headings(block) == Self.own) }

    @Test(arguments: [
        "<details>\n\n# ghost", "<!-- x -->\n# ghost", "<b>bold</b>\n\n# ghost", "words\n\n<span>\n\n# ghost", "<pre>x</pre>\n# ghost",
        "a <!-- b\n\n# ghost", "<\n# ghost", "<3\n# ghost", "<a href='x'> and text\n# ghost",
    ])
    func headingsAfterHTMLAreKept(_ block: String) throws {
        #expect(try headings(block) == ["h1: # Manual", "h2: ## Start", "h1: # ghost", "h2: ## Stop"])
    }

    @Test(arguments: [
        "<!--\n", "- ```\n", "<pre>\n", "<div>\n\n", "- - - - - - - - - x\n", "<a <a <a\n", "1. <!--\n-->\n", "<!-", "- ", "- ```\nx\n",
        "- a\n  ", "1. ", "a | b\n", "- ```\n~\n",
    ])
    func hostileBlocksAreLinear(_ piece: String) throws {
        let source = Array(repeatElement(Array(piece.utf8), count: 400_000 / piece.utf8.count).joined())
        #expect(outcome(Array("x\n\n".utf8) + source, .markdown) == nil)
    }
}
