/// A number as it stands in JSON text: sign x mantissa x 10^exponent. Valid while the text is.
public struct JSONNumber {
    /// The number as written.
    public let text: UnsafeBufferPointer<UInt8>
    /// Whether it begins with a minus.
    public let isNegative: Bool
    /// The first 19 significant digits.
    public let mantissa: UInt64
    /// The power of ten that the mantissa is multiplied with.
    public let exponent: Int
    /// Whether digits follow that the mantissa does not hold.
    public let isTruncated: Bool
    /// Whether it was written without fraction and exponent.
    public let isInteger: Bool

    @inlinable
    init(
        text: UnsafeBufferPointer<UInt8>, isNegative: Bool, mantissa: UInt64, exponent: Int,
        isTruncated: Bool, isInteger: Bool
    ) {
        self.text = text
        self.isNegative = isNegative
        self.mantissa = mantissa
        self.exponent = exponent
        self.isTruncated = isTruncated
        self.isInteger = isInteger
    }

    /// The powers of ten that a double holds exactly.
    @usableFromInline static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
        1e18,
        1e19, 1e20, 1e21, 1e22,
    ]

    /// The whole number, or nil if it was written otherwise or does not fit.
    @inlinable public var integer: Int64? {
        guard isInteger, !isTruncated else { return nil }
        if isNegative { return mantissa <= UInt64(1) << 63 ? Int64(truncatingIfNeeded: 0 &- mantissa) : nil }
        return Int64(exactly: mantissa)
    }

    /// The nearest float; infinite when it is too large.
    ///
    /// Mantissa and power of ten give a double that is off by less than 3 units in its last place. Rounded to
    /// a float that is the nearest one unless the double lies that close to the middle of two floats; then,
    /// and near the subnormal floats, the text itself is converted.
    @inlinable public var float: Float {
        if mantissa == 0, !isTruncated { return isNegative ? -0.0 : 0 }
        if -22...22 ~= exponent {
            let double = scaled
            let distance = Int(double.bitPattern & 0x1fff_ffff) - 0x1000_0000
            if abs(distance) > 4, double > 2 * Double(Float.leastNormalMagnitude) {
                return Float(isNegative ? -double : double)
            }
        }
        return Float(String(decoding: text, as: UTF8.self)) ?? .nan
    }

    /// The nearest double; infinite when it is too large.
    @inlinable public var double: Double {
        if !isTruncated, mantissa <= UInt64(1) << 53, -22...22 ~= exponent {
            // Both factors are exact, so the one rounding is the right one.
            return isNegative ? -scaled : scaled
        }
        return Double(String(decoding: text, as: UTF8.self)) ?? .nan
    }

    @inlinable var scaled: Double {
        exponent < 0
            ? Double(mantissa) / Self.powersOfTen[-exponent] : Double(mantissa) * Self.powersOfTen[exponent]
    }
}
