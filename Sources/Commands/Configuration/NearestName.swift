/// A search for the known name that is most similar to a misspelled one.
enum NearestName {
    /// Returns the candidate with the fewest edits, if that is at most 2 or a third of the name's length.
    static func to(_ name: String, among candidates: [String]) -> String? {
        // A file can contain a name of any length; no known name is similar to one this long.
        guard name.utf8.count <= 100 else { return nil }
        let nearest = candidates.map { (name: $0, edits: edits(Array(name.utf8), Array($0.utf8))) }.min { $0.edits < $1.edits }
        return nearest.flatMap { $0.edits <= max(2, name.utf8.count / 3) ? $0.name : nil }
    }

    /// Returns the minimum number of byte insertions, deletions and replacements between `a` and `b`. Source: Wagner & Fischer 1974.
    static func edits(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, byte) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let replaced = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
