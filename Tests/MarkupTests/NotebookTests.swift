import Extraction
import Markup
import TestSupport
import Testing

@Suite struct NotebookTests {
    private static func read(_ text: String) throws -> ExtractedDocument {
        try NotebookReader.read(FileBytes(Array(text.utf8)), ReadingContext(limits: ExtractLimits()))
    }

    @Test func cellsAreMarkdownAndCode() throws {
        let document = try Self.read(
            ##"{"nbformat": 4, "metadata": {"language_info": {"name": "python"}}, "cells": [{"cell_type": "markdown", "source": "##
                + ##"["# Title\n", "\n", "Words *here*."]},"##
                + ##" {"cell_type": "code", "source": "print('```')", "outputs": [{"output_type": "stream", "text": ["out\n"]},"##
                + ##" {"output_type": "display_data", "data": {"image/png": "iVBOR", "text/plain": "<Figure>"}},"##
                + ##" {"output_type": "error", "ename": "ValueError", "evalue": "bad", "traceback": ["gone"]}]}, {"cell_type": "##
                    + ##""raw", "source": "raw"}]}"##
        )
        #expect(
            document.text
                == "# Title\n\nWords *here*.\n\n````python\nprint('```')\n````\n\n```\nout\n```\n\n```\n"
                    + "<Figure>\n```\n\n```\nValueError: bad\n```\n\n```\nraw\n```"
        )
        #expect(document.title == "Title" && document.mediaType == .markdown)
    }

    @Test func theOldFormHasWorksheets() throws {
        let document = try Self.read(
            #"{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "heading", "level": 2, "source": "Old"}, {"cell_type": "#
                + #""code", "language": "python","#
                + #" "input": ["x = 1"], "outputs": [{"output_type": "pyout", "text": ["1"]}]}]}]}"#)
        #expect(document.text == "## Old\n\n```python\nx = 1\n```\n\n```\n1\n```")
    }

    @Test func outputIsBounded() throws {
        let line = String(repeating: "x", count: 99) + "\\n"
        let document = try Self.read(
            #"{"cells": [{"cell_type": "code", "source": "a", "outputs": [{"text": ""# + String(repeating: line, count: 1000) + #""}]}]}"#)
        #expect((16_000..<17_000).contains(document.text.utf8.count))
    }

    @Test func otherFilesAreErrors() {
        for (text, code) in [("{}", ExtractError.Code.malformed), ("x", .malformed), (#"{"cells": []}"#, .empty)] {
            let error = #expect(throws: ExtractError.self) { try Self.read(text) }
            #expect(error?.code == code)
        }
    }

    @Test func everyFileIsADocumentOrAnError() throws {
        let corpus = [
            Array(
                #"{"cells": [{"cell_type": "code", "source": ["a\n", "b"], "outputs": [{"text": "c", "data": {"text/plain": "d"}}]}]}"#.utf8
            )
        ]
        let fuzzing = Fuzzing("notebook")
        try fuzzing.run(corpus: corpus, tokens: ["{", "}", "[", "]", "\"", ",", ":", "\\u0000", "```", "null", "\"markdown\""]) {
            input, number in
            if let document = try? NotebookReader.read(FileBytes(input), ReadingContext(limits: ExtractLimits())) {
                expectSound(document, fuzzing.note(number))
            }
        }
    }
}
