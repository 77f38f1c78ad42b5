/// Groups of digits that are one number: "5,871,234", "4 920 316", "12,34,567".
enum DigitGroups {
    /// Returns whether the groups are those of one number: one to three digits, then groups of three; or, as in India, groups of two
    /// before a last one of three.
    static func areValid(_ groups: [ArraySlice<UInt8>]) -> Bool {
        guard groups.count > 1, let first = groups.first, let last = groups.last, (1...3).contains(first.count), last.count == 3,
            groups.allSatisfy({ $0.allSatisfy(isDigit) })
        else { return false }
        let middle = groups.dropFirst().dropLast()
        return middle.allSatisfy { $0.count == 3 } || first.count < 3 && middle.allSatisfy { $0.count == 2 }
    }

    /// Returns the digits of the groups, with the fraction that the last one may end with; `nil` if they are not one number.
    static func number(_ words: [[UInt8]]) -> [UInt8]? {
        guard let last = words.last else { return nil }
        let whole = last.prefix { $0 != UInt8(ascii: ".") }
        return areValid(words.dropLast().map { $0[...] } + [whole]) ? words.flatMap { $0 } : nil
    }

    /// Returns "3.5" of "3" and "5"; `nil` unless both are digits only and the fraction is not a group of three.
    static func decimal(_ whole: [UInt8], _ fraction: [UInt8]) -> [UInt8]? {
        guard fraction.count != 3, !fraction.isEmpty, whole.allSatisfy(isDigit), fraction.allSatisfy(isDigit) else { return nil }
        return whole + [UInt8(ascii: ".")] + fraction
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
