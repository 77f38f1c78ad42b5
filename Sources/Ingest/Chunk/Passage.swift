/// A piece of text that is not cut further.
struct Unit {
    let range: Range<Int>
    let tokens: Int
}

/// Units that will be one chunk.
struct Passage {
    private(set) var units: [Unit] = []
    private(set) var tokens = 0
    /// The path of its first section, by which neighbours are judged.
    let anchor: [Section.Heading]
    /// The headings that enclose all of its text, but for headings without text of their own.
    private(set) var path: [Section.Heading]
    /// Whether there is more than headings.
    private(set) var hasBody = false

    init(path: [Section.Heading]) { (anchor, self.path) = (path, path) }

    var start: Int { units.first?.range.lowerBound ?? 0 }
    var end: Int { units.last?.range.upperBound ?? 0 }

    mutating func append(_ unit: Unit, isBody: Bool) {
        units.append(unit)
        tokens += unit.tokens
        if isBody { hasBody = true }
    }

    /// With the units of `next`, which follow.
    func joined(_ next: Passage) -> Passage {
        var joined = self
        joined.units += next.units
        joined.tokens += next.tokens
        joined.hasBody = hasBody || next.hasBody
        if hasBody == next.hasBody {
            let shared = zip(path, next.path).prefix { $0.id == $1.id }.count
            joined.path = Array(path.prefix(shared))
        } else if next.hasBody {
            joined.path = next.path
        }
        return joined
    }

    func isInside(_ other: Passage) -> Bool {
        let outer = other.path
        return anchor.count > outer.count && zip(anchor, outer).allSatisfy { $0.id == $1.id }
    }

    /// Whether this section is a sibling of `other`'s first one, or inside a sibling.
    func isUnderParent(of other: Passage) -> Bool {
        let parent = other.anchor.dropLast()
        return anchor.count >= parent.count && zip(anchor, parent).allSatisfy { $0.id == $1.id }
    }
}
