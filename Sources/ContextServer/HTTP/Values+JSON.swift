import JSON

extension Range<Int> {
    var json: JSONValue { ["start": .init(lowerBound), "end": .init(upperBound)] }
}

extension Float {
    /// The double whose decimal form is as short as this float's: 0.1 instead of 0.10000000149011612.
    var shortest: Double { Double(description) ?? Double(self) }
}
