public import Extraction
import JSON

/// The extraction of text from Jupyter notebooks, as Markdown: the Markdown cells as they are, code cells and the text that they print as
/// blocks of code. Pictures are left out.
///
/// - Source: the notebook format 4.5, and the older format 3 with worksheets.
public enum NotebookReader {
    private static let limits = JSONLimits(maximumDepth: 128, maximumValues: 4_000_000, maximumMemory: 256 << 20)
    /// Maximum size of the text that one cell prints, in bytes; the rest is left out, as notebooks show it folded.
    private static let maximumOutput = 16_384

    /// - Throws: `.malformed` if the file is no notebook, `.tooLarge`, `.undecodable`, `.empty`.
    public static func read(_ file: FileBytes, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        guard file.count <= context.limits.maxBytes else {
            throw ExtractError(.tooLarge, "the notebook has \(file.count) bytes; the maximum is \(context.limits.maxBytes)")
        }
        let root: JSONValue
        do throws(JSONError) { root = try JSONValue(parsingLeniently: file.all, limits: limits) } catch {
            throw ExtractError(error.code.isLimit ? .tooLarge : .malformed, "the notebook cannot be read as JSON")
        }
        let cells = root["cells"]?.arrayValue ?? root["worksheets"]?.arrayValue?.flatMap { $0["cells"]?.arrayValue ?? [] }
        guard let cells else { throw ExtractError(.malformed, "the file has no cells of a notebook") }
        let language =
            root["metadata"]?["language_info"]?["name"]?.stringValue ?? root["metadata"]?["kernelspec"]?["language"]?.stringValue ?? ""
        var text = ""
        for cell in cells where text.utf8.count <= context.limits.maxTextBytes { add(cell, language, to: &text) }
        return try Extractor.extract(Array(text.utf8), format: .markdown, declaredCharset: "utf-8", limits: context.limits)
    }

    private static func add(_ cell: JSONValue, _ language: String, to text: inout String) {
        let source = joined(cell["source"] ?? cell["input"])
        switch cell["cell_type"]?.stringValue {
        case "markdown": add(source, to: &text)
        case "heading": add(String(repeating: "#", count: min(max(cell["level"]?.intValue ?? 1, 1), 6)) + " " + source, to: &text)
        case "code":
            addCode(source, cell["language"]?.stringValue ?? language, to: &text)
            for output in cell["outputs"]?.arrayValue ?? [] { addCode(printed(output), "", to: &text) }
        default: addCode(source, "", to: &text)
        }
    }

    /// Returns the text of an output: what was printed, or the text of a result; an error as its name and message.
    private static func printed(_ output: JSONValue) -> String {
        let kind = output["output_type"]?.stringValue
        if kind == "error" || kind == "pyerr" {
            return [output["ename"], output["evalue"]].compactMap { $0?.stringValue }.joined(separator: ": ")
        }
        let text = joined(output["text"] ?? output["data"]?["text/plain"])
        guard text.utf8.count > maximumOutput else { return text }
        let kept = text.utf8.prefix(maximumOutput)
        return String(decoding: kept.prefix(upTo: kept.lastIndex(of: Ascii.newline) ?? kept.endIndex), as: UTF8.self)
    }

    /// Returns text that is a string or a list of lines.
    private static func joined(_ value: JSONValue?) -> String {
        value?.stringValue ?? value?.arrayValue?.compactMap(\.stringValue).joined() ?? ""
    }

    private static func add(_ block: String, to text: inout String) {
        let plain = block.unicodeScalars.contains("\0") ? String(block.unicodeScalars.filter { $0 != "\0" }) : block
        guard !plain.utf8.allSatisfy(Ascii.isWhite) else { return }
        text += (text.isEmpty ? "" : "\n\n") + plain
    }

    /// Adds a fenced block of code, with a fence that is longer than any in it.
    private static func addCode(_ code: String, _ language: String, to text: inout String) {
        guard !code.utf8.allSatisfy(Ascii.isWhite) else { return }
        var (longest, run) = (2, 0)
        for byte in code.utf8 {
            run = byte == Ascii.backtick ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: min(longest + 1, 1000))
        let name =
            language.utf8.allSatisfy { Ascii.isLetter($0) || Ascii.isDigit($0) || $0 == Ascii.plus || $0 == Ascii.hyphen } ? language : ""
        add("\(fence)\(name)\n\(code)\(code.utf8.last == Ascii.newline ? "" : "\n")\(fence)", to: &text)
    }
}
