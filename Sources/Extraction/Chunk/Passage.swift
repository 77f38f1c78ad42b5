/// A range of text that is not split further.
struct Unit {
    let range: Range<Int>
    let tokens: Int
    /// The range of the row that names the columns, for a part of a table's later rows.
    var header: Range<Int>?
}

/// A group of units that becomes one chunk.
struct Passage {
    private(set) var units: [Unit] = []
    private(set) var tokens = 0
    /// The heading path of its first section, which determines whether it may join a neighbour.
    let anchor: [Section.Heading]
    /// The headings that enclose all of its text, apart from headings without body text.
    private(set) var path: [Section.Heading]
    /// Whether the passage contains text other than headings.
    private(set) var hasBody = false

    /// The sheet, slide or attachment that all of its text is in, by number.
    let separatePart: Int?

    init(of section: Section) { (anchor, path, separatePart) = (section.path, section.path, section.separatePart) }

    var start: Int { units.first?.range.lowerBound ?? 0 }
    var end: Int { units.last?.range.upperBound ?? 0 }

    mutating func append(_ unit: Unit, isBody: Bool) {
        units.append(unit)
        tokens += unit.tokens
        if isBody { hasBody = true }
    }

    /// Returns this passage with the units of `next`, which follow it.
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

    /// Returns whether this section is under the parent of `other`'s first section: a sibling of it, or inside a sibling.
    func isUnderParent(of other: Passage) -> Bool {
        let parent = other.anchor.dropLast()
        return anchor.count >= parent.count && zip(anchor, parent).allSatisfy { $0.id == $1.id }
    }
}
