extension JSONReader {
    @inlinable
    mutating func scanNumber() throws(Rejection) -> JSONNumber {
        let start = offset
        let negative = take(UInt8(ascii: "-"))
        var mantissa: UInt64 = 0
        var digits = 0  // Significant digits in the mantissa, at most 19, so that it cannot overflow.
        var exponent = 0
        var isTruncated = false
        var isInteger = true

        func digit(_ unit: UInt8) -> UInt64? {
            let value = unit &- UInt8(ascii: "0")
            return value < 10 ? UInt64(value) : nil
        }
        func isLong() -> Bool { offset - start > Self.numberBytesMax }

        if !take(UInt8(ascii: "0")) {
            guard digit(byte(offset)) != nil else { throw unexpected("a digit") }
            while let value = digit(byte(offset)), !isLong() {
                if digits < 19 {
                    mantissa = mantissa &* 10 &+ value
                    digits += 1
                } else {
                    exponent += 1
                    isTruncated = true
                }
                position += 1
            }
        } else if digit(byte(offset)) != nil {
            throw Rejection(.json, "byte \(start): a number does not begin with 0")
        }
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard digit(byte(offset)) != nil else { throw unexpected("a digit") }
            while let value = digit(byte(offset)), !isLong() {
                if digits < 19 {
                    mantissa = mantissa &* 10 &+ value
                    exponent -= 1
                    if mantissa != 0 { digits += 1 }
                } else {
                    isTruncated = true
                }
                position += 1
            }
        }
        if byte(offset) | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            let negativeExponent = byte(offset) == UInt8(ascii: "-")
            if negativeExponent || byte(offset) == UInt8(ascii: "+") { position += 1 }
            guard digit(byte(offset)) != nil else { throw unexpected("a digit") }
            var written = 0
            while let value = digit(byte(offset)), !isLong() {
                if written < 100_000 { written = written * 10 + Int(value) }
                position += 1
            }
            exponent += negativeExponent ? -written : written
        }
        guard !isLong() else {
            throw Rejection(
                .json, "byte \(start): a number longer than \(Self.numberBytesMax) bytes; round it")
        }
        return JSONNumber(
            text: slice(start, offset), isNegative: negative, mantissa: mantissa, exponent: exponent,
            isTruncated: isTruncated, isInteger: isInteger)
    }
}
