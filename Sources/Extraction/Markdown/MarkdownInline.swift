/// Conversion of Markdown headings to plain text, for titles and heading paths.
package enum MarkdownInline {
    /// Returns the text of a heading without `#`, underline, emphasis, link targets, backticks and tags. Character references are resolved.
    ///
    /// - Parameter source: the heading's bytes in the source; only the first 2,000 bytes of its text are used.
    /// - Complexity: linear.
    package static func plainText(ofHeading source: ArraySlice<UInt8>, maxScalars: Int) -> String {
        var stripper = MarkdownStripper(Array(headingBody(source).prefix(2000)))
        return OneLine.text(stripper.run(), maxScalars: maxScalars)
    }

    /// Returns the heading without the `#`s of an ATX heading, or without the last line of an underlined one.
    private static func headingBody(_ source: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        if source.first == Ascii.hash {
            var body = source.drop { $0 == Ascii.hash }
            let closing = body.reversed().prefix { $0 == Ascii.hash }.count
            let before = body.dropLast(closing)
            if closing > 0, before.last.map(Ascii.isBlank) ?? true { body = before }
            return withoutAttributes(body)
        }
        guard let newline = source.lastIndex(of: Ascii.newline) else { return source }
        return source[..<newline]
    }

    /// Returns the heading without a trailing `{#id .class}`, which some dialects allow.
    private static func withoutAttributes(_ body: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard body.last == UInt8(ascii: "}"), let brace = body.lastIndex(of: UInt8(ascii: "{")) else { return body }
        let next = body[(brace + 1)...].first
        return next == Ascii.hash || next == Ascii.period ? body[..<brace] : body
    }
}
