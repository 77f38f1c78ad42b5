/// The extraction of text from HTML: sieve, parse, build.
enum HTMLExtractor {
    static func extract(_ source: [UInt8], _ limits: ExtractLimits) throws(ExtractError) -> ExtractedDocument {
        let sieve = HTMLSieve(source)
        let builder = HTMLTextBuilder(limits: limits, dropsBoilerplate: sieve.namesItsContent)
        try HTMLParser.parse(sieve.markup, into: builder)
        return builder.document()
    }
}
