import CLibXML2

/// A wrapper of libxml2's HTML parser, which passes the events of sieved markup to a text builder.
///
/// Events, unlike a tree, need no memory per node and no recursion to free it. libxml2's own depth limit, which truncates a
/// document silently, does not apply to them; the builder's limits do.
enum HTMLParser {
    /// The one-time initialization of libxml2's tables, after which parsers on different threads share no mutable state.
    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()

    private static let options = Int32(
        HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
            | HTML_PARSE_NONET.rawValue | HTML_PARSE_IGNORE_ENC.rawValue)

    /// The context of the callbacks, which is alive during the whole of `parse`.
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

    /// - Parameter markup: the sieved markup, in UTF-8.
    /// - Throws: the builder's failure, `.malformed` if libxml2 cannot create a parser, or `.tooLarge` if the size exceeds `Int32`.
    static func parse(_ markup: [UInt8], into builder: HTMLTextBuilder) throws(ExtractError) {
        guard isReady, let context = htmlNewParserCtxt(), let sax = context.pointee.sax else {
            throw ExtractError(.malformed, "the HTML parser could not be created")
        }
        defer { htmlFreeParserCtxt(context) }
        guard let size = Int32(exactly: markup.count) else {
            throw ExtractError(.tooLarge, "the document has \(markup.count) bytes of markup; the maximum is \(Int32.max)")
        }
        let run = Run(builder, context)
        sax.pointee = handler()
        context.pointee.userData = Unmanaged.passUnretained(run).toOpaque()
        // SAFETY: libxml2 copies the markup, and calls back only until the call returns, while `run` is alive.
        withExtendedLifetime(run) {
            markup.withUnsafeBytes { bytes in
                let text = bytes.bindMemory(to: CChar.self).baseAddress
                // Without tree handlers, libxml2 creates no document.
                if text != nil { xmlFreeDoc(htmlCtxtReadMemory(context, text, size, nil, "UTF-8", options)) }
            }
        }
        if let failure = builder.failure { throw failure }
    }

    /// Returns a handler with only the needed callbacks: it builds no tree and writes no errors.
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

    /// Reads a null-terminated list of alternating names and values. The sieve leaves at most one attribute.
    private static func attributes(
        _ list: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    ) -> HTMLTextBuilder.Attributes {
        var attributes = HTMLTextBuilder.Attributes()
        guard var next = list else { return attributes }
        while let name = next.pointee {
            if let value = next.advanced(by: 1).pointee {
                switch name.pointee {
                case UInt8(ascii: "k"): attributes.mark = HTMLMark(rawValue: value.pointee)
                case UInt8(ascii: "n"): attributes.numbers = HTMLNumbers(attribute: String(cString: value))
                case UInt8(ascii: "a"): attributes.alt = Array(String(cString: value).utf8)
                default: break
                }
            }
            next = next.advanced(by: 2)
        }
        return attributes
    }
}
