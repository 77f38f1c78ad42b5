import Extraction

/// The text of a SmartArt diagram: its points, each after the one that it belongs to.
enum DiagramReader {
    /// - Parameter root: the root of the diagram's data part.
    static func blocks(_ root: XMLElement?) -> [ContentBlock] {
        guard let root, let list = root.first("dgm:ptLst") else { return [] }
        var texts: [String: String] = [:]
        var order: [String] = []
        var roots: [String] = []
        for point in list.all("dgm:pt") {
            guard let id = point["modelId"], texts[id] == nil else { continue }
            switch point["type"] {
            case nil, "node", "asst", "doc":
                texts[id] = DrawingText.line(point.first("dgm:t"))
                order.append(id)
                if point["type"] == "doc" { roots.append(id) }
            default: break
            }
        }
        let children = children(root)
        var done: Set<String> = []
        var blocks: [ContentBlock] = []
        var waiting = Array((roots + order).reversed())
        while let id = waiting.popLast() {
            guard let text = texts[id], done.insert(id).inserted else { continue }
            if !text.isEmpty { blocks.append(.listItem(text, marker: "•")) }
            waiting += (children[id] ?? []).reversed()
        }
        return blocks
    }

    private static func children(_ root: XMLElement) -> [String: [String]] {
        var found: [String: [(order: Int, id: String)]] = [:]
        for link in root.first("dgm:cxnLst")?.all("dgm:cxn") ?? [] {
            guard link["type"] == nil || link["type"] == "parOf", let parent = link["srcId"], let child = link["destId"] else { continue }
            found[parent, default: []].append((link["srcOrd"].flatMap { Int($0) } ?? 0, child))
        }
        return found.mapValues { $0.sorted { $0.order < $1.order }.map(\.id) }
    }
}
