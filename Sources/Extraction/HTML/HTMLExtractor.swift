/// The extraction of text from HTML: sieve, parse, build.
enum HTMLExtractor {
    static func extract(_ source: [UInt8], isXML: Bool, _ limits: ExtractLimits) throws(ExtractError) -> ExtractedDocument {
        let sieve = HTMLSieve(source, isXML: isXML)
        let builder = HTMLTextBuilder(limits: limits, dropsBoilerplate: sieve.namesItsContent)
        try HTMLParser.parse(sieve.markup, into: builder)
        return builder.document()
    }
}
