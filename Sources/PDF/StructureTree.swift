internal import CPDFium

/// The headings of a tagged page.
enum StructureTree {
    private static let most = 20_000
    private static let deepest = 64

    /// Returns what the structure tree says of the page's marked content, by its number. Empty if the document is not tagged.
    static func tags(_ page: cp_page) -> [Int32: ContentTag] {
        guard let tree = cp_structure_open(page) else { return [:] }
        defer { cp_structure_close(tree) }
        var result: [Int32: ContentTag] = [:]
        var left = most
        for index in 0..<max(0, min(cp_structure_count(tree), Int32(most))) {
            if let element = cp_structure_root(tree, index) { walk(element, .other, depth: 0, &left, &result) }
        }
        return result
    }

    private static func walk(_ element: cp_handle, _ outer: ContentTag, depth: Int, _ left: inout Int, _ result: inout [Int32: ContentTag])
    {
        guard depth < deepest, left > 0 else { return }
        left -= 1
        let type = Text16.read(limit: 100) { cp_element_type(element, $0, $1) } ?? ""
        let tag = level(type).map(ContentTag.heading) ?? outer
        for index in 0..<max(0, min(cp_element_count(element), Int32(most))) {
            let content = cp_element_content(element, index)
            if content >= 0 {
                result[Int32(content)] = tag
            } else if let child = cp_element_child(element, index) {
                walk(child, tag, depth: depth + 1, &left, &result)
            }
        }
    }

    private static func level(_ type: String) -> Int? {
        switch type {
        case "Title", "H": 1
        case "H1", "H2", "H3", "H4", "H5", "H6": type.last?.wholeNumberValue
        default: nil
        }
    }
}
