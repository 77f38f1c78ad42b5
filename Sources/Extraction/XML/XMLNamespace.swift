/// Short names of the namespaces that readers know, whatever prefixes a document gives them.
enum XMLNamespace {
    /// Returns the prefix with which readers write names of this namespace; the document's own prefix for an unknown one.
    static func prefix(uri: String?, documentPrefix: String?) -> String {
        guard let uri, uri.utf8.count <= maxURI else { return documentPrefix ?? "" }
        return known[uri] ?? documentPrefix ?? ""
    }

    /// Maximum length of a namespace that is looked up, in bytes.
    private static let maxURI = 200

    /// Office has two sets of namespaces: transitional, which programs write, and strict, of ISO 29500.
    private static let known: [String: String] = {
        var known: [String: String] = [:]
        let office = [
            "wordprocessingml": "w", "spreadsheetml": "x", "presentationml": "p", "drawingml": "a",
        ]
        for (name, prefix) in office {
            known["http://schemas.openxmlformats.org/\(name)/2006/main"] = prefix
            known["http://purl.oclc.org/ooxml/\(name)/main"] = prefix
        }
        for (name, prefix) in ["chart": "c", "diagram": "dgm", "spreadsheetDrawing": "xdr", "wordprocessingDrawing": "wp"] {
            known["http://schemas.openxmlformats.org/drawingml/2006/\(name)"] = prefix
            known["http://purl.oclc.org/ooxml/drawingml/\(name)"] = prefix
        }
        for (name, prefix) in ["relationships": "r", "math": "m"] {
            known["http://schemas.openxmlformats.org/officeDocument/2006/\(name)"] = prefix
            known["http://purl.oclc.org/ooxml/officeDocument/\(name)"] = prefix
        }
        let others = [
            "http://schemas.openxmlformats.org/package/2006/relationships": "rel",
            "http://schemas.openxmlformats.org/package/2006/content-types": "ct",
            "http://schemas.openxmlformats.org/package/2006/metadata/core-properties": "cp",
            "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
            "http://schemas.microsoft.com/office/drawing/2008/diagram": "dsp",
            "http://schemas.microsoft.com/office/word/2010/wordprocessingShape": "wps",
            "urn:schemas-microsoft-com:vml": "v",
            "http://purl.org/dc/elements/1.1/": "dc",
            "http://www.w3.org/1999/xlink": "xlink",
            "http://www.w3.org/1999/xhtml": "",
            "http://www.idpf.org/2007/opf": "opf",
            "urn:oasis:names:tc:opendocument:xmlns:container": "ocf",
            "http://www.w3.org/2001/04/xmlenc#": "enc",
            "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0": "svg",
            "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0": "fo",
            "http://www.w3.org/XML/1998/namespace": "xml",
        ]
        for (uri, prefix) in others { known[uri] = prefix }
        for name in ["office", "text", "table", "draw", "presentation", "style", "meta", "manifest", "chart"] {
            known["urn:oasis:names:tc:opendocument:xmlns:\(name):1.0"] = name
        }
        return known
    }()
}
