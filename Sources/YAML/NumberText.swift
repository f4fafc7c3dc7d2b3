/// A number as it is written: sign, digits and a power of ten, without any loss.
struct NumberText {
    /// Why a text is not the number asked for.
    enum Fault: Error {
        case noNumber, leadingZero, notWhole, notFinite, outOfRange, vanishing

        /// What to say after "must be a number".
        var reason: String {
            switch self {
            case .noNumber, .notWhole, .outOfRange: ""
            case .leadingZero:
                "; zeros in front make it octal for some readers: leave them out, write 0o before octal digits, or quote it where a text is meant"
            case .notFinite: ", and a finite one"
            case .vanishing: "; this one is so near to 0 that it would become 0"
            }
        }
    }

    private var isNegative = false
    private var radix: UInt8 = 10
    /// The values of the digits, the highest first.
    private var digits: [UInt8] = []
    /// The power of ten that the digits are multiplied by.
    private var exponent = 0

    init(_ text: String) throws(Fault) {
        var rest = text.utf8[...]
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest.removeFirst()
        }
        let radixes: [(String, UInt8)] = [("0x", 16), ("0o", 8), ("0b", 2)]
        if let (prefix, radix) = radixes.first(where: { rest.starts(with: $0.0.utf8) }) {
            self.radix = radix
            rest.removeFirst(prefix.utf8.count)
            digits = try Self.takeDigits(of: &rest, radix: radix)
            guard !digits.isEmpty, rest.isEmpty else { throw .noNumber }
            return
        }
        guard ![".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(Substring(rest))) else {
            throw .notFinite
        }
        digits = try Self.takeDigits(of: &rest, radix: 10)
        let hasLeadingZero = digits.count > 1 && digits.first == 0
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            let fraction = try Self.takeDigits(of: &rest, radix: 10)
            digits += fraction
            exponent = -fraction.count
        }
        guard !digits.isEmpty else { throw .noNumber }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            exponent += try Self.exponent(of: rest.dropFirst())
            rest = rest[rest.endIndex...]
        }
        guard rest.isEmpty else { throw .noNumber }
        guard !hasLeadingZero else { throw .leadingZero }
    }

    /// Takes the digits that a text begins with, `_` allowed between two.
    private static func takeDigits(of rest: inout Substring.UTF8View, radix: UInt8) throws(Fault) -> [UInt8] {
        var digits: [UInt8] = []
        while let byte = rest.first {
            if byte == UInt8(ascii: "_") {
                let next = rest.dropFirst().first
                guard !digits.isEmpty, let next, value(of: next) < radix else { throw .noNumber }
            } else if value(of: byte) < radix {
                digits.append(value(of: byte))
            } else {
                break
            }
            rest.removeFirst()
        }
        return digits
    }

    private static func value(of byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: .max
        }
    }

    private static func exponent(of text: Substring.UTF8View) throws(Fault) -> Int {
        var rest = text
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        guard !rest.isEmpty, rest.allSatisfy({ value(of: $0) < 10 }) else { throw .noNumber }
        // No text that can be read has so many digits that a larger exponent would differ.
        let size = rest.reduce(0) { min($0 * 10 + Int(value(of: $1)), 1_000_000_000) }
        return isNegative ? -size : size
    }

    /// The exact whole number.
    func integer<Number: FixedWidthInteger>() throws(Fault) -> Number {
        var digits = self.digits.drop { $0 == 0 }
        if exponent < 0 {
            guard digits.suffix(-exponent).allSatisfy({ $0 == 0 }) else { throw .notWhole }
            guard digits.isEmpty || digits.count > -exponent else { throw .notWhole }
            digits = digits.dropLast(-exponent)
        } else if !digits.isEmpty {
            // No fixed-width integer has so many digits.
            guard exponent <= Number.bitWidth else { throw .outOfRange }
            digits += repeatElement(0, count: exponent)
        }
        var result: Number = 0
        for digit in digits {
            let (shifted, tooLarge) = result.multipliedReportingOverflow(by: Number(radix))
            let (next, tooFar) =
                isNegative
                ? shifted.subtractingReportingOverflow(Number(digit))
                : shifted.addingReportingOverflow(Number(digit))
            guard !tooLarge, !tooFar else { throw .outOfRange }
            result = next
        }
        return result
    }

    /// The nearest double.
    func double() throws(Fault) -> Double {
        let size: Double
        if radix == 10 {
            let decimal = String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
            guard let value = Double("\(decimal)e\(exponent)") else { throw .notFinite }
            size = value
        } else {
            size = digits.reduce(0) { $0 * Double(radix) + Double($1) }
        }
        guard size.isFinite else { throw .notFinite }
        guard size > 0 || digits.allSatisfy({ $0 == 0 }) else { throw .vanishing }
        return isNegative ? -size : size
    }
}
