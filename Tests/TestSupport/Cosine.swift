/// Returns the cosine of two vectors, computed in double precision; 0 if one of them is zero or their lengths differ.
/// Inlinable, so that the compiler specializes it in the tests that compare thousands of vectors.
@inlinable public func cosine(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Double {
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
        ab += Double(x) * Double(y)
        aa += Double(x) * Double(x)
        bb += Double(y) * Double(y)
    }
    return a.count == b.count && aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
}
