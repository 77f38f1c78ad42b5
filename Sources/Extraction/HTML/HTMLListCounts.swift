/// The number of items of each ordered list, from which reversed lists count down.
enum HTMLListCounts {
    /// Returns the number of items by the offset after a list's start tag.
    ///
    /// - Complexity: linear.
    static func counts(_ source: [UInt8]) -> [Int: Int] {
        var counts: [Int: Int] = [:]
        var lists: [Int] = []
        var i = 0
        while let less = source[i...].firstIndex(of: Ascii.less), less + 1 < source.count {
            let isEnd = source[less + 1] == Ascii.slash
            let name = less + (isEnd ? 2 : 1)
            guard name < source.count, Ascii.isLetter(source[name]) else {
                i = less + 1
                continue
            }
            guard let (tag, end) = HTMLTag.read(source, at: name) else { break }
            i = end
            switch (tag.name, isEnd) {
            case ("ol", false), ("ul", false): lists.append(end)
            case ("ol", true), ("ul", true): _ = lists.popLast()
            case ("li", false): if let list = lists.last { counts[list, default: 0] += 1 }
            default: break
            }
        }
        return counts
    }
}
