/// What a character is; the properties of ASCII are known without a look into Unicode's tables.
extension Unicode.Scalar {
    var isLetter: Bool {
        if value < 0x80 { return value | 0x20 >= 0x61 && value | 0x20 <= 0x7A }
        return properties.isAlphabetic
    }

    var isDigit: Bool {
        if value < 0x80 { return value >= 0x30 && value <= 0x39 }
        return properties.numericType != nil
    }

    var isBlank: Bool {
        if value < 0x80 { return value == 0x20 || value >= 0x09 && value <= 0x0D }
        return properties.isWhitespace
    }

    var isSmall: Bool {
        if value < 0x80 { return value >= 0x61 && value <= 0x7A }
        return properties.isLowercase
    }

    var isCapital: Bool {
        if value < 0x80 { return value >= 0x41 && value <= 0x5A }
        return properties.isUppercase
    }
}
