/// An error that ends the benchmark, with a message for the operator.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
