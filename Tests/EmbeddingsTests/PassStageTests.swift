import Embeddings
import Testing

@Suite(.timeLimit(.minutes(10))) struct PassStageTests {
    /// Every row is in exactly one block, the number of blocks is minimal, and none is much shorter than the others.
    @Test(arguments: [8, 64, 128]) func blocksCoverTheRowsEvenly(rowBlock: Int) {
        for count in 0...600 {
            let blocks = PassStage.blocks(of: count, atMost: rowBlock)
            #expect(blocks.flatMap(Array.init) == Array(0..<count), "\(count)")
            #expect(blocks.count <= (count + rowBlock - 1) / rowBlock, "\(count)")
            #expect(blocks.allSatisfy { $0.count <= rowBlock }, "\(count)")
            #expect(blocks.dropLast().allSatisfy { $0.count % 8 == 0 && $0.count == blocks[0].count }, "\(count)")
            let lengths = blocks.map(\.count)
            // A block's length is rounded up to a tile, and the last block has the remaining rows.
            #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) < 8 * max(1, blocks.count), "\(count)")
        }
    }
}
