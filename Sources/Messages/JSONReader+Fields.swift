extension JSONReader {
    /// Reads a number that a float can hold.
    mutating func readFiniteFloat(_ path: String) throws(Rejection) -> Float {
        let value = try readNumber(path).float
        guard value.isFinite else { throw Rejection(.json, "\(path): too large for a float") }
        return value
    }

    /// Reads a number that a double can hold, or `null`.
    mutating func readFiniteDouble(_ path: String) throws(Rejection) -> Double? {
        if try readNull() { return nil }
        let value = try readNumber(path).double
        guard value.isFinite else { throw Rejection(.json, "\(path): too large for a double") }
        return value
    }

    /// Reads a time of RFC 3339 as milliseconds since 1970.
    mutating func readTimestamp(_ path: String) throws(Rejection) -> Int64 {
        guard let time = Timestamp(try readString(path)) else {
            throw Rejection(.json, "\(path): not a time of RFC 3339 such as 2026-10-05T07:08:09.123Z")
        }
        return time.milliseconds
    }

    /// A member that must be there.
    static func required<Value>(_ value: Value?, _ path: String) throws(Rejection) -> Value {
        guard let value else { throw missing(path) }
        return value
    }

    /// The fault of a member that is not there.
    static func missing(_ path: String) -> Rejection {
        Rejection(.json, "\(path) is missing")
    }
}
