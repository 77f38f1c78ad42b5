import CLibXML2

/// A receiver of the events of `XMLTags.parse`.
package protocol XMLTagHandler: AnyObject {
    /// An error that ends the parse.
    var failure: ExtractError? { get }

    /// - Parameters:
    ///   - name: the name as written, with its prefix.
    ///   - attributes: names as written, and values without entities.
    func start(_ name: String, _ attributes: [(name: String, value: String)])
    func end(_ name: String)
    func characters(_ text: UnsafeBufferPointer<UInt8>)
}

/// A wrapper of libxml2's XML parser for text in any vocabulary and any encoding, which passes on tags as they are written. `XMLEvents` is the
/// one for known vocabularies: it streams, and resolves namespaces.
///
/// No entity that a document declares is ever expanded, because declarations are not kept, and no other file is read. Damaged XML is read
/// as far as it can be understood.
package enum XMLTags {
    /// The one-time initialization of libxml2's tables, after which parsers on different threads share no mutable state.
    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()

    // Without limits of libxml2's own, which truncate a document silently; the depth is limited here.
    private static let options = Int32(
        XML_PARSE_RECOVER.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue | XML_PARSE_NONET.rawValue
            | XML_PARSE_IGNORE_ENC.rawValue | XML_PARSE_HUGE.rawValue)

    /// The context of the callbacks, which is alive during the whole of `parse`.
    private final class Run {
        let handler: any XMLTagHandler
        let context: xmlParserCtxtPtr
        let maximumDepth: Int
        var depth = 0
        var isTooDeep = false

        init(_ handler: any XMLTagHandler, _ context: xmlParserCtxtPtr, _ maximumDepth: Int) {
            (self.handler, self.context, self.maximumDepth) = (handler, context, maximumDepth)
        }

        static func of(_ user: UnsafeMutableRawPointer?) -> Run? {
            user.map { Unmanaged<Run>.fromOpaque($0).takeUnretainedValue() }
        }

        func stopIfFailed() {
            if handler.failure != nil || isTooDeep { xmlStopParser(context) }
        }
    }

    /// - Parameters:
    ///   - bytes: the file. Its encoding is detected as for other text.
    ///   - declaredCharset: that of the `Content-Type`.
    /// - Throws: the handler's failure, `.undecodable`, `.tooLarge`, and `.malformed` if elements are nested too deeply.
    package static func parse(
        _ bytes: [UInt8], declaredCharset: String?, limits: ExtractLimits, into handler: some XMLTagHandler
    ) throws(ExtractError) {
        let declared = TextDecoder.Declaration(
            transport: declaredCharset.map(CharsetLabel.init), inside: HTMLMetaCharset.find(bytes).map(CharsetLabel.init))
        let utf8 = try TextDecoder.decode(bytes, declared)
        let text = Array(utf8[White.trim(utf8, 0..<utf8.count)])
        guard isReady, let context = xmlNewParserCtxt(), let sax = context.pointee.sax else {
            throw ExtractError(.malformed, "the XML parser could not be created")
        }
        defer { xmlFreeParserCtxt(context) }
        guard let size = Int32(exactly: text.count) else {
            throw ExtractError(.tooLarge, "the document has \(text.count) bytes of markup; the maximum is \(Int32.max)")
        }
        let run = Run(handler, context, limits.maxDepth)
        sax.pointee = self.handler()
        context.pointee.userData = Unmanaged.passUnretained(run).toOpaque()
        // SAFETY: libxml2 reads the text only until the call returns, while it and `run` are alive.
        withExtendedLifetime(run) {
            text.withUnsafeBytes { bytes in
                let start = bytes.bindMemory(to: CChar.self).baseAddress
                // Without tree handlers, libxml2 creates no document.
                if start != nil { xmlFreeDoc(xmlCtxtReadMemory(context, start, size, nil, "UTF-8", options)) }
            }
        }
        if let failure = handler.failure { throw failure }
        if run.isTooDeep { throw ExtractError(.malformed, "elements are nested more than \(limits.maxDepth) deep") }
    }

    /// Returns a handler with only the needed callbacks: it builds no tree, keeps no declarations, and writes no errors.
    private static func handler() -> xmlSAXHandler {
        var handler = xmlSAXHandler()
        handler.startElement = { user, name, attributes in
            guard let run = Run.of(user), let name else { return }
            run.depth += 1
            run.isTooDeep = run.isTooDeep || run.depth > run.maximumDepth
            if !run.isTooDeep { run.handler.start(String(cString: name), XMLTags.attributes(attributes)) }
            run.stopIfFailed()
        }
        handler.endElement = { user, name in
            guard let run = Run.of(user), let name else { return }
            run.depth -= 1
            if !run.isTooDeep { run.handler.end(String(cString: name)) }
            run.stopIfFailed()
        }
        handler.characters = { user, bytes, count in
            guard let run = Run.of(user), let bytes, count > 0 else { return }
            run.handler.characters(UnsafeBufferPointer(start: bytes, count: Int(count)))
            run.stopIfFailed()
        }
        handler.cdataBlock = handler.characters
        handler.ignorableWhitespace = handler.characters
        // Only the five entities of XML itself.
        handler.getEntity = { _, name in xmlGetPredefinedEntity(name) }
        // Documents with an external declaration use the names that HTML has too.
        handler.reference = { user, name in
            guard let run = Run.of(user), let name else { return }
            let text = HTMLReferences.read(Array("\(String(cString: name));".utf8)[...], .xml)?.characters ?? []
            text.withUnsafeBufferPointer { if !$0.isEmpty { run.handler.characters($0) } }
        }
        return handler
    }

    /// Reads a null-terminated list of alternating names and values.
    private static func attributes(_ list: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) -> [(name: String, value: String)] {
        var attributes: [(name: String, value: String)] = []
        guard var next = list else { return attributes }
        while let name = next.pointee {
            if let value = next.advanced(by: 1).pointee { attributes.append((String(cString: name), String(cString: value))) }
            next = next.advanced(by: 2)
        }
        return attributes
    }
}
