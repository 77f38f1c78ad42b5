import CLibXML2

/// Runs libxml2's HTML parser over sieved markup and hands each event on.
///
/// Events instead of a tree: no memory per node, no recursion when a tree is freed, and libxml2's own depth limit, which
/// cuts a document off without saying so, does not apply. The builder's limits do.
enum HTMLParser {
    /// libxml2 sets up its tables once; after that parsers on different threads share nothing.
    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()

    private static let options = Int32(
        HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
            | HTML_PARSE_NONET.rawValue | HTML_PARSE_IGNORE_ENC.rawValue)

    /// What the callbacks get; alive for the whole of `parse`.
    private final class Run {
        let builder: HTMLTextBuilder
        let context: htmlParserCtxtPtr

        init(_ builder: HTMLTextBuilder, _ context: htmlParserCtxtPtr) {
            (self.builder, self.context) = (builder, context)
        }

        static func of(_ user: UnsafeMutableRawPointer?) -> Run? {
            user.map { Unmanaged<Run>.fromOpaque($0).takeUnretainedValue() }
        }

        func stopIfFailed() {
            if builder.failure != nil { xmlStopParser(context) }
        }
    }

    /// - Parameter markup: UTF-8.
    /// - Throws: what the builder met, or `.malformed` if there is no memory for a parser.
    static func parse(_ markup: [UInt8], into builder: HTMLTextBuilder) throws(ExtractError) {
        guard isReady, let context = htmlNewParserCtxt(), let sax = context.pointee.sax else {
            throw ExtractError(.malformed, "no HTML parser")
        }
        defer { htmlFreeParserCtxt(context) }
        guard let size = Int32(exactly: markup.count) else {
            throw ExtractError(.tooLarge, "\(markup.count) bytes of markup")
        }
        let run = Run(builder, context)
        sax.pointee = handler()
        context.pointee.userData = Unmanaged.passUnretained(run).toOpaque()
        // SAFETY: libxml2 copies the markup, and calls back only until the call returns, while `run` is alive.
        withExtendedLifetime(run) {
            markup.withUnsafeBytes { bytes in
                let text = bytes.bindMemory(to: CChar.self).baseAddress
                // Without a tree handler no document is made.
                if text != nil { xmlFreeDoc(htmlCtxtReadMemory(context, text, size, nil, "UTF-8", options)) }
            }
        }
        if let failure = builder.failure { throw failure }
    }

    /// Everything else stays empty: no tree, no error output.
    private static func handler() -> htmlSAXHandler {
        var handler = htmlSAXHandler()
        handler.startElement = { user, name, attributes in
            guard let run = Run.of(user), let name else { return }
            run.builder.start(String(cString: name), HTMLParser.attributes(attributes))
            run.stopIfFailed()
        }
        handler.endElement = { user, name in
            guard let run = Run.of(user), let name else { return }
            run.builder.end(String(cString: name))
        }
        handler.characters = { user, bytes, count in
            guard let run = Run.of(user), let bytes, count > 0 else { return }
            run.builder.characters(UnsafeBufferPointer(start: bytes, count: Int(count)))
            run.stopIfFailed()
        }
        handler.ignorableWhitespace = handler.characters
        return handler
    }

    /// Name, value, name, value, …, null: the sieve leaves one or none.
    private static func attributes(
        _ list: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    ) -> HTMLTextBuilder.Attributes {
        var attributes = HTMLTextBuilder.Attributes()
        guard var next = list else { return attributes }
        while let name = next.pointee {
            if let value = next.advanced(by: 1).pointee {
                switch name.pointee {
                case UInt8(ascii: "k"): attributes.mark = HTMLMark(rawValue: value.pointee)
                case UInt8(ascii: "a"): attributes.alt = Array(String(cString: value).utf8)
                default: break
                }
            }
            next = next.advanced(by: 2)
        }
        return attributes
    }
}
