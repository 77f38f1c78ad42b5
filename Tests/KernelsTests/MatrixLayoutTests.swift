import Kernels
import Testing

@Suite struct MatrixLayoutTests {
    @Test func endIsOnePastTheLastElement() {
        #expect(MatrixLayout(rows: 3, columns: 2, stride: 5, offset: 1).end == 13)
        #expect(MatrixLayout(rows: 0, columns: 2).end == 0)
        #expect(MatrixLayout(rows: 2, columns: 2).fits(4))
        #expect(!MatrixLayout(rows: 2, columns: 2).fits(3))
    }
}
