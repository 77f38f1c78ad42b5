/// An element of a small XML document, read into a tree.
package final class XMLElement {
    /// The name with the namespace's short name, such as `a:tbl`.
    package let name: String
    package let attributes: [(name: String, value: String)]
    package fileprivate(set) var children: [XMLElement] = []
    /// The text directly inside of the element, without that of its children.
    package fileprivate(set) var ownText = ""

    fileprivate init(_ name: String, _ attributes: [(name: String, value: String)]) { (self.name, self.attributes) = (name, attributes) }

    /// Maximum number of elements of a tree.
    package static let maxElements = 1_000_000

    /// - Returns: the root; `nil` if there is no element.
    /// - Throws: `.malformed` or `.tooLarge`.
    package static func parse(_ bytes: [UInt8]) throws(ExtractError) -> XMLElement? { try parse(MemorySource(bytes)) }

    package static func parse(_ source: any ByteSource) throws(ExtractError) -> XMLElement? {
        let builder = XMLTreeBuilder()
        try XMLEvents.parse(source, builder)
        return builder.root
    }

    /// Returns the value of an attribute by its name with the namespace's short name, or by its local name alone.
    package subscript(_ name: String) -> String? {
        attributes.first { $0.name == name }?.value
            ?? attributes.first { $0.name.hasSuffix(name) && $0.name.dropLast(name.utf8.count).last == ":" }?.value
    }

    package func first(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// Returns the descendant that a path of names leads to, by the first child of each name.
    package func at(_ path: String...) -> XMLElement? {
        var element = self
        for name in path {
            guard let next = element.first(name) else { return nil }
            element = next
        }
        return element
    }

    /// Returns the first descendant with this name, in document order.
    package func descendant(_ name: String) -> XMLElement? {
        for child in children {
            if child.name == name { return child }
            if let found = child.descendant(name) { return found }
        }
        return nil
    }

    package func descendants(_ name: String) -> [XMLElement] {
        var found: [XMLElement] = []
        collect(name, &found)
        return found
    }

    private func collect(_ name: String, _ found: inout [XMLElement]) {
        for child in children {
            if child.name == name { found.append(child) }
            child.collect(name, &found)
        }
    }

    /// The text of the element and its descendants.
    package var text: String { children.isEmpty ? ownText : ownText + children.map(\.text).joined() }
}

private final class XMLTreeBuilder: XMLHandler {
    struct Element: RawRepresentable {
        let rawValue: String
    }

    private(set) var root: XMLElement?
    private var open: [XMLElement] = []
    private var count = 0

    func start(_ element: Element, _ attributes: XMLAttributes) throws(ExtractError) {
        count += 1
        guard count <= XMLElement.maxElements else {
            throw ExtractError(.tooLarge, "a part of the document has more than \(XMLElement.maxElements) XML elements")
        }
        let node = XMLElement(element.rawValue, attributes.all)
        if let parent = open.last { parent.children.append(node) } else if root == nil { root = node }
        open.append(node)
    }

    func end(_ element: Element) { if !open.isEmpty { open.removeLast() } }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) { open.last?.ownText += String(decoding: bytes, as: UTF8.self) }
}
