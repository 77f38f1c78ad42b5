import CLibXML2

/// A wrapper of libxml2's XML parser, which passes events to a handler and builds no tree.
///
/// It loads nothing, and expands no entity but the five predefined ones: declarations of others are ignored. Damaged markup is read as far
/// as possible.
package enum XMLEvents {
    /// Maximum depth of elements, which is below libxml2's own limit.
    package static let maxDepth = 250

    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()

    private static let options = Int32(
        XML_PARSE_RECOVER.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue | XML_PARSE_NONET.rawValue)

    /// - Throws: what the handler or the source throws, and `.malformed` for elements nested too deeply.
    /// - Complexity: linear in the size of the document.
    package static func parse(_ source: any ByteSource, _ handler: some XMLHandler) throws(ExtractError) {
        let run = TypedXMLRun(handler, source)
        let user = Unmanaged.passUnretained(run as XMLRun).toOpaque()
        let read: xmlInputReadCallback = { user, buffer, count in
            guard let run = XMLRun.of(user), let buffer, count > 0 else { return -1 }
            return Int32(clamping: run.read(UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))))
        }
        guard isReady, let context = xmlCreateIOParserCtxt(nil, user, read, nil, user, XML_CHAR_ENCODING_NONE),
            let sax = context.pointee.sax
        else {
            if let failure = run.failure { throw failure }
            throw ExtractError(.malformed, "the XML parser could not be created")
        }
        run.context = context
        sax.pointee = callbacks()
        context.pointee.userData = user
        xmlCtxtUseOptions(context, options)
        // SAFETY: libxml2 calls back until the call returns only, while `run` is alive.
        withExtendedLifetime(run) { _ = xmlParseDocument(context) }
        if let document = context.pointee.myDoc {
            context.pointee.myDoc = nil
            xmlFreeDoc(document)
        }
        run.context = nil
        xmlFreeParserCtxt(context)
        if let failure = run.failure { throw failure }
    }

    package static func parse(_ bytes: [UInt8], _ handler: some XMLHandler) throws(ExtractError) { try parse(MemorySource(bytes), handler) }

    private static func callbacks() -> xmlSAXHandler {
        var sax = xmlSAXHandler()
        sax.initialized = UInt32(XML_SAX2_MAGIC)
        sax.startElementNs = { user, name, prefix, uri, _, _, count, _, attributes in
            guard let run = XMLRun.of(user), let name else { return }
            run.start(XMLRun.Name(local: name, prefix: prefix, uri: uri), XMLAttributes(attributes, count: Int(count)))
        }
        sax.endElementNs = { user, name, prefix, uri in
            guard let run = XMLRun.of(user), let name else { return }
            run.end(XMLRun.Name(local: name, prefix: prefix, uri: uri))
        }
        sax.characters = { user, bytes, count in
            guard let run = XMLRun.of(user), let bytes, count > 0 else { return }
            run.text(UnsafeBufferPointer(start: bytes, count: Int(count)))
        }
        sax.ignorableWhitespace = sax.characters
        sax.cdataBlock = sax.characters
        return sax
    }
}

/// The context of libxml2's callbacks, which are C functions and so cannot be generic.
class XMLRun {
    /// A name whose strings belong to the parser's dictionary: equal strings have equal addresses.
    struct Name {
        let local: UnsafePointer<xmlChar>
        let prefix: UnsafePointer<xmlChar>?
        let uri: UnsafePointer<xmlChar>?

        var text: String {
            let prefix = XMLNamespace.prefix(uri: uri.map { String(cString: $0) }, documentPrefix: prefix.map { String(cString: $0) })
            let local = String(cString: local)
            return prefix.isEmpty ? local : "\(prefix):\(local)"
        }
    }

    fileprivate(set) var failure: ExtractError?
    fileprivate var context: xmlParserCtxtPtr?
    private let source: any ByteSource
    private var tags = XMLTagLimit()

    init(_ source: any ByteSource) { self.source = source }

    static func of(_ user: UnsafeMutableRawPointer?) -> XMLRun? {
        user.map { Unmanaged<XMLRun>.fromOpaque($0).takeUnretainedValue() }
    }

    func start(_ name: Name, _ attributes: XMLAttributes) {}
    func end(_ name: Name) {}
    func text(_ bytes: UnsafeBufferPointer<UInt8>) {}

    /// - Returns: the number of bytes, 0 at the end, -1 after a failure.
    ///
    /// It must not stop the parser, which would free the buffer that libxml2 is filling.
    fileprivate func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard failure == nil else { return -1 }
        do throws(ExtractError) {
            let count = try source.read(into: buffer)
            try tags.check(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            return count
        } catch {
            failure = error
            return -1
        }
    }

    fileprivate func fail(_ error: ExtractError) {
        if failure == nil { failure = error }
        stop()
    }

    /// Forgets errors in the markup so far: after one, libxml2 drops even references to predefined entities.
    fileprivate func forgiveErrors() { context?.pointee.wellFormed = 1 }

    fileprivate func stop() { if let context { xmlStopParser(context) } }
}

/// A run with its handler, which resolves names to the handler's elements once for each name.
private final class TypedXMLRun<Handler: XMLHandler>: XMLRun {
    private let handler: Handler
    private var depth = 0
    private var isOver = false
    private var cache: [Entry?]

    private struct Entry {
        let local: UnsafePointer<xmlChar>
        let uri: UnsafePointer<xmlChar>?
        let element: Handler.Element?
    }

    init(_ handler: Handler, _ source: any ByteSource) {
        self.handler = handler
        cache = Array(repeating: nil, count: 256)
        super.init(source)
    }

    override func start(_ name: Name, _ attributes: XMLAttributes) {
        forgiveErrors()
        guard !isOver, failure == nil else { return }
        depth += 1
        guard depth <= XMLEvents.maxDepth else {
            return finish(with: ExtractError(.malformed, "elements are nested deeper than \(XMLEvents.maxDepth)"))
        }
        guard let element = element(name) else { return }
        do throws(ExtractError) { try handler.start(element, attributes) } catch { finish(with: error) }
        if handler.isDone { finish(with: nil) }
    }

    override func end(_ name: Name) {
        guard !isOver, failure == nil else { return }
        depth -= 1
        guard let element = element(name) else { return }
        do throws(ExtractError) { try handler.end(element) } catch { finish(with: error) }
        if handler.isDone { finish(with: nil) }
    }

    override func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard !isOver, failure == nil else { return }
        do throws(ExtractError) { try handler.text(bytes) } catch { finish(with: error) }
    }

    private func finish(with error: ExtractError?) {
        isOver = true
        if let error { fail(error) } else { stop() }
    }

    private func element(_ name: Name) -> Handler.Element? {
        let slot = Int((UInt(bitPattern: name.local) >> 2 ^ UInt(bitPattern: name.local) >> 10) & 255)
        if let entry = cache[slot], entry.local == name.local, entry.uri == name.uri { return entry.element }
        let element = Handler.Element(rawValue: name.text)
        cache[slot] = Entry(local: name.local, uri: name.uri, element: element)
        return element
    }
}
