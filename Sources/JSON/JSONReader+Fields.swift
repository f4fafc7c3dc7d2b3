extension JSONReader {
    /// Reads a number that a float can hold.
    public mutating func readFiniteFloat(_ path: String) throws(Rejection) -> Float {
        let value = try readNumber(path).float
        guard value.isFinite else { throw Rejection(.json, "\(path): too large for a float") }
        return value
    }

    /// Reads an array of numbers that floats can hold.
    public mutating func readFloats(_ path: String) throws(Rejection) -> [Float] {
        var floats: [Float] = []
        try readArray(path) { (reader, _) throws(Rejection) in
            floats.append(try reader.readFiniteFloat(path))
        }
        return floats
    }

    /// Reads a number that a double can hold, or `null`.
    public mutating func readFiniteDouble(_ path: String) throws(Rejection) -> Double? {
        if try readNull() { return nil }
        let value = try readNumber(path).double
        guard value.isFinite else { throw Rejection(.json, "\(path): too large for a double") }
        return value
    }

    /// A member that must be there.
    public static func required<Value>(_ value: Value?, _ path: String) throws(Rejection) -> Value {
        guard let value else { throw missing(path) }
        return value
    }

    /// The fault of a member that is not there.
    public static func missing(_ path: String) -> Rejection {
        Rejection(.json, "\(path) is missing")
    }
}
