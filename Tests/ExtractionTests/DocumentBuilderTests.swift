import Foundation
import Testing

import Extraction

@Suite struct DocumentBuilderTests {
    private let limits = ExtractLimits()

    @Test func blocksAreSeparatedAndCoverTheText() throws {
        var builder = DocumentBuilder(limits: limits)
        builder.heading("  Stock\n of 2024 ", level: 1)
        builder.paragraph("Counted   in\tMay.")
        builder.listItem("first")
        builder.listItem("second", marker: "2.")
        builder.table([["name", "count"], ["a | b", "3"], ["", ""], ["c", ""]], headerRows: 1, caption: "Table 1")
        let document = try builder.document(title: nil, mediaType: .plainText)
        #expect(
            document.text == "Stock of 2024\n\nCounted in May.\n\n• first\n2. second\n\nTable 1\n\nname | count\na ¦ b | 3\nc |")
        #expect(document.title == "Stock of 2024")
        let utf8 = Array(document.text.utf8)
        let rows = document.blocks.filter { $0.kind == .tableRow }
        #expect(rows.map { $0.header.map { String(decoding: utf8[$0], as: UTF8.self) } } == [nil, "name | count", "name | count"])
        let covered = document.blocks.reduce(0) { $0 + $1.range.count }
        let separators = utf8.filter { $0 == 0x0A }.count
        #expect(covered + separators == utf8.count)
    }

    @Test func partsAreNumberedByKindAndMayBeEmpty() throws {
        var builder = DocumentBuilder(limits: limits)
        builder.beginPart(.page, label: "iv")
        builder.paragraph("one")
        builder.beginPart(.page)
        builder.beginPart(.page)
        builder.paragraph("three")
        let document = try builder.document(title: "T", mediaType: .plainText)
        let utf8 = Array(document.text.utf8)
        #expect(document.parts.map { String(decoding: utf8[$0.range], as: UTF8.self) } == ["one", "", "three"])
        #expect(document.parts.map(\.number) == [1, 2, 3])
        #expect(document.parts.map(\.label) == ["iv", nil, nil])
        #expect(zip(document.parts, document.parts.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound })
    }

    @Test func appendedBlocksMoveWithTheirHeaders() throws {
        var inner = DocumentBuilder(limits: limits)
        inner.table([["k"], ["v"]], headerRows: 1)
        var outer = DocumentBuilder(limits: limits)
        outer.paragraph("before")
        outer.append(try inner.document(title: nil, mediaType: .plainText))
        let document = try outer.document(title: nil, mediaType: .plainText)
        let utf8 = Array(document.text.utf8)
        let last = try #require(document.blocks.last)
        #expect(String(decoding: utf8[last.range], as: UTF8.self) == "v")
        #expect(try String(decoding: utf8[#require(last.header)], as: UTF8.self) == "k")
    }

    @Test func aLimitIsAnErrorAndNeverCutsText() {
        var builder = DocumentBuilder(limits: ExtractLimits(maxTextBytes: 20))
        builder.paragraph("ten bytes.")
        #expect(!builder.isFull)
        builder.paragraph("ten bytes more.")
        #expect(builder.isFull)
        let error = #expect(throws: ExtractError.self) { try builder.document(title: nil, mediaType: .plainText) }
        #expect(error?.code == .tooLarge)
        var blocks = DocumentBuilder(limits: ExtractLimits(maxBlocks: 2))
        for _ in 0..<3 { blocks.paragraph("x") }
        #expect(blocks.isFull)
        let empty = #expect(throws: ExtractError.self) {
            try DocumentBuilder(limits: limits).document(title: "T", mediaType: .plainText)
        }
        #expect(empty?.code == .empty)
    }

    @Test func mappedBytesEqualThoseInMemory() throws {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let path = NSTemporaryDirectory() + "file-bytes-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        let file = try FileBytes(mapping: handle.fileDescriptor)
        try handle.close()
        #expect(file.count == bytes.count)
        #expect(file.all == bytes)
        #expect(file.bytes(5..<20_000) == Array(bytes[5...]))
        #expect(file.withUnsafeBytes { $0.reduce(0) { $0 &+ Int($1) } } == bytes.reduce(0) { $0 &+ Int($1) })
        let folder = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/null"))
        #expect(throws: ExtractError.self) { try FileBytes(mapping: folder.fileDescriptor) }
    }
}
