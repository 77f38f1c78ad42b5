/// A writer of OLE compound files, for tests: sectors of 512 bytes, and one FAT as long as needed.
///
/// The directory's tree is a list: each entry's right sibling is the next one.
public enum CompoundFileBuilder {
    public indirect enum Node: Sendable {
        case stream(String, [UInt8])
        case storage(String, [Node])
    }

    private struct Entry {
        var name: String, kind: UInt8, right: UInt32 = .max, child: UInt32 = .max, start: UInt32 = 0xFFFF_FFFE, size = 0
        var content: [UInt8] = []
    }

    public static func bytes(_ nodes: [Node]) -> [UInt8] {
        var entries = [Entry(name: "Root Entry", kind: 5)]
        add(nodes, to: 0, &entries)
        var small: [UInt8] = [], smallFAT: [UInt32] = []
        for i in entries.indices where entries[i].kind == 2 && entries[i].size < 4096 && entries[i].size > 0 {
            entries[i].start = UInt32(smallFAT.count)
            append(entries[i].content, unit: 64, to: &small, &smallFAT)
        }
        // The sectors of the FAT come last, when it is known how many there are.
        var sectors: [UInt8] = [], fat: [UInt32] = []
        func put(_ content: [UInt8]) -> UInt32 {
            guard !content.isEmpty else { return 0xFFFF_FFFE }
            let start = UInt32(fat.count)
            append(content, unit: 512, to: &sectors, &fat)
            return start
        }
        for i in entries.indices where entries[i].kind == 2 && entries[i].size >= 4096 { entries[i].start = put(entries[i].content) }
        entries[0].start = put(small)
        entries[0].size = small.count
        let smallFATStart = put(smallFAT.flatMap { number($0) })
        let directoryStart = put(entries.flatMap(encoded))
        let fatSectors = (fat.count + 127) / 128 + 1
        let fatStart = fat.count
        fat += [UInt32](repeating: 0xFFFF_FFFD, count: fatSectors)
        fat += [UInt32](repeating: .max, count: fatSectors * 128 - fat.count)
        var header: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + [UInt8](repeating: 0, count: 16)
        header += [0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0] + [UInt8](repeating: 0, count: 10)
        header += number(UInt32(fatSectors)) + number(directoryStart) + number(0) + number(4096) + number(smallFATStart) + number(1)
        header += number(0xFFFF_FFFE) + number(0)
        header += (0..<109).flatMap { number($0 < fatSectors ? UInt32(fatStart + $0) : .max) }
        return header + sectors + fat.flatMap { number($0) }
    }

    private static func add(_ nodes: [Node], to parent: Int, _ entries: inout [Entry]) {
        var previous: Int?
        for node in nodes {
            let place = entries.count
            if let previous { entries[previous].right = UInt32(place) } else { entries[parent].child = UInt32(place) }
            previous = place
            switch node {
            case .stream(let name, let content):
                entries.append(Entry(name: name, kind: 2, size: content.count, content: content))
            case .storage(let name, let children):
                entries.append(Entry(name: name, kind: 1))
                add(children, to: place, &entries)
            }
        }
    }

    private static func append(_ content: [UInt8], unit: Int, to sectors: inout [UInt8], _ fat: inout [UInt32]) {
        let count = (content.count + unit - 1) / unit
        sectors += content + [UInt8](repeating: 0, count: count * unit - content.count)
        for i in 0..<count { fat.append(i == count - 1 ? 0xFFFF_FFFE : UInt32(fat.count + 1)) }
    }

    private static func encoded(_ entry: Entry) -> [UInt8] {
        let units = Array(entry.name.utf16.prefix(31)) + [0]
        var bytes = units.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        bytes += [UInt8](repeating: 0, count: 64 - bytes.count) + [UInt8(units.count * 2), 0, entry.kind, 1]
        bytes += number(.max) + number(entry.right) + number(entry.child) + [UInt8](repeating: 0, count: 36)
        return bytes + number(entry.start) + number(UInt32(entry.size)) + number(0)
    }

    private static func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
}
